#include "tests/end_to_end/support/books.h"

#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <sstream>

namespace cpaas::end_to_end {
namespace {

constexpr double rounding = 0.001;
constexpr double micro = 1e6;
using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// YYYY-MM-DD of so many days before the books' clock; such texts sort like their days.
std::string date_before(const Json& books, int days) {
  const auto now = sandbox::parse_time(books.at("clock").get<std::string>()).value();
  return sandbox::date_text(std::chrono::floor<std::chrono::days>(now) - std::chrono::days(days));
}

double total(const Json& entity, std::string_view name) {
  return entity.at("totals").at(std::string(name)).get<double>();
}

// From the day `first` on.
double since(const Json& entity, const std::string& first, std::string_view name) {
  double sum = 0;
  for (const auto& [day, row] : entity.at("days").items()) {
    if (day >= first) sum += row.value(std::string(name), 0.0);
  }
  return sum;
}

double wallet(const Json& entity, const char* side) {
  return entity.at("wallet").at(side).get<double>();
}

class Writer {
 public:
  Writer(std::string_view provider, std::string_view account) : provider_(provider), account_(account) {}

  void endpoint(std::string_view name, Kind kind) {
    endpoint_ = name;
    kind_ = kind;
  }
  void add(std::string_view counter, const Labels& labels, double expected) {
    checks.push_back(
        {std::string(account_), std::string(endpoint_), kind_, text(counter, labels), {}, expected});
  }
  void add_net(std::string_view counter, std::string_view less, const Labels& labels, double expected) {
    add(counter, labels, expected);
    checks.back().less = text(less, labels);
  }

  std::vector<Check> checks;

 private:
  std::string text(std::string_view name, const Labels& labels) const {
    std::string text = series(name, {{"provider", provider_}, {"account", account_}});
    text.pop_back();
    for (const auto& [label, value] : labels) {
      text.append(",").append(label).append("=\"").append(value).append("\"");
    }
    return text + "}";
  }

