#include "sandbox/truth.h"

#include <fmt/format.h>

#include <cstdint>

namespace sandbox {

namespace {

using Names = std::span<const std::string_view>;

Json row_json(const Row& row, Names names, bool with_zeros) {
  Json body = Json::object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (with_zeros || row[i] != 0) body[std::string{names[i]}] = row[i];
  }
  return body;
}

Json series_json(const Series& series, Names names) {
  Json days = Json::object();
  for (const auto& [day, row] : series.days()) days[date_text(day)] = row_json(row, names, false);
  return {{"totals", row_json(series.total(), names, true)}, {"days", std::move(days)}};
}

Json wallet_json(const Wallet& wallet, std::int64_t debited) {
  return {
      {"added", wallet.added}, {"spent", wallet.spent}, {"balance", wallet.balance()}, {"debited", debited}};
}

// inbound_sip_trunking_answered_calls and so on, in the order of a row.
const std::vector<std::string>& vobiz_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (const char* direction : {"inbound", "outbound"}) {
      for (const char* product : {"sip_trunking", "voice_api"}) {
        for (const char* field : {"answered_calls", "unanswered_calls", "seconds", "cost"}) {
          made.push_back(fmt::format("{}_{}_{}", direction, product, field));
        }
      }
    }
    made.emplace_back("rental_cost");
    return made;
  }();
  return names;
}

Json vobiz_entity(const VobizAccount& account) {
  const std::vector<std::string_view> names{vobiz_names().begin(), vobiz_names().end()};
  Json body = series_json(account.usage(), names);
  body["wallet"] = wallet_json(account.wallet(), account.debited());
  return body;
}

Json vobiz_truth(const Vobiz& vobiz) {
  Json customers = Json::object();
  for (const VobizAccount& one : vobiz.customers) customers[one.auth_id] = vobiz_entity(one);
  return {{"partner", wallet_json(vobiz.wallet, 0)},
          {"account", vobiz_entity(vobiz.account)},
          {"customers", std::move(customers)}};
}

Json teli_truth(const Teli& teli) {
  Json organizations = Json::object();
  for (const TeliOrganization& one : teli.organizations) {
    Json body = series_json(one.fees, TeliOrganization::kNames);
    Json users = Json::object();
    for (const TeliUser& user : one.users)
      users[user.unique_id] = series_json(user.usage(), TeliUser::kNames);
    body["users"] = std::move(users);
    organizations[one.unique_id] = std::move(body);
  }
  return {{"organizations", std::move(organizations)}};
}

Json agentphone_truth(const AgentPhone& account) {
  Json numbers = Json::object();
  for (const AgentNumber& one : account.numbers)
    numbers[one.number_id] = series_json(one.usage(), AgentNumber::kNames);
  return {{"numbers", std::move(numbers)}};
}

}  // namespace

Json truth(const World& world) {
  Json tingting = series_json(world.tingting().usage(), TingTing::kNames);
  tingting["wallet"] = wallet_json(world.tingting().wallet(), world.tingting().debited());
  return {{"clock", iso_text(world.now())},
          {"tingting", std::move(tingting)},
          {"vobiz", vobiz_truth(world.vobiz())},
          {"teli", teli_truth(world.teli())},
          {"agentphone", agentphone_truth(world.agentphone())}};
}

}  // namespace sandbox
