// The configuration loader: any text is either a configuration or a list of problems that shows no secret.
#include <cstdint>

#include "collectors/registry.h"
#include "config/config.h"
#include "fuzz/input.h"

namespace {

using namespace cpaas;

constexpr std::string_view secret = "Xq7-secret-Zw9";

config::Environment environment() {
  return {[](const std::string& path) -> tl::expected<std::string, std::string> {
            if (path.size() % 2 == 0) return tl::unexpected<std::string>("No such file or directory");
            return std::string(secret) + "\n";
          },
          [](const std::string&) { return std::optional(std::string(secret)); }};
}

bool has_secret(std::string_view text) {
  return text.find(secret) != std::string_view::npos;
}

void check_good(const config::Loaded& loaded) {
  fuzz::require(!loaded.config.accounts.empty(), "a configuration has an account");
  for (const Account& account : loaded.config.accounts) {
    fuzz::require(account.collector != nullptr && !account.endpoints.empty(), "an account polls something");
    fuzz::require(account.requests_per_minute >= 1 && account.timeout.count() > 0, "limits are positive");
  }
  const std::string dumped = config::dump(loaded.config);
  fuzz::require(!has_secret(dumped), "a dump shows no secret");
  const auto again = config::parse(dumped, "dump.yml", collectors(), environment());
  fuzz::require(again.problems.empty(), "a dump can be loaded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto loaded = config::parse(text, "fuzz.yml", collectors(), environment());
  if (loaded.problems.empty()) check_good(loaded);
  for (const config::Diagnostic& problem : loaded.problems) {
    const std::string line = to_string(problem);
    fuzz::require(line.starts_with("fuzz.yml:"), "a problem has a place");
    fuzz::require(has_secret(text) || !has_secret(line), "a problem shows no secret");
    fuzz::require(line.find('\n') == std::string::npos, "a problem is one line");
  }
  return 0;
}
