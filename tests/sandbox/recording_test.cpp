// Recorded answers, as they arrive at a socket.
#include "sandbox/recording.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sandbox/server.h"
#include "tests/sandbox/http_client.h"
#include "tests/sandbox/support.h"

namespace sandbox::test {
namespace {

class Replayed : public ::testing::Test {
 protected:
  Replayed() {
    std::string name = testing::TempDir() + "sandbox_replay_XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~Replayed() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  Recording load() const { return load_recording({folder_.string()}); }
  std::string problem() const {
    try {
      load();
    } catch (const std::runtime_error& error) {
      return std::string{error.what()}.substr(folder_.string().size() + 1);
    }
    return "none";
  }
  ServerOptions options() const {
    ServerOptions made;
    made.sandbox.replay = load();
    made.sandbox.start = made.sandbox.replay->at.value_or(kStart);
    made.threads = 4;
    return made;
  }

  std::filesystem::path folder_;
};

TEST_F(Replayed, TheBestFitAnswersAndNothingIs404) {
  write("answers.yml",
        "at: 2026-06-15T12:00:00Z\nanswers:\n  - {path: /balance, file: any.json}\n"
        "  - {\"path\": \"/balance\", \"query\": {\"currency\": \"E U\"}, \"file\": \"one.json\"}\n"
        "  - {path: /limits, file: one.json, status: 403, headers: {Retry-After: \"60\"}}\n");
  write("any.json", "{ \"balance\": 1.10, \"id\": 123456789012345678901 }\n");
  write("one.json", "no JSON");
  Server server{options()};
  const Received any = request(server.port(), "GET", "/v2/balance?x=1");
  EXPECT_EQ(any.status, 200);
  EXPECT_EQ(any.body, "{ \"balance\": 1.10, \"id\": 123456789012345678901 }\n");
  EXPECT_EQ(any.header("Date"), "Mon, 15 Jun 2026 12:00:00 GMT");
  EXPECT_EQ(request(server.port(), "GET", "/v2/balance?currency=E%20U").body, "no JSON");
  const Received refused = request(server.port(), "GET", "/v2/limits");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.header("Retry-After"), "60");
  EXPECT_EQ(request(server.port(), "GET", "/teli/v1/organizations").status, 404);
  const Json truth = Json::parse(request(server.port(), "GET", "/sandbox/truth").body);
  EXPECT_EQ(truth.at("requests").at("replay").at("/balance").at("200"), 2);
}

TEST_F(Replayed, RequestsMayDifferByTheirBodiesAlone) {
  write("answers.yml",
        "answers:\n  - {path: /report, file: any.json}\n"
        "  - {path: /report, body: {/kind: sms, /ids/1: '7'}, file: one.json}\n");
  write("any.json", "{}");
  write("one.json", "[1]");
  Server server{options()};
  const auto answer = [&](const std::string& body) {
    return request(server.port(), "POST", "/report", body).body;
  };
  EXPECT_EQ(answer(R"({"kind": "sms", "ids": [1, 7], "more": true})"), "[1]");
  EXPECT_EQ(answer(R"({"kind": "sms", "ids": [7]})"), "{}");
  EXPECT_EQ(answer("kind=sms"), "{}");
}

TEST_F(Replayed, LinksLeadToTheSandboxAndNotToTheProvider) {
  write("answers.yml",
        "answers:\n  - {path: /list, file: first.json, headers: {link: "
        "'<https://api.acme.example/list?page=2>; "
        "rel=\"next\"'}}\n  - {path: /list, query: {page: '2'}, file: second.json}\n");
  write("first.json",
        "{\"next\": \"https://api.acme.example/list?page=2\", \"also\": "
        "\"https:\\/\\/api.acme.example\\/list\", "
        "\"home\": \"https://acme.example/\"}");
  write("second.json", "{}");
  Server server{options()};
  const Received first = request(server.port(), "GET", "/list");
  EXPECT_EQ(first.header("link"), "<" + server.url() + "/list?page=2>; rel=\"next\"");
  const Json body = Json::parse(first.body);
  EXPECT_EQ(body.at("next"), server.url() + "/list?page=2");
  EXPECT_EQ(body.at("also"), server.url() + "/list");
  EXPECT_EQ(body.at("home"), "https://acme.example/");
}

TEST_F(Replayed, FaultsSpoilThemToo) {
  write("answers.yml", "answers:\n  - {path: /a, file: a.json}\n  - {path: /b, file: a.json}\n");
  write("a.json", R"({"balance": 1.50, "name": "x"})");
  Server server{options()};
  const auto add = [&](const std::string& fault) {
    EXPECT_EQ(request(server.port(), "POST", "/sandbox/faults", fault).status, 200);
  };
  add(R"({"provider": "replay", "endpoint": "/a", "fault": {"kind": "status", "status": 503}, "count": 1})");
  EXPECT_EQ(request(server.port(), "GET", "/b").body, R"({"balance": 1.50, "name": "x"})");
  EXPECT_EQ(request(server.port(), "GET", "/a").status, 503);
  add(R"({"endpoint": "/a", "fault": {"kind": "zeros"}, "count": 1})");
  EXPECT_EQ(Json::parse(request(server.port(), "GET", "/a").body).at("balance"), 0);
  add(R"({"endpoint": "/a", "fault": {"kind": "malformed"}, "count": 1})");
  EXPECT_FALSE(Json::accept(request(server.port(), "GET", "/a").body));
  EXPECT_EQ(request(server.port(), "GET", "/a").body, R"({"balance": 1.50, "name": "x"})");
}

TEST_F(Replayed, SaysWhatIsWrongWithARecording) {
  EXPECT_EQ(problem(), "answers.yml: cannot be read");
  write("answers.yml", "answers: [\n");
  EXPECT_EQ(problem().substr(0, 14), "answers.yml:2:");
  write("answers.yml", "at: 2026-06-15\n");
  EXPECT_EQ(problem(), "answers.yml:1: 'answers' must be a list");
  write("answers.yml", "answers:\n  - {path: a, file: a.json}\n");
  EXPECT_EQ(problem(), "answers.yml:2: 'path' must begin with /");
  write("answers.yml", "answers:\n  - {path: /a, file: a.json}\n");
  EXPECT_EQ(problem(), "a.json: cannot be read");
}

}  // namespace
}  // namespace sandbox::test
