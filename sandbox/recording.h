// Recorded answers, as `cpaas_exporter record` keeps them, in the place of the imitated providers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/answer.h"
#include "sandbox/time.h"

namespace sandbox {

struct RecordedAnswer {
  std::string path;                          // what the asked path ends with
  std::map<std::string, std::string> query;  // parameters that the request has, among others
  std::map<std::string, std::string> body;   // by JSON pointers what its body says, among other things
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string text;  // the body, byte for byte
};

struct Recording {
  std::optional<TimePoint> at;  // of the first folder that says when it was recorded
  std::vector<RecordedAnswer> answers;
};

// What the folders' answers.yml list. Throws std::runtime_error with the file, and the line where there is
// one.
Recording load_recording(const std::vector<std::string>& folders);

// The answer that fits best, or 404. `ask.path` is the whole path and `ask.prefix` the server's own URL,
// which stands in the place of the provider's in links to recorded answers: no page leads to the provider
// itself.
Answer replayed_answer(const Recording& recording, const Ask& ask);

Json replay_error(int status);

}  // namespace sandbox
