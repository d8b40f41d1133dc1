#include "exporter/app/doctor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "config/advice.h"
#include "config/secrets.h"
#include "exporter/app/alert_table.h"
#include "exporter/core/calendar.h"
#include "exporter/exposition/text.h"

namespace cpaas::app {
namespace {

constexpr std::size_t shown_samples = 3;

std::string cure_of_refusal(const Account& account) {
  for (const auto& [name, secret] : account.settings.secrets) {
    const std::string doubt = config::doubt_of_key(secret.reveal());
    if (!doubt.empty()) return fmt::format("'{}' {}", name, doubt);
  }
  return "check that the key is whole, belongs to this account and 'scope', may read usage, and was not "
         "withdrawn";
}

std::vector<std::string> texts_of(const Drift& drift) {
  std::vector<std::string> texts;
  for (const std::string& field : drift.missing) texts.push_back(field + " is missing");
  for (const std::string& field : drift.mistyped) texts.push_back(field + " is not what is documented");
  return texts;
}

EndpointFindings findings_of(const engine::AccountBoard& board, std::size_t index) {
  const engine::EndpointStatus& status = board.status(index);
  EndpointFindings findings;
  findings.name = board.account().endpoints[index].endpoint->name;
  findings.seconds = status.duration;
  findings.requests = status.requests;
  findings.series = status.series;
  findings.drift = texts_of(status.drift);
  findings.rate_limit_remaining = status.rate_limit.remaining;
  if (status.error) {
    findings.ailment = Ailment{fmt::format("{}: {}", name_of(status.error->reason), status.error->message),
                               cure_of(*status.error, board.account())};
  } else if (!status.last_attempt) {
    findings.ailment = Ailment{"not polled", "run it again: it was ended before all had answered"};
  }
  return findings;
}

std::string line_of(const Sample& sample) {
  std::string line;
  exposition::append_sample(line, exposition::line_start(family_name(*sample.family, sample.window), {}),
                            sample);
  line.pop_back();
  return line;
}

void add_samples(const engine::PackedSamples& samples, AccountFindings& findings,
                 std::set<std::string>& currencies) {
  samples.each([&](const Sample& sample) {
    const auto& names = sample.family->labels;
    const LabelList values = sample.labels.values();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == "currency") currencies.emplace(values[i]);
    }
    if (findings.samples.size() < shown_samples) findings.samples.push_back(line_of(sample));
  });
}

std::optional<Ailment> clock_ailment(const engine::AccountBoard& board) {
  constexpr std::chrono::seconds tolerated{60};
  for (std::size_t i = 0; i < board.account().endpoints.size(); ++i) {
    const auto skew = board.status(i).clock_skew;
    if (!skew || std::chrono::abs(*skew) <= tolerated) continue;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*skew).count();
    return Ailment{
        fmt::format("the provider's clock is {} s {} this machine's", std::abs(seconds),
                    seconds > 0 ? "ahead of" : "behind"),
        "let a time service (chrony, systemd-timesyncd) set this machine's clock; if it is right, the "
        "provider's is wrong, and its days are counted by it as far as that is plausible"};
  }
  return std::nullopt;
}

std::vector<UnsetThreshold> unset_thresholds(const Account& account) {
  std::vector<UnsetThreshold> unset;
  for (const config::Comparison& each : config::comparisons(account)) {
    if (each.is_set) continue;
    const std::string key(each.key);
    unset.push_back(
        {key == "budget" ? key : "thresholds." + key, std::string(each.what), without_threshold(key)});
  }
  return unset;
}

std::string date_of(TimePoint time) {
  return format_date(std::chrono::floor<std::chrono::days>(time));
}

// "api.example.com:8443" of "https://api.example.com:8443/v1"
std::string host_of(const std::string& url) {
  const std::string shown = shown_url(url);
  const auto slashes = shown.find("//");
  const auto begin = slashes == std::string::npos ? 0 : slashes + 2;
  return shown.substr(begin, shown.find('/', begin) - begin);
}

long days_between(TimePoint from, TimePoint until) {
  return std::chrono::floor<std::chrono::days>(until - from).count();
}

Ailment of_errno(const std::string& what, std::string cure) {
  return {what + ": " + std::strerror(errno), std::move(cure)};  // NOLINT(concurrency-mt-unsafe): one thread
}

// --- text

void add(std::string& out, const Ailment& ailment, std::string_view indent) {
  out += fmt::format("{0}problem: {1}\n{0}cure:    {2}\n", indent, ailment.problem, ailment.cure);
}

void add(std::string& out, const EndpointFindings& endpoint) {
  out +=
      fmt::format("  {:<4} {:<24} {:>6.2f} s  {:>4} requests  {:>6} series", endpoint.ailment ? "BAD" : "ok",
                  endpoint.name, endpoint.seconds, endpoint.requests, endpoint.series);
  if (endpoint.rate_limit_remaining) {
    out += fmt::format("  {} requests left to its rate limit", *endpoint.rate_limit_remaining);
  }
  out += "\n";
  if (endpoint.ailment) add(out, *endpoint.ailment, "       ");
  for (const std::string& field : endpoint.drift) out += "       drift: " + field + "\n";
}

