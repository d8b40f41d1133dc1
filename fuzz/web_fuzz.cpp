// Accept negotiation and the pages' handler: one line each for method, path, Accept and Accept-Encoding.
#include <algorithm>
#include <array>
#include <cstdint>

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
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
  static constexpr std::array statuses{200, 404, 405};
  fuzz::require(std::ranges::count(statuses, response.status) != 0, "an answer is 200, 404 or 405");
  fuzz::require(response.gzipped ==
                    (path == "/metrics" && response.status == 200 && exposition::accepts_gzip(encoding)),
                "gzip goes only to those who take it");
  return 0;
}
