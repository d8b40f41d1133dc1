#include "sandbox/server.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

#include "tests/sandbox/http_client.h"
#include "tests/sandbox/support.h"

namespace sandbox::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

ServerOptions server_options() {
  ServerOptions options;
  options.sandbox = small_options();
  options.threads = 8;
  return options;
}

const std::string kAgentPhone = "Authorization: Bearer sk_live_sandbox\r\n";

TEST(Server, ServesEachProviderBelowItsPrefix) {
  Server server{server_options()};
  const int port = server.port();
  EXPECT_EQ(request(port, "GET", "/agentphone/v1/usage", {}, kAgentPhone).status, 200);
  EXPECT_EQ(request(port, "GET", "/teli/v1/organizations", {}, "X-API-Key: sandbox-teli-key\r\n").status,
            200);
  EXPECT_EQ(request(port, "GET", "/tingting/api/v1/dashboard/?days=7", {},
                    "Authorization: Bearer sandbox-tingting-token\r\n")
                .status,
            200);
  EXPECT_EQ(request(port, "GET", "/vobiz/api/v1/partner/me", {},
                    "x-auth-id: PA_SANDBOX\r\nX-AUTH-TOKEN: sandbox-vobiz-partner-token\r\n")
                .status,
            200);
  EXPECT_EQ(request(port, "GET", "/agentphone/v1/usage").status, 401);
  EXPECT_EQ(request(port, "POST", "/agentphone/v1/usage", "{}", kAgentPhone).status, 405);
  EXPECT_EQ(request(port, "GET", "/acme/v1/usage").status, 404);
  EXPECT_EQ(server.base_url("tingting"), server.url() + "/tingting/api/v1");
  EXPECT_EQ(server.sandbox().requests(), 6);
}

TEST(Server, SaysItsOwnTime) {
  Server server{server_options()};
  EXPECT_EQ(request(server.port(), "GET", "/sandbox").header("Date"), "Mon, 16 Mar 2026 12:00:00 GMT");
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/clock", R"({"advance_seconds":90061})").status, 200);
  EXPECT_EQ(request(server.port(), "GET", "/sandbox").header("Date"), "Tue, 17 Mar 2026 13:01:01 GMT");
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/clock", R"({"now":"2026-03-31T23:59:59Z"})").status,
            200);
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/clock", R"({"now":"2026-03-01"})").status, 400);
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/clock", R"({"date_skew_seconds":-86400})").status, 200);
  EXPECT_EQ(request(server.port(), "GET", "/sandbox").header("Date"), "Mon, 30 Mar 2026 23:59:59 GMT");
}

TEST(Server, KeepsConnectionsAlive) {
  Server server{server_options()};
  const Connection connection{server.port()};
  for (int i = 0; i < 3; ++i) {
    connection.send_text(request_text("GET", "/agentphone/v1/usage", {}, kAgentPhone));
    const Received got = connection.receive();
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.header("Connection"), "keep-alive");
  }
}

TEST(Server, FollowsItsPageLinks) {
  Server server{server_options()};
  const std::string token = "Authorization: Bearer sandbox-tingting-token\r\n";
  std::string path = "/tingting/api/v1/campaign/?status=Completed&limit=7";
  std::size_t seen = 0;
  std::size_t count = 0;
  while (!path.empty()) {
    const Json page = Json::parse(request(server.port(), "GET", path, {}, token).body);
    seen += page["results"].size();
    count = page["count"].get<std::size_t>();
    if (page["next"].is_null()) break;
    const auto next = page["next"].get<std::string>();
    ASSERT_TRUE(next.starts_with(server.url())) << next;
    path = next.substr(server.url().size());
  }
  EXPECT_GT(count, 7U);
  EXPECT_EQ(seen, count);
}

TEST(Server, RunsFasterThanRealTime) {
  ServerOptions options = server_options();
  options.sandbox.speed = 1e6;
  Server server{options};
  const TimePoint before = server.sandbox().now();
  while (server.sandbox().now() - before < seconds{3600}) std::this_thread::yield();
  EXPECT_LT(server.sandbox().now() - before, seconds{36'000'000});
}

TEST(Server, TakesEventsAndVariants) {
  Server server{server_options()};
  const auto balance = [&] {
    return server.sandbox().truth()["tingting"]["wallet"]["balance"].get<std::int64_t>();
  };
  const std::int64_t before = balance();
  const std::string top_up = R"({"event":"top_up","provider":"tingting","amount":500})";
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/events", top_up).status, 200);
  EXPECT_EQ(balance(), before + 500);
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/events", R"({"event":"rain"})").status, 400);
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/events", R"({"event":7})").status, 400);
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/events", "{").status, 400);
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/variants", R"({"agentphone.usage":"payg"})").status,
            200);
  const Json usage = Json::parse(request(server.port(), "GET", "/agentphone/v1/usage", {}, kAgentPhone).body);
  EXPECT_EQ(usage["plan"], (Json{{"name", "payg"}}));
  EXPECT_EQ(request(server.port(), "POST", "/sandbox/variants", R"({"agentphone.usage":"x"})").status, 400);
  const Json truth = Json::parse(request(server.port(), "GET", "/sandbox/truth").body);
  EXPECT_EQ(truth["requests_total"], 1);
}

TEST(Server, StopsAtOnce) {
  auto server = std::make_unique<Server>(server_options());
  ASSERT_EQ(server->sandbox().add_fault({{"fault", {{"kind", "slow"}, {"ms", 60'000}}}}), "");
  const Connection idle{server->port()};
  idle.send_text(request_text("GET", "/sandbox"));
  EXPECT_EQ(idle.receive().status, 200);
  const Connection slow{server->port()};
  slow.send_text(request_text("GET", "/agentphone/v1/usage", {}, kAgentPhone));
  EXPECT_TRUE(slow.receive_bytes(12).starts_with("HTTP/1.1 200"));
  const auto before = Clock::now();
  server.reset();
  EXPECT_LT(Clock::now() - before, seconds{1});
}

TEST(Server, ListensOnLoopbackOnly) {
  EXPECT_TRUE(parse_listen_address("127.0.0.1:0"));
  EXPECT_TRUE(parse_listen_address("127.8.9.1:80"));
  EXPECT_EQ(parse_listen_address("localhost:8080")->host, "127.0.0.1");
  for (const char* text :
       {"0.0.0.0:0", "192.168.1.1:80", ":80", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:-1", "127.0.0.1:80,0.0.0.0:81", "example.com:80", "[::]:80"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
  ServerOptions options = server_options();
  options.listen = "0.0.0.0:0";
  EXPECT_THROW(Server{options}, std::runtime_error);
}

TEST(Server, SaysWhenThePortIsTaken) {
  const Server server{server_options()};
  ServerOptions options = server_options();
  options.listen = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_THROW(Server{options}, std::runtime_error);
}

}  // namespace
}  // namespace sandbox::test
