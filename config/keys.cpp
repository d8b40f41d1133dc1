#include "config/keys.h"

#include <array>

namespace cpaas::config {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr double minute = 60;
constexpr double day = 86400;
constexpr double most_money = 1e12;

constexpr std::array<std::string_view, 3> windows{"7d", "30d", "90d"};
constexpr std::array<std::string_view, 3> periods{"day", "week", "month"};

constexpr Rule interval_rule{Type::duration, 1, day, true};
constexpr Rule money_rule{Type::number, -most_money, most_money, false, {}, true};
constexpr Rule file_rule{Type::text, 1, 1000, false, {}, true};

const std::string& text(const Value& value) {
  return std::get<std::string>(value);
}
bool flag(const Value& value) {
  return std::get<bool>(value);
}
double number(const Value& value) {
  return std::get<double>(value);
}
// Of rules that allow none.
std::string text_or_none(const Value& value) {
  return std::holds_alternative<std::monostate>(value) ? std::string{} : text(value);
}
std::optional<double> number_or_none(const Value& value) {
  return std::holds_alternative<std::monostate>(value) ? std::nullopt : std::optional(number(value));
}
seconds whole_seconds(const Value& value) {
  return duration_cast<seconds>(std::get<Duration>(value));
}

std::chrono::days window_days(const std::string& name) {
  return std::chrono::days{name == "7d" ? 7 : name == "90d" ? 90 : 30};
}

}  // namespace

std::span<const Key<Draft>> identity_keys() {
  static constexpr std::array<Key<Draft>, 2> keys{{
      {{"name",
        {Type::text, 1, 100},
        "",
        "The `account` label of everything exported for it; unique in the file",
        true},
       [](Draft& draft, const Value& value) { draft.account.settings.account = text(value); }},
      {{"provider", {Type::text, 1, 100}, "", "Whose API it is: one of the providers below", true},
       [](Draft& draft, const Value& value) { draft.provider = text(value); }},
  }};
  return keys;
}

