// Recorded answers in the place of providers: for trying a description without an account.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "exporter/core/clock.h"
#include "exporter/core/http.h"

namespace cpaas::app {

struct RecordedAnswer {
  std::string path;                                       // what the URL's path ends with
  std::map<std::string, std::string, std::less<>> query;  // parameters that the URL has, among others
  std::map<std::string, std::string, std::less<>> body;   // the same of body_members()
  HttpResponse response;
};

struct Recording {
  std::optional<TimePoint> at;  // when it was recorded: what time it is then
  std::vector<RecordedAnswer> answers;
};

// What FOLDER/answers.yml lists, with the files that it names. Else what is wrong, as
// "file:line:column: message".
struct LoadedRecording {
  Recording recording;
  std::vector<std::string> problems;
};
LoadedRecording load_recording(const std::string& folder);

// Time that goes on from that of a recording.
class ReplayClock final : public Clock {
 public:
  explicit ReplayClock(TimePoint at) : at_(at), began_(steady()) {}
  TimePoint now() const override { return at_ + (steady() - began_); }
  SteadyPoint steady() const override;

 private:
  TimePoint at_;
  SteadyPoint began_;
};

// Answers each request with the recorded answer that fits it best, and 404 where none does.
class ReplayTransport : public Transport {
 public:
  ReplayTransport(Recording recording, const Clock& clock)
      : recording_(std::move(recording)), clock_(clock) {}

  void start(Id id, HttpRequest request) override;
  void cancel(Id id) override;
  std::vector<Completion> wait(Duration at_most) override;
  void wake() override;

 private:
  HttpResponse answer(const HttpRequest& request) const;

  const Recording recording_;
  const Clock& clock_;
  std::vector<Completion> done_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
};

}  // namespace cpaas::app
