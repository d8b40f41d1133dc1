#include "tests/config/fake_collectors.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "exporter/core/families.h"

namespace cpaas::testing {
namespace {

using std::chrono::minutes;

std::vector<Call> ask_once(const Settings& /*settings*/, const PollStart& /*at*/) {
  return std::vector<Call>(1);
}

std::vector<Call> ask_teams(const Settings& settings, const PollStart& /*at*/) {
  return std::vector<Call>(std::max<std::size_t>(settings.list("teams").size(), 1));
}

std::vector<Call> ask_tags(const Settings& settings, const PollStart& /*at*/) {
  return std::vector<Call>(settings.list("tags").size());
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
      Endpoint{.name = "usage", .help = "Usage", .default_interval = minutes{1}, .start = ask_teams},
      Endpoint{.name = "history",
               .help = "Days gone by",
               .default_interval = minutes{15},
               .default_enabled = false,
               .start = ask_tags},
  };
  static const std::array sources{
      Source{&families::credits_remaining, "usage", "credits"},
      Source{&families::credits_spent_total, "usage", "falls of credits"},
      Source{&families::cost_total, "history", "cost"},
  };
  static const Collector collector{"acme",  "Acme",    "https://api.acme.example/v1",
                                   options, endpoints, sources};
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
      Option{.name = "id",
             .kind = OptionKind::text,
             .help = "R_... or C_...",
             .prefixes = {{"R_", "reseller"}, {"C_", "customer"}}},
      Option{.name = "regions",
             .kind = OptionKind::list,
             .help = "Regions",
             .required = true,
             .only_when_scope = "reseller"},
      Option{.name = "currency",
             .kind = OptionKind::currency,
             .help = "Of the wallet",
             .default_value = "EUR",
             .only_when_scope = "customer"},
  };
  static const std::array endpoints{
      Endpoint{.name = "wallet", .help = "Money", .default_interval = minutes{1}, .start = ask_once},
      Endpoint{.name = "resellers",
               .help = "Resellers",
               .default_interval = minutes{5},
               .only_when_scope = "reseller",
               .start = ask_once},
  };
  static const std::array sources{
      Source{&families::balance, "wallet", "balance"},
      Source{&families::balance_spent_total, "wallet", "falls of balance"},
      Source{&families::customer_balance, "resellers", "balances"},
  };
  static const Collector collector{"globex", "Globex", "https://globex.example", options, endpoints, sources};
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
