// Something that happens to a world besides its ordinary life.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/time.h"

namespace sandbox {

// `name` decides which of the other members count:
//   top_up            amount                 TingTing credits; Vobiz money for a customer, MA_..., or
//   `partner` debit             amount or leave        the same entities; an adjustment that is not usage
//   spend_spike       factor, minutes        traffic is `factor` times the peak, day and night
//   stop_traffic      minutes                0: until resume_traffic
//   resume_traffic
//   webhook_failures  ratio, minutes         AgentPhone: that share of the deliveries fails
//   restate_day       days_ago, percent      what was counted on a day becomes that many percent of itself
//   hold_top_ups, resume_top_ups             TingTing, Vobiz customers: no automatic top-ups any more
//   suspend, activate                        Vobiz customer, Teli organization or user
//   approve_kyc                              Vobiz customer
//   add_customer, remove_customer            Vobiz
struct Event {
  std::string name = {};
  std::string provider = {};  // tingting, vobiz, teli, agentphone
  // Vobiz auth_id, Teli unique_id of an organization or user, AgentPhone numberId. Empty: everything the
  // provider has (the MA_... account for Vobiz's money, the first customer for its states).
  std::string entity = {};
  double amount = 0;                 // credits, or units of the currency
  std::optional<double> leave = {};  // debit so much that this is left
  double factor = 10;
  double ratio = 0.8;
  std::int64_t minutes = 60;
  std::int64_t days_ago = 1;
  std::int64_t percent = 100;
};

}  // namespace sandbox
