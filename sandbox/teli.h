// Teli's side of the world: organizations with users; segments, messages, voice with and without knowledge
// base, and what each of it costs. Money in micro-dollars.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/ledger.h"
#include "sandbox/traffic.h"

namespace sandbox {

class TeliUser {
 public:
  enum Counter : std::size_t {
    kSmsOut,
    kSmsIn,
    kSmsOutSegments,
    kSmsInSegments,
    kMmsOut,
    kMmsIn,
    kCalls,    // without knowledge base
    kSeconds,  // of kCalls
    kKbCalls,
    kKbSeconds,
    kApiRequests,
    kMessagingCost,
    kVoiceCost,
    kApiCost,
    kStorageCost,
    kRentalCost,
    kRentalCount,
    kPurchaseCost,
    kPurchaseCount,
    kKbUsageCost,
    kKbMonthlyCost,
    kKbCount,
    kCounters
  };
  static constexpr std::array<std::string_view, kCounters> kNames{"sms_outbound",
                                                                  "sms_inbound",
                                                                  "sms_outbound_segments",
                                                                  "sms_inbound_segments",
                                                                  "mms_outbound",
                                                                  "mms_inbound",
                                                                  "calls",
                                                                  "seconds",
                                                                  "kb_calls",
                                                                  "kb_seconds",
                                                                  "api_requests",
                                                                  "messaging_cost",
                                                                  "voice_cost",
                                                                  "api_request_cost",
                                                                  "api_storage_cost",
                                                                  "phone_rental_cost",
                                                                  "phone_rental_count",
                                                                  "phone_purchase_cost",
                                                                  "phone_purchase_count",
                                                                  "kb_usage_cost",
                                                                  "kb_monthly_cost",
                                                                  "kb_count"};

  TeliUser(std::uint64_t seed, std::uint64_t organization, std::uint64_t index, Minute created);

  void begin_hour(Minute hour);
  void run(Minute from, int minutes);
  void set_drive(Minute now, Drive drive);
  void set_status(Minute now, std::string_view status);
  void restate(Day day, std::int64_t numerator, std::int64_t denominator);

  std::string unique_id, id, name, email, permission;
  std::string status = "active";
  double peak;  // messages per hour at the peak
  int numbers;
  bool knowledge_base;
  Minute created;

  const Series& usage() const { return usage_; }

 private:
  void make_plan(Minute hour);
  void pay_fees(Minute hour);

  std::uint64_t seed_;
  std::uint64_t key_;
  Drive drive_;
  Plan plan_;
  Series usage_;
};

// micro; the sum of a user's seven costs.
std::int64_t total_cost(const Row& row);

struct TeliOrganization {
  enum Counter : std::size_t { kBrandCost, kBrandCount, kCounters };
  static constexpr std::array<std::string_view, kCounters> kNames{"brand_registration_cost",
                                                                  "brand_registration_count"};
  std::string unique_id, id, name, registration_status;
  std::string status = "active";
  bool sms_active;
  Minute created;
  std::vector<TeliUser> users;
  Series fees;  // what belongs to no user

  Row over(Day from, Day to) const;
  Row total() const;
};

class Teli {
 public:
  static constexpr std::int64_t kMaxNumbersPerOrganization = 10;
  static constexpr std::int64_t kWeeklyPrice = 1'500'000;  // micro, of a number

  Teli(std::uint64_t seed, Day begin);
  void begin_hour(Minute hour);
  void run(Minute from, int minutes);
  // Nothing when there is none; organizations are found by unique_id only, as the API does.
  const TeliOrganization* organization(std::string_view unique_id) const;
  const TeliUser* user(std::string_view unique_id) const;
  TeliOrganization* organization(std::string_view unique_id);
  TeliUser* user(std::string_view unique_id);

  std::vector<TeliOrganization> organizations;
};

}  // namespace sandbox
