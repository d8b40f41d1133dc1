// What ails the exporter, and what to do about it: what one poll of every endpoint showed, said for a person
// or a bug report. Nothing here holds a secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/adapters/tls_probe.h"
#include "exporter/core/account.h"
#include "exporter/engine/account_board.h"

namespace cpaas::app {

struct Ailment {
  std::string problem;
  std::string cure;
};

struct EndpointFindings {
  std::string name{};
  std::optional<Ailment> ailment{};  // nothing: the poll worked
  double seconds = 0;                // that the poll took
  std::uint64_t requests = 0;        // that it took
  std::size_t series = 0;            // that it gave
  std::vector<std::string> drift{};  // fields that are missing or of another type than documented
  std::optional<double> rate_limit_remaining{};
};

// A threshold that the user could set and has not.
struct UnsetThreshold {
  std::string key{};      // "thresholds.balance", "budget"
  std::string what{};     // that is compared with it: "a balance"
  std::string without{};  // what rules do: "3 days"
};

struct TlsFindings {
  std::string host{};
  std::vector<SeenCertificate> chain{};  // the server's own first; empty: none was seen
  TimePoint now{};
  std::optional<Ailment> ailment{};  // it has expired, or is not yet valid
  std::optional<Ailment> warning{};  // it will soon
};

struct AccountFindings {
  std::string account{};
  std::string provider{};
  std::vector<EndpointFindings> endpoints{};
  std::vector<std::string> samples{};     // a few of what it exports, as on the page
  std::vector<std::string> currencies{};  // in which it tells money
  double requests_per_minute = 0;         // that its endpoints take at their intervals
  unsigned budget = 0;                    // requests a minute that it may make
  std::optional<Ailment> clock{};         // this machine's and the provider's part
  std::optional<TlsFindings> tls{};       // nothing for plain http
  std::vector<std::string> alerts{};      // of the shipped ones, that can fire
  std::vector<UnsetThreshold> unset{};
};

struct Findings {
  std::vector<std::string> problems;  // of the configuration, with their position; then nothing was polled
  std::vector<std::string> warnings;  // the same
  std::optional<Ailment> state;
  std::vector<AccountFindings> accounts;
};

// What to do about the error of a poll of the account; a sentence.
std::string cure_of(const Error& error, const Account& account);

AccountFindings findings_of(const engine::AccountBoard& board);

// What the chain that `url`'s server showed at `now` means: its own certificate must be valid, and should be
// for two weeks yet, or a fifth of its life if that is less.
TlsFindings tls_findings(const std::string& url, std::vector<SeenCertificate> chain, TimePoint now);

// What keeps counters from being kept at --state.url, as far as looking shows: nothing is opened, so that an
// exporter that runs goes on. Nothing for memory:.
std::optional<Ailment> state_ailment(std::string_view url);

// Whether nothing is wrong but warnings of the configuration.
bool is_well(const Findings& findings);

std::string text_of(const Findings& findings);
std::string json_of(const Findings& findings);

}  // namespace cpaas::app
