#include "exporter/app/record.h"

#include <gmock/gmock.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/app/replay.h"
#include "exporter/core/calendar.h"

namespace cpaas::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

nlohmann::json redacted(Redactor& redactor, const nlohmann::json& body) {
  return nlohmann::json::parse(redactor.body(body.dump()));
}

TEST(Redactor, ReplacesPeopleAlikeEverywhere) {
  Redactor redactor({});
  EXPECT_EQ(redacted(redactor, {{"from", "+49 30 1234567"}, {"to", 15551112222}, {"friendlyName", "Ann"}}),
            (nlohmann::json{{"from", "+15550000001"}, {"to", 15550000002}, {"friendlyName", "name 1"}}));
  EXPECT_EQ(redacted(redactor, {{"rows", {{{"caller", "49301234567"}, {"contact_name", "Ann"}}}}}),
            (nlohmann::json{{"rows", {{{"caller", "15550000001"}, {"contact_name", "name 1"}}}}}));
  EXPECT_EQ(redactor.text("call +49301234567 or ann.b@mail.example, now"),
            "call +15550000001 or person1@example.com, now");
  EXPECT_EQ(redactor.text("/calls?To=%2B49301234567&n=12345678"), "/calls?To=%2B15550000001&n=12345678");
  EXPECT_EQ(redacted(redactor, {{"49301234567", 1}, {"+49301234567", 2}}),
            (nlohmann::json{{"49301234567", 1}, {"+15550000001", 2}}));
}

TEST(Redactor, ReplacesKeysAndWhatWasSaid) {
  Redactor redactor({"s3cret/key"});
  EXPECT_EQ(redacted(redactor, {{"auth_token", "abc"},
                                {"apiKey", "abc"},
                                {"url", "/a?key=s3cret%2Fkey"},
                                {"echo", "you sent s3cret/key"},
                                {"transcript", {"Hello", "Goodbye"}}}),
            (nlohmann::json{{"auth_token", "secret 1"},
                            {"apiKey", "secret 1"},
                            {"url", "/a?key=secret"},
                            {"echo", "you sent secret"},
                            {"transcript", {"text 1", "text 2"}}}));
  EXPECT_THAT(redactor.body("no JSON, but s3cret/key"), Not(HasSubstr("s3cret")));
}

TEST(Redactor, LeavesWhatIsCountedAlone) {
  Redactor redactor({});
  const nlohmann::json body{{"balance", "10.50"},   {"currency", "EUR"},         {"plan_name", "Standard"},
                            {"total", 1234567890},  {"category", "sms-inbound"}, {"next_page_token", "PAabc"},
                            {"date", "2026-06-15"}, {"from", "2026-06-15"},      {"id", 9007199254740993},
                            {"ratio", 0.1},         {"next_page_uri", "/a?x=1"}, {"empty", nullptr}};
  EXPECT_EQ(redacted(redactor, body), body);
}

class Record : public testing::Test {
 protected:
  Record() {
    std::string name = testing::TempDir() + "cpaas_record_XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  ~Record() override { std::filesystem::remove_all(folder); }

  std::string all_text() const {
    std::ostringstream text;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (!file.is_regular_file()) continue;  // nothing to read would end the stream
      text << file.path().filename().string() << "\n" << std::ifstream(file.path()).rdbuf();
    }
    return text.str();
  }

  std::filesystem::path folder;
};

