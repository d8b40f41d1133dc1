#include "exporter/app/alert_table.h"

#include <gmock/gmock.h>

#include "described/providers.h"

namespace cpaas::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view page = R"(# Alerts

| configuration | metric | without it |
|---|---|---|
| `thresholds: runway` | `cpaas_runway_warning_seconds` | 3 days; or so |
| `budget` | `cpaas_budget` | no budget alerts |

| alerts | need | Acme |
|---|---|---|
| CpaasALow, CpaasAGone | `cpaas_a` | yes |
| CpaasB, of b | `cpaas_a`, `cpaas_b` | no |
| the same, by c | `cpaas_c` | yes |
| the same, of what has no metric | the same | no |

| other | need |
|---|---|
| CpaasOther | `cpaas_a` |
)";

TEST(AlertTable, TellsWhatTheMetricsAreEnoughFor) {
  EXPECT_THAT(alerts_with({"cpaas_a"}, page), ElementsAre("CpaasALow, CpaasAGone"));
  EXPECT_THAT(alerts_with({"cpaas_a", "cpaas_b", "cpaas_c"}, page),
              ElementsAre("CpaasALow, CpaasAGone", "CpaasB"));
  EXPECT_THAT(alerts_with({"cpaas_c"}, page), ElementsAre("CpaasB by c"));
  EXPECT_THAT(alerts_with({}, page), IsEmpty());
}

TEST(AlertTable, TellsWhatRulesDoWithoutAThreshold) {
  EXPECT_EQ(without_threshold("runway", page), "3 days");
  EXPECT_EQ(without_threshold("budget", page), "no budget alerts");
  EXPECT_EQ(without_threshold("balance", page), "");
}

TEST(AlertTable, IsThatOfTheProgramsOwnPage) {
  for (const char* key : {"balance", "credits", "customer_balance", "runway", "quota_ratio", "budget"}) {
    EXPECT_NE(without_threshold(key), "") << key;
  }
  EXPECT_THAT(alerts_with({"cpaas_balance"}), ElementsAre("CpaasBalanceLow, CpaasBalanceExhausted"));
  described::Providers providers;
  std::size_t silent = 0;
  for (const CollectorRef& each : providers.shipped()) {
    Account account;
    account.collector = each;
    for (const Endpoint& endpoint : each->endpoints)
      account.endpoints.push_back({&endpoint, endpoint.default_interval});
    if (alerts_with(metrics_of(account)).empty()) ++silent;
  }
  EXPECT_LT(silent, providers.shipped().size() / 2);
}

}  // namespace
}  // namespace cpaas::app
