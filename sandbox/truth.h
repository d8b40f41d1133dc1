// The sandbox's own ledger, for tests that compare an exporter's figures with it.
#pragma once

#include "sandbox/answer.h"

namespace sandbox {

// Money in micro-units, credits and counts whole, seconds:
//   {"clock": ISO, "account": N,
//    "tingting": {"totals": {...}, "days": {DATE: {...}}, "wallet": {"added","spent","balance","debited"}},
//    "vobiz": {"partner": wallet, "account": entity, "customers": {AUTH_ID: entity}},
//    "teli": {"organizations": {UNIQUE_ID: {"users": {UNIQUE_ID: entity}, "totals", "days"}}},
//    "agentphone": {"numbers": {NUMBER_ID: entity}}}
// Each entity has totals and days; those of Vobiz also a wallet. Counters that are zero are left out of days.
Json truth(const World& world);

}  // namespace sandbox