TEST_F(Record, CanBeReplayed) {
  const std::string host = "https://api.acme.example";
  const std::vector<Exchange> exchanges{
      {host + "/v1/k3y/usage?at=2026-06-15&key=k3y",
       {},
       {200, {}, R"({"n": 1, "next": "/v1/k3y/usage?page=x%20y"})"}},
      {host + "/v1/k3y/usage?page=x%20y&at=2026-06-15&key=k3y",
       {},
       {200, {{"link", "</a?k=k3y>"}}, R"({"n": 2})"}},
      {host + "/v1/balance", {}, {429, {{"retry-after", "7"}, {"set-cookie", "id=1"}}, "wait, k3y"}}};
  const TimePoint at = *parse_time("2026-06-15T12:00:00Z");
  const auto written = write_recording((folder / "new").string(), at, exchanges, Redactor({"k3y"}));
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(all_text(), AllOf(Not(HasSubstr("k3y")), Not(HasSubstr("cookie"))));

  LoadedRecording loaded = load_recording((folder / "new").string());
  ASSERT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.recording.at, at);
  const ReplayClock clock(at);
  ReplayTransport replay(std::move(loaded.recording), clock);
  std::vector<std::string> bodies;
  for (const Exchange& each : exchanges) {
    // Another day, and another key that is as long as it likes.
    std::string url = each.url;
    if (const auto day = url.find("06-15"); day != std::string::npos) url.replace(day, 5, "07-01");
    replay.start(1, {.url = url, .headers = {}});
    const auto done = replay.wait(Duration{0});
    ASSERT_EQ(done.size(), 1U);
    ASSERT_TRUE(done.front().result);
    EXPECT_EQ(done.front().result->status, each.response.status);
    bodies.push_back(done.front().result->body);
  }
  EXPECT_THAT(bodies, ElementsAre(HasSubstr("\"n\": 1"), HasSubstr("\"n\": 2"), "wait, secret"));
}

TEST_F(Record, RequestsMayDifferByTheirBodiesAlone) {
  const std::string url = "https://api.acme.example/v1/reports";
  const auto body = [](const char* kind) {
    return R"({"from": "2026-06-01", "key": "k3y", "filter": {"kinds": [")" + std::string(kind) + R"("]}})";
  };
  const std::vector<Exchange> exchanges{{url, body("sms"), {200, {}, R"({"n": 1})"}},
                                        {url, body("voice"), {200, {}, R"({"n": 2})"}},
                                        {url, body("k3y"), {200, {}, R"({"n": 3})"}},
                                        {url, {}, {200, {}, R"({"n": 4})"}}};
  const TimePoint at = *parse_time("2026-06-15T12:00:00Z");
  ASSERT_TRUE(write_recording((folder / "new").string(), at, exchanges, Redactor({"k3y"})));
  EXPECT_THAT(all_text(), AllOf(Not(HasSubstr("k3y")), HasSubstr(R"("/filter/kinds/0":"voice")")));

  LoadedRecording loaded = load_recording((folder / "new").string());
  ASSERT_THAT(loaded.problems, IsEmpty());
  const ReplayClock clock(at);
  ReplayTransport replay(std::move(loaded.recording), clock);
  for (const Exchange& each : {exchanges[0], exchanges[1]}) {
    replay.start(1, {.url = each.url, .headers = {}, .body = each.body});
    const auto done = replay.wait(Duration{0});
    ASSERT_TRUE(done.front().result);
    EXPECT_EQ(nlohmann::json::parse(done.front().result->body), nlohmann::json::parse(each.response.body));
  }
}

TEST_F(Record, DoesNotMixWithAnother) {
  ASSERT_TRUE(write_recording(folder.string(), TimePoint{}, {}, Redactor({})));
  const auto again = write_recording(folder.string(), TimePoint{}, {}, Redactor({}));
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("there is a recording already"));
}

class Echo : public Transport {
 public:
  void start(Id id, HttpRequest request) override {
    done.push_back({id, HttpResponse{200, {}, request.url}});
  }
  void cancel(Id id) override { cancelled.push_back(id); }
  std::vector<Completion> wait(Duration) override { return std::exchange(done, {}); }
  void wake() override {}

  std::vector<Completion> done;
  std::vector<Id> cancelled;
};

TEST(RecordingTransport, KeepsWhatPasses) {
  Echo echo;
  RecordingTransport recording(echo);
  recording.start(7, {.url = "https://a.example/x", .headers = {}, .body = "asked"});
  const auto done = recording.wait(Duration{0});
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done.front().id, 7U);
  ASSERT_EQ(recording.exchanges().size(), 1U);
  EXPECT_EQ(recording.exchanges().front().url, "https://a.example/x");
  EXPECT_EQ(recording.exchanges().front().body, "asked");
  recording.cancel(8);
  EXPECT_THAT(echo.cancelled, ElementsAre(8));
}

}  // namespace
}  // namespace cpaas::app
