// Wrong answers that look right, for proofs to give: lists without a member, zeros, and a second source that
// lags.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/end_to_end/support/books.h"

namespace cpaas::end_to_end {

// Answers from which counters are made, with the members in them that become 0.
struct ZeroTarget {
  std::string_view provider;
  std::string_view endpoint;
  std::string_view keys;
  bool level;  // counters are made of its moves
};
inline constexpr std::array<ZeroTarget, 10> zero_targets{{{"tingting", "dashboard", "*", true},
                                                          {"vobiz", "partner/me", "balance", true},
                                                          {"vobiz", "partner/accounts", "cash_credits", true},
                                                          {"vobiz", "partner/dashboard", "*", false},
                                                          {"teli", "analytics/usage", "*", false},
                                                          {"teli", "organizations", "total_*", false},
                                                          {"teli", "analytics/overview", "*", false},
                                                          {"teli", "analytics/users", "*", false},
                                                          {"agentphone", "usage", "*", false},
                                                          {"agentphone", "webhooks/*", "*", false}}};
// One answer, of those that a poll takes any.
Json zeros_once(const ZeroTarget& target);

// AgentPhone's `usage`, which gives the webhook totals too, tells them so many answers late.
Json lagging_second_source(int answers);

// What lists of a provider are made of.
struct Member {
  std::string provider;
  std::string id;
  bool is_organization;
};
// Vobiz's customers, Teli's organizations and their users.
std::vector<Member> members_of(const Json& truth);
// No list has the member.
Json absence_of(const Member& member);
// Whether the counter cannot follow the books while the member is away.
bool concerns(const Member& member, const Check& check);

}  // namespace cpaas::end_to_end
