// What a collector may be told: options are declared once, with name, kind, default and help; settings hold
// their values.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/secret.h"
#include "exporter/core/time_zone.h"

namespace cpaas {

enum class OptionKind : std::uint8_t {
  text,
  currency,     // an ISO 4217 code in capitals
  secret,       // configured as NAME, NAME_file or NAME_env; exactly one of the three
  choice,       // one of `choices`
  list,         // a list of texts
  list_or_all,  // a list of texts, or the word `all`, which gives the list {"all"}
};

// What values of the option begin with in one `scope`.
struct ScopePrefix {
  std::string_view prefix;
  std::string_view scope;
};

// One key of an account in the configuration.
struct Option {
  std::string_view name;
  OptionKind kind;
  std::string_view help;
  bool required = false;
  std::string_view default_value{};         // for text, currency and choice
  std::vector<std::string_view> choices{};  // for choice
  std::string_view only_when_scope{};       // meaningful only in this `scope`; empty: always
  std::vector<ScopePrefix> prefixes{};      // of text: those of another scope are worth a warning
  bool names_account = false;  // with another value it is another account: its counters are others
};

// The values that one account's collector reads. Options that were not given and have no default read as
// empty.
struct Settings {
  std::string account;   // the `account` label
  std::string base_url;  // without a trailing slash
  std::chrono::days window{30};
  TimeZone zone;               // in which the provider's days and months begin and end
  bool personal_data = false;  // e-mail addresses, phone numbers and person names may become label values
  std::set<std::string, std::less<>> not_polled;  // endpoints of the provider that are not asked
  std::map<std::string, std::string, std::less<>> texts;
  std::map<std::string, std::vector<std::string>, std::less<>> lists;
  std::map<std::string, Secret, std::less<>> secrets;

  const std::string& text(std::string_view name) const;
  const std::vector<std::string>& list(std::string_view name) const;
  const Secret& secret(std::string_view name) const;
  friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace cpaas
