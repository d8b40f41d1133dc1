// What ails the exporter, and what to do about it: what one poll of every endpoint showed, said for a person
// or a bug report. Nothing here holds a secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

struct AccountFindings {
  std::string account{};
  std::string provider{};
  std::vector<EndpointFindings> endpoints{};
  std::vector<std::string> samples{};     // a few of what it exports, as on the page
  std::vector<std::string> currencies{};  // in which it tells money
  double requests_per_minute = 0;         // that its endpoints take at their intervals
  unsigned budget = 0;                    // requests a minute that it may make
  std::optional<Ailment> clock{};         // this machine's and the provider's part
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

// What keeps counters from being kept at --state.url, as far as looking shows: nothing is opened, so that an
// exporter that runs goes on. Nothing for memory:.
std::optional<Ailment> state_ailment(std::string_view url);

// Whether nothing is wrong but warnings of the configuration.
bool is_well(const Findings& findings);

std::string text_of(const Findings& findings);
std::string json_of(const Findings& findings);

}  // namespace cpaas::app
