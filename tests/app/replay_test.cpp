#include "exporter/app/replay.h"

#include <gmock/gmock.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <filesystem>
#include <fstream>
#include <sstream>

#include "exporter/app/commands.h"

namespace cpaas::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Replay : public testing::Test {
 protected:
  Replay() {
    std::string name = testing::TempDir() + "cpaas_replay_XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  ~Replay() override { std::filesystem::remove_all(folder); }

  void write(const std::string& file, const std::string& text) const { std::ofstream(folder / file) << text; }
  std::vector<std::string> problems() const { return load_recording(folder.string()).problems; }

  std::filesystem::path folder;
};

TEST_F(Replay, AnswersAPollOfADescribedProvider) {
  write("acme.yml",
        "provider: acme\ntitle: Acme\nbase_url: https://api.acme.example\noptions:\n  key: {kind: secret, "
        "help: Key}\n"
        "authentication: {bearer: \"{key}\"}\nendpoints:\n  balance:\n    help: Balance\n"
        "    request: {path: /balance, query: {at: \"{today}\"}}\n    pages: {next: /next}\n    each: /all\n"
        "    metrics: [{metric: cpaas_balance, value: /b, labels: {currency: /c}}]\n");
  write("cpaas.yml", "providers: [acme.yml]\naccounts: [{name: one, provider: acme, key: k}]\n");
  write("answers.yml",
        "at: 2026-06-15T12:00:00Z\nanswers:\n  - {path: /balance, query: {at: \"2026-06-15\"}, file: "
        "one.json}\n"
        "  - {path: /balance, query: {page: \"2\"}, file: two.json}\n");
  write("one.json", R"({"all": [{"b": 1, "c": "EUR"}], "next": "/balance?page=2"})");
  write("two.json", R"({"all": [{"b": 2, "c": "USD"}], "next": null})");
  CommandLine line;
  line.config_file = (folder / "cpaas.yml").string();
  line.replay_folder = folder.string();
  line.log_level = "error";
  std::ostringstream out;
  std::ostringstream errors;
  EXPECT_EQ(once(line, out, errors), 0) << errors.str();
  EXPECT_THAT(out.str(),
              AllOf(HasSubstr("cpaas_balance{provider=\"acme\",account=\"one\",currency=\"EUR\"} 1\n"),
                    HasSubstr("cpaas_balance{provider=\"acme\",account=\"one\",currency=\"USD\"} 2\n")));
  std::filesystem::remove(folder / "two.json");
  EXPECT_EQ(once(line, out, errors), 1);
  EXPECT_THAT(errors.str(), HasSubstr("answers.yml:4:48: the answer cannot be read"));
}

TEST_F(Replay, WhatFitsBestAnswersAndNothingIs404) {
  Recording recording;
  recording.answers = {{"/a", {}, {}, {200, {}, "any"}},
                       {"/a", {{"p", "x y"}}, {}, {200, {}, "one"}},
                       {"/a", {}, {{"/kind", "sms"}, {"/ids/1", "7"}}, {200, {}, "two"}}};
  const ReplayClock clock(TimePoint{std::chrono::hours{1}});
  ReplayTransport transport(recording, clock);
  const auto answer = [&](const std::string& url, const std::optional<std::string>& body = {}) {
    transport.start(1, {.url = url, .headers = {}, .body = body});
    auto done = transport.wait(Duration{0});
    return done.size() == 1 && done.front().result
               ? std::to_string(done.front().result->status) + done.front().result->body
               : "nothing";
  };
  EXPECT_EQ(answer("https://h.example/v1/a?p=x%20y&q=1"), "200one");
  EXPECT_EQ(answer("https://h.example/v1/a?p=x"), "200any");
  EXPECT_EQ(answer("https://h.example/a", R"({"kind": "sms", "ids": [1, 7], "at": 3})"), "200two");
  EXPECT_EQ(answer("https://h.example/a", R"({"kind": "sms", "ids": [1, 8]})"), "200any");
  EXPECT_EQ(answer("https://h.example/a", "no JSON"), "200any");
  EXPECT_THAT(answer("https://h.example/b"), HasSubstr("404"));
}

TEST_F(Replay, SaysWhatIsWrongWithARecording) {
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("answers.yml:1:1: the file cannot be read")));
  write("answers.yml", "at: noon\nanswers:\n  - {path: a, flie: x}\n");
  EXPECT_THAT(problems(),
              ElementsAre(HasSubstr(":1:5: 'at' must be a time"), HasSubstr(":3:5: 'path' must begin with /"),
                          HasSubstr(":3:5: 'file' is missing"),
                          HasSubstr("unknown key 'flie'; did you mean 'file'?")));
}

}  // namespace
}  // namespace cpaas::app
