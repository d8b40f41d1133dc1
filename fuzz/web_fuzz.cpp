// Accept negotiation and the pages' handler: one line each for method, path, Accept and Accept-Encoding. And
// the reader of requests: all of it, at once and in pieces.
#include <algorithm>
#include <array>
#include <cstdint>

#include "exporter/adapters/web_request_reader.h"
#include "exporter/app/pages.h"
#include "exporter/exposition/negotiate.h"
#include "fuzz/input.h"

namespace {

using namespace cpaas;

struct Site {
  Site() {
    exposition::PageBuilder builder;
    builder.put(1, own_metrics.sections());
    snapshot.set(builder.build());
  }
  app::LatestSnapshot snapshot;
  OwnMetrics own_metrics{"0"};
  app::PageSources sources{.telemetry_path = "/metrics",
                           .snapshot = snapshot,
                           .ready = [] { return true; },
                           .reload = [] { return std::vector<std::string>{}; },
                           .own_metrics = own_metrics};
  WebHandler handler = app::make_pages(sources);
};

// What is read, up to what is refused or not whole; how many requests, the last one's status, what is left.
std::string read_all(std::string_view text, std::size_t at_a_time) {
  using State = WebRequestReader::State;
  WebRequestReader reader;
  std::string input;
  std::string read;
  while (!text.empty()) {
    input += text.substr(0, at_a_time);
    text.remove_prefix(std::min(at_a_time, text.size()));
    State state = State::complete;
    while (!input.empty() && (state = reader.read(input)) == State::complete) {
      const ReadRequest& request = reader.request();
      fuzz::require(request.path.starts_with('/') || request.path == "*", "a path begins with a slash");
      read.append(request.method).append(" ").append(request.path).append("\n");
      reader.reset();
    }
    if (state == State::refused) return read + "refused";
  }
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t max_head = 16 * 1024;  // what is too long shows sooner or later
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fuzz::require(size > max_head || read_all(text, size + 1) == read_all(text, 7),
                "pieces change nothing that is read");
  static Site site;
  fuzz::Input input(data, size);
  const std::string method = input.line();
  const std::string path = "/" + input.line();
  const std::string accept = input.line();
  const std::string encoding = input.rest();
  WebRequest request;
  request.method = method;
  request.path = path;
  request.accept = accept;
  request.accept_encoding = encoding;
  const WebResponse response = site.handler(request);
  static constexpr std::array statuses{200, 403, 404, 405};
  fuzz::require(std::ranges::count(statuses, response.status) != 0, "an answer is 200, 403, 404 or 405");
  fuzz::require(response.gzipped ==
                    (path == "/metrics" && response.status == 200 && exposition::accepts_gzip(encoding)),
                "gzip goes only to those who take it");
  return 0;
}
