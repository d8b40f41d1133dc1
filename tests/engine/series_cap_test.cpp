// What is left out when an account has too many series: by worth, whole families, and the same ones again.
#include "exporter/engine/series_cap.h"

#include <gmock/gmock.h>

#include "exporter/core/families.h"

namespace cpaas::engine {
namespace {

namespace f = families;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

using Part = std::vector<Sample>;

void add(Part& part, const Family& family, std::size_t count, Window window = Window::none) {
  for (std::size_t i = 0; i < count; ++i)
    part.push_back({&family, window, {std::to_string(i), "INR"}, static_cast<double>(i)});
}

std::set<SeriesGroup> over(const std::vector<Part>& parts, std::size_t most,
                           const std::set<SeriesGroup>& before = {}) {
  const std::vector<PackedSamples> packed(parts.begin(), parts.end());
  std::vector<const PackedSamples*> pointers;
  pointers.reserve(packed.size());
  for (const PackedSamples& each : packed) pointers.push_back(&each);
  return groups_over_cap(pointers, {}, most, before);
}

std::vector<std::string> names(const std::set<SeriesGroup>& groups) {
  std::set<std::string> sorted;
  for (const auto& [family, window] : groups) sorted.insert(family_name(*family, window));
  return {sorted.begin(), sorted.end()};
}

// A reseller: what is said of the account comes last, as where its endpoint does.
std::vector<Part> reseller(std::size_t customers) {
  std::vector<Part> parts(2);
  for (const Family* family : {&f::customer_info, &f::customer_quota_limit, &f::customer_active,
                               &f::customer_balance_spent_total, &f::customer_balance})
    add(parts[0], *family, customers);
  add(parts[1], f::customers, 3);
  add(parts[1], f::product_cost, 2, Window::d30);
  add(parts[1], f::cost, 2, Window::d30);
  add(parts[1], f::balance, 1);
  return parts;
}

TEST(SeriesCap, LeavesNothingOutThatFits) {
  EXPECT_THAT(over(reseller(100), 508), IsEmpty());
  EXPECT_THAT(over({}, 1), IsEmpty());
}

TEST(SeriesCap, LeavesOutByWorth) {
  const auto parts = reseller(100);
  EXPECT_THAT(names(over(parts, 507)), ElementsAre("cpaas_customer_info"));
  EXPECT_THAT(names(over(parts, 300)),
              ElementsAre("cpaas_customer_active", "cpaas_customer_info", "cpaas_customer_quota_limit"));
  EXPECT_THAT(names(over(parts, 107)), ElementsAre("cpaas_customer_active", "cpaas_customer_balance",
                                                   "cpaas_customer_balance_spent_total",
                                                   "cpaas_customer_info", "cpaas_customer_quota_limit"));
  EXPECT_THAT(names(over(parts, 4)), Contains("cpaas_product_30d_cost"));
  const auto least = over(parts, 3);
  EXPECT_FALSE(least.contains({&f::balance, Window::none}));
  EXPECT_FALSE(least.contains({&f::cost, Window::d30}));
  EXPECT_TRUE(least.contains({&f::customers, Window::none}));
}

TEST(SeriesCap, IsTheSameWhicheverCustomersThereAre) {
  for (const std::size_t customers : {74U, 80U, 97U}) {
    EXPECT_THAT(names(over(reseller(customers), 300)),
                ElementsAre("cpaas_customer_info", "cpaas_customer_quota_limit"))
        << customers;
  }
}

TEST(SeriesCap, CountsASeriesOfTwoEndpointsOnce) {
  std::vector<Part> parts(2);
  for (Part& part : parts) add(part, f::organization_active, 10);
  EXPECT_THAT(over(parts, 10), IsEmpty());
  EXPECT_THAT(names(over(parts, 9)), ElementsAre("cpaas_organization_active"));
}

TEST(SeriesCap, WhatWasLeftOutComesBackOnlyWithRoom) {
  const auto left_out = over(reseller(100), 500);
  EXPECT_THAT(names(left_out), ElementsAre("cpaas_customer_info"));
  EXPECT_EQ(over(reseller(95), 500, left_out), left_out);
  EXPECT_THAT(over(reseller(88), 500, left_out), IsEmpty());
}

TEST(SeriesCap, KnowsTheWorthOfEveryFamilyOfAnEntity) {
  EXPECT_EQ(f::worth_of(f::balance), 0U);
  EXPECT_EQ(f::worth_of(f::account_info), 0U);
  EXPECT_EQ(f::worth_of(f::quota_used), 0U);
  EXPECT_EQ(f::worth_of(f::customers_balance), 1U);
  EXPECT_EQ(f::worth_of(f::product_calls), 1U);
  EXPECT_EQ(f::worth_of(f::customer_balance), 2U);
  EXPECT_LT(f::worth_of(f::customer_balance), f::worth_of(f::customer_info));
  EXPECT_LT(f::worth_of(f::customer_info), f::worth_of(f::user_cost));
  constexpr Family unlisted{"cpaas_user_%_parcels", Kind::gauge, {"organization_id", "user_id"}, "Parcels %"};
  EXPECT_GT(f::worth_of(unlisted), f::worth_of(f::user_voice_seconds));
}

}  // namespace
}  // namespace cpaas::engine