std::span<const Key<Draft>> shared_keys() {
  static constexpr std::array<Key<Draft>, 10> keys{{
      {{"base_url",
        {Type::url},
        "",
        "Where the API is, for tests and proxies; otherwise the provider's own address. Plain http is "
        "refused unless the host is "
        "localhost or a loopback address, or `allow_http` is true"},
       [](Draft& draft, const Value& value) { draft.account.settings.base_url = text(value); }},
      {{"allow_http",
        {Type::flag},
        "false",
        "Whether credentials may travel unencrypted to a `base_url` beyond this machine"},
       [](Draft& draft, const Value& value) { draft.allow_http = flag(value); }},
      {{"interval", interval_rule, "",
        "How often each endpoint is polled. Where it is given it replaces the endpoints' own defaults, which "
        "are listed with each "
        "provider; an endpoint's own `interval` wins over it"},
       [](Draft& draft, const Value& value) { draft.interval = whole_seconds(value); }},
      {{"timeout", {Type::duration, 0.1, 5 * minute}, "10s", "How long one request may take as a whole"},
       [](Draft& draft, const Value& value) { draft.account.timeout = std::get<Duration>(value); }},
      {{"stale_after",
        {Type::number, 1, 1000},
        "3",
        "After how many intervals without a successful poll values over a window of time are withdrawn; "
        "balances and counters stay"},
       [](Draft& draft, const Value& value) { draft.account.stale_after = number(value); }},
      {{"window",
        {Type::choice, 0, 0, false, windows},
        "30d",
        "The sliding window, where the provider's API takes one"},
       [](Draft& draft, const Value& value) { draft.account.settings.window = window_days(text(value)); }},
      {{"timezone",
        {Type::timezone},
        "",
        "The time zone in which the provider counts the account's days and months, where it is not the "
        "provider's own, which stands with each provider: for today's values, month's values and their ends, "
        "and "
        "the dates that are asked for"},
       [](Draft& draft, const Value& value) { draft.zone = TimeZone::find(text(value)); }},
      {{"max_series",
        {Type::number, 1, 10'000'000, true},
        "250000",
        "The most series that are exported for the account; what is over it is left out by whole families, "
        "single users, numbers, agents, organizations and customers first, and named in the log. 25,000 "
        "customers give some 150,000 series"},
       [](Draft& draft, const Value& value) {
         draft.account.max_series = static_cast<std::size_t>(number(value));
       }},
      {{"requests_per_minute",
        {Type::number, 1, 60'000, true},
        "120",
        "The most requests in a minute, shared by all accounts with the same credential"},
       [](Draft& draft, const Value& value) {
         draft.account.requests_per_minute = static_cast<unsigned>(number(value));
       }},
      {{"personal_data",
        {Type::flag},
        "false",
        "Whether e-mail addresses, phone numbers and person names may become labels of the info series"},
       [](Draft& draft, const Value& value) { draft.account.settings.personal_data = flag(value); }},
  }};
  return keys;
}

std::span<const Key<Thresholds>> threshold_keys() {
  static constexpr std::array<Key<Thresholds>, 5> keys{{
      {{"balance", money_rule, "", "Warn below this balance, in the balance's currency"},
       [](Thresholds& thresholds, const Value& value) { thresholds.balance = number_or_none(value); }},
      {{"credits", {Type::number, 0, most_money, false, {}, true}, "", "Warn below this many credits"},
       [](Thresholds& thresholds, const Value& value) { thresholds.credits = number_or_none(value); }},
      {{"customer_balance", money_rule, "", "Warn when a customer's balance is below this, in its currency"},
       [](Thresholds& thresholds, const Value& value) {
         thresholds.customer_balance = number_or_none(value);
       }},
      {{"runway",
        {Type::duration, minute, 365 * day, true, {}, true},
        "",
        "Warn when balance or credits will last less than this at the present rate of spending"},
       [](Thresholds& thresholds, const Value& value) {
         thresholds.runway.reset();
         if (!std::holds_alternative<std::monostate>(value)) thresholds.runway = whole_seconds(value);
       }},
      {{"quota_ratio", {Type::number, 0, 1, false, {}, true}, "", "Warn when this part of a quota is used"},
       [](Thresholds& thresholds, const Value& value) { thresholds.quota_ratio = number_or_none(value); }},
  }};
  return keys;
}

std::span<const Key<Budget>> budget_keys() {
  static constexpr std::array<Key<Budget>, 3> keys{{
      {{"period", {Type::choice, 0, 0, false, periods}, "", "The calendar period, in UTC", true},
       [](Budget& budget, const Value& value) { budget.period = text(value); }},
      {{"amount", {Type::number, 0, most_money}, "", "How much", true},
       [](Budget& budget, const Value& value) { budget.amount = number(value); }},
      {{"currency", {Type::currency}, "", "Of what", true},
       [](Budget& budget, const Value& value) { budget.currency = text(value); }},
  }};
  return keys;
}

std::span<const Key<EndpointChoice>> endpoint_keys() {
  static constexpr std::array<Key<EndpointChoice>, 2> keys{{
      {{"enabled", {Type::flag}, "", "Whether it is polled"},
       [](EndpointChoice& choice, const Value& value) { choice.enabled = flag(value); }},
      {{"interval", interval_rule, "", "How often"},
       [](EndpointChoice& choice, const Value& value) { choice.interval = whole_seconds(value); }},
  }};
  return keys;
}

std::span<const Key<ConnectionSettings>> connection_keys() {
  static constexpr std::array<Key<ConnectionSettings>, 3> keys{{
      {{"ca_file", file_rule, "", "PEM file of the authorities to trust instead of the system's"},
       [](ConnectionSettings& connection, const Value& value) { connection.ca_file = text_or_none(value); }},
      {{"certificate_file", file_rule, "", "PEM file of a client certificate, with its chain"},
       [](ConnectionSettings& connection, const Value& value) {
         connection.certificate_file = text_or_none(value);
       }},
      {{"key_file", file_rule, "",
        "PEM file of that certificate's key, not encrypted; needed unless `certificate_file` holds it too"},
       [](ConnectionSettings& connection, const Value& value) { connection.key_file = text_or_none(value); }},
  }};
  return keys;
}

}  // namespace cpaas::config
