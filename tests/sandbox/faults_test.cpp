// Every kind of fault, as it arrives at a socket.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>

#include "sandbox/server.h"
#include "tests/sandbox/http_client.h"
#include "tests/sandbox/support.h"

namespace sandbox::test {
namespace {

class Faulty : public ::testing::Test {
 protected:
  Faulty() : server_(options()) {}

  static ServerOptions options() {
    ServerOptions made;
    made.sandbox = small_options();
    made.threads = 8;
    return made;
  }
  void add(const std::string& fault) {
    const Received got = request(server_.port(), "POST", "/sandbox/faults", fault);
    ASSERT_EQ(got.status, 200) << got.body;
  }
  Received usage() const {
    return request(server_.port(), "GET", "/agentphone/v1/usage", {},
                   "Authorization: Bearer sk_live_sandbox\r\n");
  }
  Received dashboard() const {
    return request(server_.port(), "GET", "/vobiz/api/v1/partner/dashboard", {},
                   "X-Auth-ID: PA_SANDBOX\r\nX-Auth-Token: sandbox-vobiz-partner-token\r\n");
  }
  static bool is_json(const Received& got) { return Json::accept(got.body); }

  Server server_;
};

TEST_F(Faulty, StatusWithRetryAfterAndRateLimitHeaders) {
  add(R"({"provider":"agentphone","endpoint":"usage","fault":{"kind":"status","status":429,"retry_after":7,
          "rate_limit_headers":{"X-RateLimit-Remaining":"0"}},"count":1})");
  const Received limited = usage();
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.header("Retry-After"), "7");
  EXPECT_EQ(limited.header("X-RateLimit-Remaining"), "0");
  EXPECT_EQ(Json::parse(limited.body)["error"]["code"], "RATE_LIMIT_EXCEEDED");
  EXPECT_EQ(usage().status, 200);
}

TEST_F(Faulty, RetryAfterAsDate) {
  add(R"({"fault":{"kind":"status","status":503,"retry_after":"date","retry_after_seconds":90}})");
  EXPECT_EQ(usage().header("Retry-After"), "Mon, 16 Mar 2026 12:01:30 GMT");
  EXPECT_EQ(dashboard().status, 503);
}

TEST_F(Faulty, OnlyTheMeantEndpoints) {
  add(R"({"provider":"vobiz","endpoint":"/api/v1/partner/dash*","fault":{"kind":"status","status":500}})");
  EXPECT_EQ(dashboard().status, 500);
  EXPECT_EQ(usage().status, 200);
  EXPECT_EQ(request(server_.port(), "DELETE", "/sandbox/faults").status, 200);
  EXPECT_EQ(dashboard().status, 200);
}

TEST_F(Faulty, SomeOfTheTime) {
  add(R"({"fault":{"kind":"status","status":500},"probability":0.5})");
  int failed = 0;
  for (int i = 0; i < 40; ++i) failed += usage().status == 500 ? 1 : 0;
  EXPECT_GT(failed, 5);
  EXPECT_LT(failed, 35);
  const Json listed = Json::parse(request(server_.port(), "GET", "/sandbox/faults").body);
  EXPECT_EQ(listed["faults"][0]["hits"], failed);
}

TEST_F(Faulty, LatencyLeavesOthersAlone) {
  add(R"({"provider":"vobiz","fault":{"kind":"latency","ms":200}})");
  const Connection late{server_.port()};
  late.send_text(request_text("GET", "/vobiz/api/v1/partner/me"));
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(usage().status, 200);
  EXPECT_EQ(late.receive().status, 401);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds{150});
}

TEST_F(Faulty, Slow) {
  add(R"({"fault":{"kind":"slow","ms":1}})");
  const Received got = usage();
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(is_json(got));
}

TEST_F(Faulty, Truncated) {
  add(R"({"fault":{"kind":"truncated"}})");
  const Received got = usage();
  EXPECT_EQ(got.status, 200);
  EXPECT_LT(got.body.size(), std::stoul(got.header("Content-Length")));
  EXPECT_GT(got.body.size(), 0U);
}

