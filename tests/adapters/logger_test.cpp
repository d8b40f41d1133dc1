#include "exporter/adapters/logger.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

namespace cpaas::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

std::string logged(LogFormat format, LogLevel level, std::string_view message, const LogFields& fields = {}) {
  CaptureStderr();
  make_logger(LogLevel::debug, format)(level, message, fields);
  return GetCapturedStderr();
}

constexpr const char* time_pattern = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z";

TEST(LoggerTest, WritesLogfmt) {
  EXPECT_THAT(
      logged(LogFormat::logfmt, LogLevel::warn, "poll failed", {{"account", "acme"}, {"reason", "dns"}}),
      MatchesRegex(std::string("ts=") + time_pattern +
                   " level=warn msg=\"poll failed\" account=acme reason=dns\n"));
}

TEST(LoggerTest, WritesJson) {
  const std::string line = logged(LogFormat::json, LogLevel::error, "poll \"failed\"",
                                  {{"account", "a\nb"}, {"url", "http://h/"}});
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_THAT(json.at("ts").get<std::string>(), MatchesRegex(time_pattern));
  EXPECT_EQ(json.at("level"), "error");
  EXPECT_EQ(json.at("msg"), "poll \"failed\"");
  EXPECT_EQ(json.at("account"), "a\nb");
  EXPECT_EQ(json.at("url"), "http://h/");
}

TEST(LoggerTest, NamesTheLevels) {
  for (const auto& [level, name] :
       std::vector<std::pair<LogLevel, std::string>>{{LogLevel::debug, "debug"},
                                                     {LogLevel::info, "info"},
                                                     {LogLevel::warn, "warn"},
                                                     {LogLevel::error, "error"}}) {
    EXPECT_THAT(logged(LogFormat::logfmt, level, "m"), HasSubstr(" level=" + name + " msg=m\n"));
  }
}

TEST(LoggerTest, QuotesWhatNeedsIt) {
  const std::vector<std::pair<std::string, std::string>> values{
      {"plain-1.5/x", "plain-1.5/x"},
      {"", R"("")"},
      {"two words", R"("two words")"},
      {"a=b", R"("a=b")"},
      {R"(say "hi")", R"("say \"hi\"")"},
      {R"(back\slash)", R"("back\\slash")"},
      {"line\nfeed\r\ttab", R"("line\nfeed\r\ttab")"},
      {std::string("\0\x1b[31m\x7f", 7), R"("\u0000\u001b[31m\u007f")"},
      {"नमस्ते", "नमस्ते"},
      {"bad\xff utf", "\"bad\xEF\xBF\xBD utf\""},
      {"{} %v %n", R"("{} %v %n")"},
  };
  for (const auto& [value, shown] : values) {
    EXPECT_THAT(logged(LogFormat::logfmt, LogLevel::info, "m", {{"k", value}}),
                HasSubstr(" msg=m k=" + shown + "\n"));
  }
}

TEST(LoggerTest, JsonReplacesWhatIsNotUtf8) {
  EXPECT_THAT(logged(LogFormat::json, LogLevel::info, "m", {{"k", "bad\xff"}}),
              HasSubstr("\"k\":\"bad\xEF\xBF\xBD\"}\n"));
}

TEST(LoggerTest, DropsWhatIsBelowItsLevel) {
  CaptureStderr();
  const Log log = make_logger(LogLevel::warn, LogFormat::logfmt);
  log(LogLevel::debug, "no", {});
  log(LogLevel::info, "no", {});
  log(LogLevel::warn, "yes", {});
  log(LogLevel::error, "yes", {});
  const std::string text = GetCapturedStderr();
  EXPECT_THAT(text, Not(HasSubstr("no")));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

TEST(LoggerTest, FollowsALevelThatChanges) {
  CaptureStderr();
  const auto least = std::make_shared<std::atomic<LogLevel>>(LogLevel::error);
  const Log log = make_logger(least, LogFormat::logfmt);
  log(LogLevel::debug, "no", {});
  *least = LogLevel::debug;
  log(LogLevel::debug, "yes", {});
  *least = LogLevel::info;
  log(LogLevel::debug, "no", {});
  EXPECT_THAT(GetCapturedStderr(), AllOf(HasSubstr("msg=yes"), Not(HasSubstr("msg=no"))));
}

TEST(LoggerTest, NamesAreLevels) {
  for (const std::string_view name : log_level_names) EXPECT_EQ(name_of(*log_level_of(name)), name);
  EXPECT_FALSE(log_level_of("loud"));
}

TEST(LoggerTest, ThreadsDoNotMixTheirLines) {
  CaptureStderr();
  const Log log = make_logger(LogLevel::info, LogFormat::json);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([log] {
      for (int i = 0; i < 100; ++i) log(LogLevel::info, "m", {{"k", std::string(200, 'x')}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::istringstream lines(GetCapturedStderr());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  EXPECT_EQ(count, 400);
}

}  // namespace
}  // namespace cpaas::test
