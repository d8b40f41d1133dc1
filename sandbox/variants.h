// Which of a provider's documented response shapes an account gets. A variant is NAME=CHOICE, such as
// vobiz.dashboard=flat_customers; the first choice is the default.
//   tingting.details          filled|empty            the undocumented inner objects: made up, or empty as
//   documented tingting.purchased        account|window          scope of total_credits_purchased
//   tingting.numbers          int|string              dashboard integers as numbers or numeric strings
//   vobiz.dashboard           nested|flat_customers|flat_counts
//   vobiz.analytics           nested|totals
//   vobiz.me                  string|number           the partner's balance
//   vobiz.accounts            current|older           older rows: numeric balance, status, currency
//   vobiz.account_balance     current|older           older: no promotional and postpaid keys
//   teli.success              present|absent          on 200 and on errors
//   teli.period               dates|empty
//   teli.numbers              enabled|disabled        the phone number feature
//   agentphone.usage          current|payg|newest|reported|older|early
//                                                 early: no numbers.remaining; reported: newest, with its
//                                                 time
//   agentphone.daily          current|older       older: voiceMinutes in place of webhooks, no days or months
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace sandbox {

class Variants {
 public:
  // False, and nothing changed, for an unknown name or choice.
  bool set(std::string_view name, std::string_view choice);
  bool is(std::string_view name, std::string_view choice) const { return chosen(name) == choice; }
  std::string_view chosen(std::string_view name) const;
  // Every name with its present choice.
  std::map<std::string, std::string> all() const;

 private:
  std::map<std::string, std::string, std::less<>> chosen_;
};

}  // namespace sandbox