TEST_F(Faulty, Closed) {
  add(R"({"fault":{"kind":"close"},"count":1})");
  EXPECT_EQ(usage().head, "");
  EXPECT_EQ(usage().status, 200);
}

TEST_F(Faulty, Malformed) {
  add(R"({"fault":{"kind":"malformed"}})");
  const Received got = usage();
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body.size(), std::stoul(got.header("Content-Length")));
  EXPECT_FALSE(is_json(got));
}

TEST_F(Faulty, Empty) {
  add(R"({"fault":{"kind":"empty"}})");
  EXPECT_EQ(usage().status, 200);
  EXPECT_EQ(usage().body, "");
}

TEST_F(Faulty, Html) {
  add(R"({"fault":{"kind":"html"}})");
  const Received got = usage();
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_TRUE(got.body.starts_with("<!DOCTYPE html>"));
}

TEST_F(Faulty, Redirect) {
  add(R"({"fault":{"kind":"redirect","status":307,"location":"http://127.0.0.2:9/elsewhere"}})");
  const Received got = usage();
  EXPECT_EQ(got.status, 307);
  EXPECT_EQ(got.header("Location"), "http://127.0.0.2:9/elsewhere");
}

TEST_F(Faulty, WrongType) {
  add(R"({"fault":{"kind":"wrong_type"}})");
  EXPECT_TRUE(Json::parse(usage().body)["stats"]["totalCalls"].is_object());
  EXPECT_EQ(Json::parse(dashboard().body)["total_balance"], R"({"unexpected":true})");
}

TEST_F(Faulty, NotANumber) {
  add(R"({"fault":{"kind":"nan"}})");
  EXPECT_NE(usage().body.find("\"totalCalls\":NaN"), std::string::npos);
  EXPECT_NE(dashboard().body.find("\"total_balance\":\"NaN\""), std::string::npos);
}

TEST_F(Faulty, BigNumbers) {
  add(R"({"provider":"agentphone","fault":{"kind":"big_numbers"}})");
  add(R"({"provider":"vobiz","fault":{"kind":"big_numbers","value":"9007199254740993"}})");
  EXPECT_NE(usage().body.find("\"totalCalls\":1e400"), std::string::npos);
  EXPECT_EQ(Json::parse(dashboard().body)["calls"]["total_calls"], 9007199254740993);
}

TEST_F(Faulty, DuplicateKeys) {
  const auto calls = Json::parse(usage().body)["stats"]["totalCalls"].get<int>();
  add(R"({"fault":{"kind":"duplicate_keys"}})");
  const std::string body = usage().body;
  EXPECT_NE(
      body.find("\"totalCalls\":" + std::to_string(calls) + ",\"totalCalls\":" + std::to_string(calls + 1)),
      std::string::npos);
}

TEST_F(Faulty, ZerosOfSomeMembers) {
  const Json right = Json::parse(dashboard().body);
  add(R"({"fault":{"kind":"zeros","keys":"total_b*"},"count":1})");
  Json expected = right;
  expected["total_balance"] = "0";
  EXPECT_EQ(Json::parse(dashboard().body), expected);
  EXPECT_EQ(Json::parse(dashboard().body), right);
}

TEST_F(Faulty, ZerosLeaveTextsAndDates) {
  const Json right = Json::parse(dashboard().body);
  add(R"({"fault":{"kind":"zeros"}})");
  const Json told = Json::parse(dashboard().body);
  EXPECT_EQ(told["period"], right["period"]);
  EXPECT_EQ(told["currency"], "INR");
  EXPECT_EQ(told["calls"]["total_calls"], 0);
  EXPECT_EQ(told["time_series"][0]["date"], right["time_series"][0]["date"]);
  EXPECT_EQ(told["time_series"][0]["total_cost"], "0");
}

TEST_F(Faulty, AbsentRow) {
  const auto customers = [this] {
    return Json::parse(request(server_.port(), "GET", "/vobiz/api/v1/partner/accounts", {},
                               "X-Auth-ID: PA_SANDBOX\r\nX-Auth-Token: sandbox-vobiz-partner-token\r\n")
                           .body);
  };
  add(R"({"provider":"vobiz","fault":{"kind":"absent","entity":"MA_CUST0002"},"count":1})");
  const Json without = customers();
  EXPECT_EQ(without["total"], 5);
  EXPECT_EQ(without["accounts"].size(), 5U);
  EXPECT_EQ(without.dump().find("MA_CUST0002"), std::string::npos);
  EXPECT_EQ(customers()["accounts"].size(), 6U);
}

TEST_F(Faulty, LaggingTellsWhatWasRight) {
  const auto calls = [this] { return Json::parse(usage().body)["stats"]["totalCalls"].get<std::int64_t>(); };
  const std::int64_t first = calls();
  add(R"({"fault":{"kind":"lagging","answers":2}})");
  server_.sandbox().advance(std::chrono::hours{3});
  const std::int64_t second = calls();
  EXPECT_GT(second, first);
  server_.sandbox().advance(std::chrono::hours{3});
  EXPECT_EQ(calls(), second);
  EXPECT_EQ(calls(), second);
  EXPECT_GT(calls(), second);
}

TEST_F(Faulty, LagOfOneRequestIsNotAnothers) {
  add(R"({"fault":{"kind":"lagging","answers":50}})");
  EXPECT_TRUE(Json::parse(usage().body).contains("stats"));
  EXPECT_TRUE(Json::parse(dashboard().body).contains("total_balance"));
}

TEST_F(Faulty, InvalidUtf8) {
  add(R"({"fault":{"kind":"invalid_utf8"}})");
  const Received got = usage();
  EXPECT_NE(got.body.find("\":\"\xff\xfe"), std::string::npos);
  EXPECT_FALSE(is_json(got));
}

TEST_F(Faulty, Deep) {
  add(R"({"fault":{"kind":"deep","size":50000}})");
  EXPECT_EQ(usage().body, std::string(50000, '[') + std::string(50000, ']'));
}

TEST_F(Faulty, Huge) {
  add(R"({"fault":{"kind":"huge","size":3000000}})");
  const Received got = usage();
  EXPECT_GT(got.body.size(), 3000000U);
  EXPECT_EQ(got.body.size(), std::stoul(got.header("Content-Length")));
  EXPECT_TRUE(Json::parse(got.body)["stats"]["totalCalls"].is_number());
}

std::string inflated(const std::string& data, std::size_t at_most) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = data;
  std::string out(at_most, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST_F(Faulty, Gzip) {
  const std::string plain = usage().body;
  add(R"({"fault":{"kind":"gzip"}})");
  const Received got = usage();
  EXPECT_EQ(got.header("Content-Encoding"), "gzip");
  EXPECT_EQ(inflated(got.body, 1 << 20), plain);
}

TEST_F(Faulty, GzipBomb) {
  add(R"({"fault":{"kind":"gzip_bomb","size":8000000}})");
  const Received got = usage();
  EXPECT_LT(got.body.size(), 80000U);
  EXPECT_EQ(inflated(got.body, 9 << 20).size(), 8000000U);
}

TEST_F(Faulty, HeadersAlone) {
  add(R"({"fault":{"kind":"headers","rate_limit_headers":{"X-RateLimit-Limit":"60"}}})");
  EXPECT_EQ(usage().header("X-RateLimit-Limit"), "60");
  EXPECT_TRUE(is_json(usage()));
}

TEST_F(Faulty, RefusesWhatIsNoFault) {
  for (const char* text :
       {"{}", "[]", R"({"fault":{"kind":"rain"}})", R"({"fault":{"kind":"slow","ms":"soon"}})",
        R"({"fault":{"kind":"status","status":42}})", R"({"fault":{"kind":"slow"},"probability":2})"}) {
    EXPECT_EQ(request(server_.port(), "POST", "/sandbox/faults", text).status, 400) << text;
  }
  EXPECT_EQ(usage().status, 200);
}

}  // namespace
}  // namespace sandbox::test