void add(std::string& out, const TlsFindings& tls) {
  if (tls.chain.empty()) return;
  const SeenCertificate& own = tls.chain.front();
  out += fmt::format("  TLS certificate of {} ({}), by {}, until {} ({} days)\n", tls.host, own.subject,
                     own.issuer, date_of(own.until), days_between(tls.now, own.until));
  for (const auto& each : {tls.ailment, tls.warning}) {
    if (each) add(out, *each, "       ");
  }
}

void add_alerts(std::string& out, const AccountFindings& account) {
  if (!account.alerts.empty()) {
    out += fmt::format("  alerts that can fire: {}\n", fmt::join(account.alerts, ", "));
  }
  for (const UnsetThreshold& each : account.unset) {
    out += fmt::format("  '{}' is not set, to compare {} with; alert rules take: {}\n", each.key, each.what,
                       each.without);
  }
}

void add(std::string& out, const AccountFindings& account) {
  out += fmt::format("account {} ({})\n", account.account, account.provider);
  for (const EndpointFindings& endpoint : account.endpoints) add(out, endpoint);
  if (account.clock) add(out, *account.clock, "       ");
  if (account.tls) add(out, *account.tls);
  constexpr double minutes_of_day = 24 * 60;
  out += fmt::format("  {:.0f} requests a day, of {:.0f} that 'requests_per_minute' allows\n",
                     account.requests_per_minute * minutes_of_day, account.budget * minutes_of_day);
  if (!account.currencies.empty()) out += fmt::format("  money in {}\n", fmt::join(account.currencies, ", "));
  add_alerts(out, account);
  for (const std::string& sample : account.samples) out += "  " + sample + "\n";
}

// --- json

nlohmann::json json_of(const std::optional<Ailment>& ailment) {
  if (!ailment) return nullptr;
  return {{"problem", ailment->problem}, {"cure", ailment->cure}};
}

nlohmann::json json_of(const EndpointFindings& endpoint) {
  nlohmann::json result{{"endpoint", endpoint.name},      {"ailment", json_of(endpoint.ailment)},
                        {"seconds", endpoint.seconds},    {"requests", endpoint.requests},
                        {"series", endpoint.series},      {"drift", endpoint.drift},
                        {"rate_limit_remaining", nullptr}};
  if (endpoint.rate_limit_remaining) result["rate_limit_remaining"] = *endpoint.rate_limit_remaining;
  return result;
}

nlohmann::json json_of(const std::optional<TlsFindings>& tls) {
  if (!tls) return nullptr;
  nlohmann::json chain = nlohmann::json::array();
  for (const SeenCertificate& each : tls->chain) {
    chain.push_back({{"subject", each.subject},
                     {"issuer", each.issuer},
                     {"from", format_time(each.from)},
                     {"until", format_time(each.until)}});
  }
  return {{"host", tls->host},
          {"chain", std::move(chain)},
          {"ailment", json_of(tls->ailment)},
          {"warning", json_of(tls->warning)}};
}

nlohmann::json json_of(const std::vector<UnsetThreshold>& unset) {
  nlohmann::json result = nlohmann::json::array();
  for (const UnsetThreshold& each : unset) {
    result.push_back({{"key", each.key}, {"what", each.what}, {"without", each.without}});
  }
  return result;
}

nlohmann::json json_of(const AccountFindings& account) {
  nlohmann::json endpoints = nlohmann::json::array();
  for (const EndpointFindings& endpoint : account.endpoints) endpoints.push_back(json_of(endpoint));
  return {{"account", account.account},
          {"provider", account.provider},
          {"endpoints", std::move(endpoints)},
          {"clock", json_of(account.clock)},
          {"tls", json_of(account.tls)},
          {"alerts", account.alerts},
          {"thresholds_not_set", json_of(account.unset)},
          {"currencies", account.currencies},
          {"samples", account.samples},
          {"requests_per_minute", account.requests_per_minute},
          {"requests_per_minute_allowed", account.budget}};
}

}  // namespace

std::string cure_of(const Error& error, const Account& account) {
  switch (error.reason) {
    case Reason::dns:
      return "the name is not known here: check 'base_url', and that this machine resolves names";
    case Reason::connect:
      return "nothing answers there: check 'base_url' and the firewall; where only a proxy gets out, set "
             "'proxy_url'";
    case Reason::tls:
      return "an authority of your own goes into 'ca_file'; a certificate that has expired is the server's "
             "to renew, "
             "unless this machine's clock is wrong";
    case Reason::timeout:
      return "try again; where the provider is always so slow, raise 'timeout'";
    case Reason::auth:
      return cure_of_refusal(account);
    case Reason::rate_limited:
      return "wait, then lower 'requests_per_minute' or raise 'interval'; who else uses the key counts too";
    case Reason::http_4xx:
      return "check 'base_url' (its path too), the ids in the configuration, and that the plan has this API; "
             "an "
             "endpoint that it has not is turned off under 'endpoints'";
    case Reason::http_5xx:
      return "the provider's own trouble: try again, and look at its status page";
    case Reason::proxy:
      return "check 'proxy_url', with user and password, and that the proxy lets through to the provider";
    case Reason::redirect:
      return "redirects are not followed, for they would take the key elsewhere: put the address that it "
             "names into "
             "'base_url' if it is the provider's";
    case Reason::too_large:
      return "the answer is beyond all bounds: ask for less ('window', lists of ids), or report it";
    case Reason::parse:
      return "what answered is not the API: check 'base_url', and whether a login page or a proxy stands "
             "before it";
    case Reason::schema:
      return "the API answers otherwise than documented: check 'scope' and 'base_url', else report it with "
             "this output";
    case Reason::internal:
      return "report it with this output";
  }
  return {};
}

