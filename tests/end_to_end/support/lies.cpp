#include "tests/end_to_end/support/lies.h"

namespace cpaas::end_to_end {

Json zeros_once(const ZeroTarget& target) {
  return {{"provider", target.provider},
          {"endpoint", target.endpoint},
          {"fault", {{"kind", "zeros"}, {"keys", target.keys}}},
          {"count", 1},
          {"probability", 0.3}};
}

Json lagging_second_source(int answers) {
  return {{"provider", "agentphone"},
          {"endpoint", "usage"},
          {"fault", {{"kind", "lagging"}, {"answers", answers}}}};
}

std::vector<Member> members_of(const Json& truth) {
  std::vector<Member> members;
  for (const std::string& id : customers_of(truth)) members.push_back({"vobiz", id, false});
  for (const auto& [id, organization] : truth.at("teli").at("organizations").items()) {
    members.push_back({"teli", id, true});
    for (const auto& [user, usage] : organization.at("users").items())
      members.push_back({"teli", user, false});
  }
  return members;
}

Json absence_of(const Member& member) {
  return {{"provider", member.provider}, {"fault", {{"kind", "absent"}, {"entity", member.id}}}};
}

bool concerns(const Member& member, const Check& check) {
  const bool of_sum =
      member.is_organization && check.account == platform && check.endpoint == "organizations";
  return of_sum || check.counter.find('"' + member.id + '"') != std::string::npos;
}

}  // namespace cpaas::end_to_end
