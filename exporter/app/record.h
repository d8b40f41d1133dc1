// Keeps what providers answer, as `once --replay` reads it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "exporter/app/redact.h"
#include "exporter/core/http.h"
#include "exporter/core/result.h"

namespace cpaas::app {

struct Exchange {
  std::string url;
  std::optional<std::string> body;  // of the request
  HttpResponse response;
};

// Sends by another transport, and remembers every response of whatever status. Belongs to one thread, as
// that.
class RecordingTransport : public Transport {
 public:
  explicit RecordingTransport(Transport& other) : other_(other) {}

  void start(Id id, HttpRequest request) override;
  void cancel(Id id) override;
  std::vector<Completion> wait(Duration at_most) override;
  void wake() override { other_.wake(); }

  const std::vector<Exchange>& exchanges() const { return exchanges_; }
  // What the requests' authorizations held behind their schemes: tokens that a provider gave are among them.
  const std::set<std::string>& credentials() const { return credentials_; }

 private:
  Transport& other_;
  struct Asked {
    std::string url;
    std::optional<std::string> body;
  };
  std::unordered_map<Id, Asked> asked_;  // of those in flight
  std::vector<Exchange> exchanges_;
  std::set<std::string> credentials_;
};

// Writes FOLDER/answers.yml and the answers beside it, all of them redacted. The folder is made; an error if
// it has a recording already, or cannot be written.
Result<void> write_recording(const std::string& folder, TimePoint at, const std::vector<Exchange>& exchanges,
                             Redactor redactor);

}  // namespace cpaas::app