AccountFindings findings_of(const engine::AccountBoard& board) {
  AccountFindings findings;
  findings.account = board.account().settings.account;
  findings.provider = board.account().collector->name;
  findings.requests_per_minute = board.demand();
  findings.budget = board.account().requests_per_minute;
  findings.clock = clock_ailment(board);
  findings.alerts = alerts_with(metrics_of(board.account()));
  findings.unset = unset_thresholds(board.account());
  std::set<std::string> currencies;
  for (std::size_t i = 0; i < board.account().endpoints.size(); ++i) {
    findings.endpoints.push_back(findings_of(board, i));
    add_samples(board.status(i).values.samples, findings, currencies);
    for (const auto& [name, member] : board.status(i).members)
      add_samples(member.values.samples, findings, currencies);
  }
  findings.currencies.assign(currencies.begin(), currencies.end());
  return findings;
}

TlsFindings tls_findings(const std::string& url, std::vector<SeenCertificate> chain, TimePoint now) {
  TlsFindings findings{.host = host_of(url), .chain = std::move(chain), .now = now};
  if (findings.chain.empty()) return findings;
  const SeenCertificate& own = findings.chain.front();
  constexpr std::chrono::days notice{14};
  const auto soon = std::min<TimePoint::duration>(notice, (own.until - own.from) / 5);
  const std::string whose = "who runs " + findings.host + " must renew it";
  const std::string or_clock = ", unless this machine's clock is wrong (it says " + date_of(now) + ")";
  if (now >= own.until) {
    findings.ailment = Ailment{"the certificate expired on " + date_of(own.until), whose + or_clock};
  } else if (now < own.from) {
    findings.ailment =
        Ailment{"the certificate is not valid before " + date_of(own.from),
                "set this machine's clock, which says " + date_of(now) + ", if it is wrong; else " + whose};
  } else if (own.until - now < soon) {
    findings.warning = Ailment{"the certificate expires on " + date_of(own.until),
                               whose + " before; after that every poll fails"};
  }
  return findings;
}

std::optional<Ailment> state_ailment(std::string_view url) {
  constexpr std::string_view sqlite = "sqlite:";
  if (!url.starts_with(sqlite)) return std::nullopt;
  const std::filesystem::path file(url.substr(sqlite.size()));
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const std::string whose = "run doctor as the user of the service; that user must own " + folder.string();
  if (::access(folder.c_str(), F_OK) != 0) {
    return of_errno("the folder of the state, " + folder.string(), "make it, or name another by --state.url");
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {  // beside the file SQLite writes others
    return of_errno("cannot write in " + folder.string(), whose);
  }
  if (::access(file.c_str(), F_OK) == 0 && ::access(file.c_str(), R_OK | W_OK) != 0) {
    return of_errno("cannot read and write " + file.string(), whose);
  }
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  constexpr std::uintmax_t least = std::uintmax_t{16} * 1024 * 1024;
  if (!error && space.available < least) {
    return Ailment{fmt::format("only {} bytes are free in {}", space.available, folder.string()),
                   "make room: on a full disk counters stand still"};
  }
  return std::nullopt;
}

bool is_well(const Findings& findings) {
  return findings.problems.empty() && !findings.state &&
         std::ranges::all_of(findings.accounts, [](const AccountFindings& account) {
           return !account.clock && !(account.tls && account.tls->ailment) &&
                  std::ranges::all_of(account.endpoints,
                                      [](const EndpointFindings& endpoint) { return !endpoint.ailment; });
         });
}

std::string text_of(const Findings& findings) {
  std::string out;
  for (const std::string& line : findings.problems) out += "configuration, problem: " + line + "\n";
  for (const std::string& line : findings.warnings) out += "configuration, warning: " + line + "\n";
  if (findings.state) out += "state\n", add(out, *findings.state, "  ");
  for (const AccountFindings& account : findings.accounts) add(out, account);
  out += is_well(findings) ? "all is well\n" : "not all is well\n";
  return out;
}

std::string json_of(const Findings& findings) {
  nlohmann::json accounts = nlohmann::json::array();
  for (const AccountFindings& account : findings.accounts) accounts.push_back(json_of(account));
  const nlohmann::json result{{"well", is_well(findings)},
                              {"problems", findings.problems},
                              {"warnings", findings.warnings},
                              {"state", json_of(findings.state)},
                              {"accounts", std::move(accounts)}};
  constexpr int indent = 2;
  return result.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace cpaas::app