  std::string_view provider_;
  std::string_view account_;
  std::string_view endpoint_;
  Kind kind_ = Kind::total;
};

std::vector<Check> of_campaigns(const Json& books, const Json& begin) {
  Writer writer("tingting", campaigns);
  writer.endpoint("dashboard", Kind::level);
  writer.add("cpaas_credits_spent_total", {}, wallet(books, "spent") - wallet(begin, "spent"));
  writer.add("cpaas_credits_added_total", {}, wallet(books, "added") - wallet(begin, "added"));
  return writer.checks;
}

// The days of all customers; `fields` of both products.
double days_of_customers(const Json& vobiz, const std::string& first, std::string_view direction,
                         std::initializer_list<std::string_view> fields) {
  double sum = 0;
  for (const auto& [id, customer] : vobiz.at("customers").items()) {
    for (const std::string_view product : {"sip_trunking", "voice_api"}) {
      for (const std::string_view field : fields) {
        std::string name(direction);
        name.append("_").append(product).append("_").append(field);
        sum += since(customer, first, name);
      }
    }
  }
  return sum;
}

void add_customer_days(Writer& writer, const Json& vobiz, const std::string& first) {
  writer.endpoint("dashboard", Kind::days);
  double cost = 0;
  for (const std::string_view direction : {"inbound", "outbound"}) {
    const auto sum = [&](std::initializer_list<std::string_view> fields) {
      return days_of_customers(vobiz, first, direction, fields);
    };
    writer.add("cpaas_calls_total", {{"direction", direction}}, sum({"answered_calls", "unanswered_calls"}));
    writer.add("cpaas_calls_answered_total", {{"direction", direction}}, sum({"answered_calls"}));
    writer.add("cpaas_voice_seconds_total", {{"direction", direction}, {"kind", "standard"}},
               sum({"seconds"}));
    cost += sum({"cost"}) / micro;
  }
  writer.add("cpaas_cost_total", {{"category", "calls"}, {"currency", "INR"}}, cost);
}

std::vector<Check> of_reseller(const Json& vobiz, const Json& begin, const std::string& first) {
  Writer writer("vobiz", reseller);
  writer.endpoint("profile", Kind::level);
  writer.add_net(
      "cpaas_balance_spent_total", "cpaas_balance_added_total", {{"currency", "INR"}},
      (begin.at("partner").at("balance").get<double>() - vobiz.at("partner").at("balance").get<double>()) /
          micro);
  add_customer_days(writer, vobiz, first);
  writer.endpoint("customers", Kind::level);
  for (const auto& [id, customer] : vobiz.at("customers").items()) {
    const double spent = wallet(customer, "spent") - wallet(begin.at("customers").at(id), "spent");
    writer.add("cpaas_customer_balance_spent_total", {{"customer_id", id}, {"currency", "INR"}},
               spent / micro);
  }
  return writer.checks;
}

struct MessageField {
  std::string_view channel;
  std::string_view direction;
  std::string_view name;
};
constexpr std::array message_fields{MessageField{"sms", "outbound", "sms_outbound_segments"},
                                    MessageField{"sms", "inbound", "sms_inbound_segments"},
                                    MessageField{"mms", "outbound", "mms_outbound"},
                                    MessageField{"mms", "inbound", "mms_inbound"}};

struct CostField {
  std::string_view category;
  std::string_view name;
};
constexpr std::array user_costs{
    CostField{"messaging", "messaging_cost"},       CostField{"voice", "voice_cost"},
    CostField{"api_requests", "api_request_cost"},  CostField{"api_storage", "api_storage_cost"},
    CostField{"phone_rental", "phone_rental_cost"}, CostField{"phone_purchase", "phone_purchase_cost"},
    CostField{"knowledge_base", "kb_monthly_cost"}, CostField{"knowledge_base", "kb_usage_cost"}};

template <class Value>
double sum_over_users(const Json& organization, const Value& value) {
  double sum = 0;
  for (const auto& [id, user] : organization.at("users").items()) sum += value(user);
  return sum;
}

template <class Value>
double sum_over_all(const Json& teli, const Value& value) {
  double sum = 0;
  for (const auto& [id, organization] : teli.at("organizations").items()) {
    sum += sum_over_users(organization, value);
  }
  return sum;
}

void add_usage(Writer& writer, const Json& teli) {
  writer.endpoint("usage", Kind::total);
  for (const auto& [id, organization] : teli.at("organizations").items()) {
    const auto sum = [&of = organization](std::string_view name) {
      return sum_over_users(of, [&](const Json& user) { return total(user, name); });
    };
    for (const auto& [channel, direction, name] : message_fields) {
      writer.add("cpaas_organization_message_segments_total",
                 {{"organization_id", id}, {"channel", channel}, {"direction", direction}}, sum(name));
    }
    for (const auto& [kind, name] : {CostField{"standard", "seconds"}, {"knowledge_base", "kb_seconds"}}) {
      writer.add("cpaas_organization_voice_seconds_total", {{"organization_id", id}, {"kind", kind}},
                 sum(name));
    }
  }
}

void add_organizations(Writer& writer, const Json& teli) {
  writer.endpoint("organizations", Kind::total);
  for (const auto& field : message_fields) {
    const double sum = sum_over_all(teli, [&](const Json& user) { return total(user, field.name); });
    writer.add("cpaas_message_segments_total", {{"channel", field.channel}, {"direction", field.direction}},
               sum);
  }
  writer.add("cpaas_voice_seconds_total", {{"direction", "combined"}, {"kind", "combined"}},
             sum_over_all(
                 teli, [](const Json& user) { return total(user, "seconds") + total(user, "kb_seconds"); }));
}

void add_overview(Writer& writer, const Json& teli, const std::string& first) {
  writer.endpoint("overview", Kind::days);
  const auto sum = [&](std::string_view name) {
    return sum_over_all(teli, [&](const Json& user) { return since(user, first, name); });
  };
  writer.add("cpaas_calls_total", {{"direction", "combined"}}, sum("calls") + sum("kb_calls"));
  std::map<std::string_view, double> by_category;
  for (const auto& [category, name] : user_costs) by_category[category] += sum(name);
  for (const auto& [category, cost] : by_category) {
    writer.add("cpaas_cost_total", {{"category", category}, {"currency", "USD"}}, cost / micro);
  }
}

void add_users(Writer& writer, const Json& teli, const std::string& first) {
  writer.endpoint("users", Kind::days);
  for (const auto& [organization_id, organization] : teli.at("organizations").items()) {
    for (const auto& [user_id, user] : organization.at("users").items()) {
      std::map<std::string_view, double> by_category;
      for (const auto& [category, name] : user_costs) by_category[category] += since(user, first, name);
      for (const auto& [category, cost] : by_category) {
        writer.add("cpaas_user_cost_total",
                   {{"organization_id", organization_id},
                    {"user_id", user_id},
                    {"category", category},
                    {"currency", "USD"}},
                   cost / micro);
      }
    }
  }
}

std::vector<Check> of_platform(const Json& teli, const std::string& first) {
  Writer writer("teli", platform);
  add_usage(writer, teli);
  add_organizations(writer, teli);
  add_overview(writer, teli, first);
  add_users(writer, teli, first);
  return writer.checks;
}

std::vector<Check> of_agents(const Json& agentphone) {
  Writer writer("agentphone", agents);
  const auto sum = [&](std::initializer_list<std::string_view> names) {
    double all = 0;
    for (const auto& [id, number] : agentphone.at("numbers").items()) {
      for (const std::string_view name : names) all += total(number, name);
    }
    return all;
  };
  writer.endpoint("usage", Kind::total);
  writer.add("cpaas_messages_total", {{"channel", "combined"}, {"direction", "combined"}},
             sum({"messages_inbound", "messages_outbound"}));
  writer.add("cpaas_calls_total", {{"direction", "combined"}},
             sum({"completed_calls_inbound", "completed_calls_outbound", "failed_calls"}));
  writer.endpoint("webhooks", Kind::total);
  writer.add("cpaas_webhook_deliveries_total", {}, sum({"webhooks_success", "webhooks_failed"}));
  writer.add("cpaas_webhook_delivery_successes_total", {}, sum({"webhooks_success"}));
  writer.add("cpaas_webhook_delivery_failures_total", {}, sum({"webhooks_failed"}));
  return writer.checks;
}

}  // namespace

std::vector<Check> checks_of(const Json& books, const Json& at_begin) {
  // Days count from the one on which the ledger began, without what was there by then.
  const std::string first = date_before(at_begin, 0);
  const auto of_days = [&](const Json& of) {
    std::vector<Check> all = of_reseller(of.at("vobiz"), at_begin.at("vobiz"), first);
    for (Check& check : of_platform(of.at("teli"), first)) all.push_back(std::move(check));
    return all;
  };
  std::map<std::string, double> before;
  for (const Check& check : of_days(at_begin)) {
    if (check.kind == Kind::days) before[check.counter] = check.expected;
  }
  std::vector<Check> all = of_campaigns(books.at("tingting"), at_begin.at("tingting"));
  for (Check& check : of_days(books)) {
    if (check.kind == Kind::days) check.expected -= before[check.counter];
    all.push_back(std::move(check));
  }
  for (Check& check : of_agents(books.at("agentphone"))) all.push_back(std::move(check));
  return all;
}

std::optional<double> shown(const Check& check, const Page& page) {
  const auto counter = value_of(page, check.counter);
  const auto less = check.less.empty() ? 0.0 : value_of(page, check.less);
  return counter && less ? std::optional(*counter - *less) : std::nullopt;
}

bool agrees(const Check& check, const Page& page) {
  const auto value = shown(check, page);
  if (!value)
    return check.kind == Kind::days && check.expected == 0;  // it begins with the first that is counted
  return std::fabs(*value - check.expected) <= rounding;
}

bool exceeds(const Check& check, const Page& page) {
  const auto value = shown(check, page);
  return check.less.empty() && value && *value > check.expected + rounding;
}

bool is_up(const Check& check, const Page& page) {
  for (const std::string_view provider : {"tingting", "vobiz", "teli", "agentphone"}) {
    const auto up = value_of(
        page, series("cpaas_up",
                     {{"provider", provider}, {"account", check.account}, {"endpoint", check.endpoint}}));
    if (up) return *up == 1;
  }
  return false;
}

std::string describe(const Check& check, const Page& page) {
  std::ostringstream text;
  text.precision(17);
  text << check.counter;
  if (!check.less.empty()) text << " - " << check.less;
  const auto value = shown(check, page);
  text << ": expected " << check.expected << ", shown ";
  value ? text << *value : text << "nothing";
  return text.str();
}

}  // namespace cpaas::end_to_end
