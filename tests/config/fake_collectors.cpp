#include "tests/config/fake_collectors.h"

#include <array>
#include <fstream>
#include <iterator>

namespace cpaas::testing {
namespace {

using std::chrono::minutes;

std::vector<Call> ask_nothing(const Settings& /*settings*/, const PollStart& /*at*/) {
  return {};
}

const Collector& acme() {
  static const std::array options{
      Option{.name = "api_key", .kind = OptionKind::secret, .help = "the key", .required = true},
      Option{.name = "region",
             .kind = OptionKind::choice,
             .help = "where: here | there",
             .default_value = "eu",
             .choices = {"eu", "us"}},
      Option{.name = "note", .kind = OptionKind::text, .help = "A note"},
      Option{.name = "teams", .kind = OptionKind::list_or_all, .help = "Teams"},
      Option{.name = "tags", .kind = OptionKind::list, .help = "Tags"},
  };
  static const std::array endpoints{
      Endpoint{.name = "usage", .help = "Usage", .default_interval = minutes{1}, .start = ask_nothing},
      Endpoint{.name = "history",
               .help = "Days gone by",
               .default_interval = minutes{15},
               .default_enabled = false,
               .start = ask_nothing},
  };
  static const Collector collector{"acme", "Acme", "https://api.acme.example/v1", options, endpoints, {}};
  return collector;
}

const Collector& globex() {
  static const std::array options{
      Option{.name = "scope",
             .kind = OptionKind::choice,
             .help = "Whose credentials",
             .required = true,
             .choices = {"reseller", "customer"}},
      Option{.name = "auth_token", .kind = OptionKind::secret, .help = "The token", .required = true},
      Option{.name = "regions",
             .kind = OptionKind::list,
             .help = "Regions",
             .required = true,
             .only_when_scope = "reseller"},
      Option{.name = "currency",
             .kind = OptionKind::text,
             .help = "Of the wallet",
             .default_value = "EUR",
             .only_when_scope = "customer"},
  };
  static const std::array endpoints{
      Endpoint{.name = "wallet", .help = "Money", .default_interval = minutes{1}, .start = ask_nothing},
      Endpoint{.name = "resellers",
               .help = "Resellers",
               .default_interval = minutes{5},
               .only_when_scope = "reseller",
               .start = ask_nothing},
  };
  static const Collector collector{"globex", "Globex", "https://globex.example", options, endpoints, {}};
  return collector;
}

}  // namespace

std::span<const Collector* const> fake_collectors() {
  static const std::array all{&acme(), &globex()};
  return all;
}

config::Environment FakeWorld::environment() const {
  return {[this](const std::string& path) -> tl::expected<std::string, std::string> {
            const auto found = files.find(path);
            if (found == files.end()) return tl::unexpected(std::string("No such file or directory"));
            return found->second;
          },
          [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          }};
}

std::string test_file(const std::string& path) {
  std::ifstream in(std::string(CPAAS_SOURCE_DIR) + "/tests/config/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace cpaas::testing
