// Teli: SMS, MMS and voice for partners, who have organizations, which have users. Costs are US dollars; what
// is sent counts as outbound, what is received as inbound.
#include <array>
#include <cmath>
#include <set>
#include <string>

#include "collectors/reading.h"
#include "exporter/core/collector.h"
#include "exporter/core/families.h"

namespace cpaas {

const Collector& teli_collector();

namespace {

namespace f = families;

// --- families that no other provider has

constexpr Family api_requests{"cpaas_%_api_requests", Kind::gauge, {}, "Billed API requests %"};
constexpr Family phone_rentals{"cpaas_%_phone_rentals", Kind::gauge, {}, "Phone number rentals billed %"};
constexpr Family phone_purchases{"cpaas_%_phone_purchases", Kind::gauge, {}, "Phone numbers bought %"};
constexpr Family brand_registrations{"cpaas_%_brand_registrations", Kind::gauge, {}, "Brands registered %"};
constexpr Family knowledge_bases{"cpaas_%_knowledge_bases", Kind::gauge, {}, "Knowledge bases billed %"};
constexpr Family knowledge_base_seconds{
    "cpaas_%_knowledge_base_seconds", Kind::gauge, {}, "Seconds of calls with a knowledge base %"};

constexpr LabelList organization_labels{"organization_id"};
constexpr Family organization_api_requests{"cpaas_organization_%_api_requests", Kind::gauge,
                                           organization_labels, "Billed API requests of the organization %"};
constexpr Family organization_phone_rentals{"cpaas_organization_%_phone_rentals", Kind::gauge,
                                            organization_labels,
                                            "Phone number rentals of the organization billed %"};
constexpr Family organization_phone_purchases{"cpaas_organization_%_phone_purchases", Kind::gauge,
                                              organization_labels,
                                              "Phone numbers that the organization bought %"};
constexpr Family organization_brand_registrations{"cpaas_organization_%_brand_registrations", Kind::gauge,
                                                  organization_labels,
                                                  "Brands that the organization registered %"};
constexpr Family organization_knowledge_bases{"cpaas_organization_%_knowledge_bases", Kind::gauge,
                                              organization_labels,
                                              "Knowledge bases of the organization billed %"};
constexpr Family organization_cost{"cpaas_organization_%_cost",
                                   Kind::gauge,
                                   {"organization_id", "currency"},
                                   "Whole cost of the organization %"};
constexpr Family organization_api_storage_cost{
    "cpaas_organization_%_api_storage_cost",
    Kind::gauge,
    {"organization_id", "currency"},
    "Cost of the organization's API storage %, a part of its whole cost"};
constexpr Family organization_quota_limit{"cpaas_organization_quota_limit",
                                          Kind::gauge,
                                          {"resource"},
                                          "Most of a resource that each single organization may have"};
constexpr Family phone_number_weekly_price{
    "cpaas_phone_number_weekly_price", Kind::gauge, {"currency"}, "Price of a phone number for a week"};

constexpr LabelList user_labels{"organization_id", "user_id"};
constexpr Family user_api_requests{"cpaas_user_%_api_requests", Kind::gauge, user_labels,
                                   "Billed API requests of the user %"};
constexpr Family user_phone_rentals{"cpaas_user_%_phone_rentals", Kind::gauge, user_labels,
                                    "Phone number rentals of the user billed %"};
constexpr Family user_phone_purchases{"cpaas_user_%_phone_purchases", Kind::gauge, user_labels,
                                      "Phone numbers that the user bought %"};
constexpr Family user_knowledge_bases{"cpaas_user_%_knowledge_bases", Kind::gauge, user_labels,
                                      "Knowledge bases of the user billed %"};
constexpr Family user_knowledge_base_seconds{"cpaas_user_%_knowledge_base_seconds", Kind::gauge, user_labels,
                                             "Seconds of the user's calls with a knowledge base %"};
// Beside the all-time totals of `usage`, which tells them of single users only.
constexpr Family user_messages_total{"cpaas_user_messages_total",
                                     Kind::counter,
                                     {"organization_id", "user_id", "channel", "direction"},
                                     "Messages of the user, from daily values"};
constexpr Family user_calls_total{"cpaas_user_calls_total", Kind::counter, user_labels,
                                  "Calls of the user, from daily values"};
constexpr Family user_call_seconds_total{"cpaas_user_call_seconds_total", Kind::counter, user_labels,
                                         "Seconds of the user's calls, from daily values"};
constexpr Family user_info{"cpaas_user_info",
                           Kind::info,
                           {"organization_id", "user_id", "user_name"},
                           "What the provider says about the user; always 1"};

// --- requests

constexpr std::string_view usd = "USD";
constexpr std::string_view combined = "combined";

Call get(const Settings& settings, std::string_view endpoint, std::string url, Read read) {
  HttpRequest request;
  request.url = std::move(url);
  request.headers = {{"X-API-Key", settings.secret("api_key")}, {"Accept", Secret("application/json")}};
  return {std::move(request), [endpoint, read = std::move(read)](const Reply& reply) {
            return parse_object(reply, endpoint, [&](JsonObject& body, TimePoint now, Page& page) {
              body.ignore({"success", "powered_by"});
              read(body, now, page);
            });
          }};
}

// Keys of the organization list's rows that nobody reads.
void ignore_organization_details(JsonObject& row) {
  row.ignore(
      {"id", "name", "tenant_id", "contact_email", "teli_sms_number", "sms_phone_number", "sms_active"});
  row.ignore({"business_registration_id", "sms_registration_id", "sms_registration_uuid"});
  row.ignore({"registration_submitted_at", "registration_approved_at"});
  row.ignore({"created_at", "modified_at", "updated_at"});
}

void read_organization_ids(JsonObject& body, std::vector<std::string>& ids) {
  body.ignore({"count"});
  body.each_object("organizations", Need::purpose, [&](JsonObject& row) {
    if (auto id = row.text("unique_id", Need::purpose)) ids.push_back(std::move(*id));
    ignore_organization_details(row);
    row.ignore({"organization_name", "status", "sms_registration_status", "total_voice_seconds"});
    row.ignore({"total_sms_outbound", "total_sms_inbound", "total_mms_outbound", "total_mms_inbound"});
  });
}

bool all_organizations(const Settings& settings) {
  return settings.list("organization_ids") == std::vector<std::string>{"all"};
}

// The calls that `ask` makes for each configured organization, in turn; `all` are taken from the organization
// list first.
struct Organization {
  std::string id;
  bool is_first;  // of the list
};
using AskFor = std::function<std::vector<Call>(const Settings&, const Organization&)>;
std::vector<Call> for_each_organization(const Settings& settings, std::string_view endpoint,
                                        const PollStart& at, AskFor ask) {
  auto ask_all = [settings, at, ask = std::move(ask)](const std::vector<std::string>& ids) {
    std::vector<Call> calls;
    for (const std::string& id : at.in_turn(ids)) {
      for (Call& call : ask(settings, {id, id == ids.front()})) calls.push_back(std::move(call));
    }
    return calls;
  };
  if (!all_organizations(settings)) return ask_all(settings.list("organization_ids"));
  return {only_whole(get(settings, endpoint, make_url(settings, "/v1/organizations"),
                         [ask_all = std::move(ask_all)](JsonObject& body, TimePoint, Page& page) {
                           std::vector<std::string> ids;
                           read_organization_ids(body, ids);
                           page.next = ask_all(ids);
                         }),
                     endpoint, "organizations")};
}

std::string analytics_url(const Settings& settings, std::string_view path, const Dates& dates) {
  return make_url(settings, path,
                  {{"start_date", format_date(dates.from)}, {"end_date", format_date(dates.to)}});
}

// The generated example has an empty period.
StatedPeriod read_period(JsonObject& body, const Dates& asked) {
  JsonObject period = body.object("period");
  return read_stated_period(period, "start", "end", Need::optional, asked);
}

// As far as the response says, it is of `day`.
bool is_of_day(const nlohmann::json& body, Day day, Drift& drift) {
  const auto found = body.find("period");
  if (found == body.end() || !found->is_object()) return true;
  JsonObject period(*found, drift, "period");
  const auto start = period.time("start", Need::optional);
  const auto end = period.time("end", Need::optional);
  const bool starts = !start || day_of(*start) == day;
  const bool ends = !end || (*end >= day && *end <= day + std::chrono::days{1});
  if (!starts) period.mistyped("start");
  if (!ends) period.mistyped("end");
  return starts && ends;
}

// `call`, whose values are left out when they are of another period than `day`: what the ledger has counted
// for a day cannot be taken back.
Call only_of_day(Call call, Day day) {
  call.parse = [parse = std::move(call.parse), day](const Reply& reply) {
    auto page = parse(reply);
    if (page && !is_of_day(reply.body, day, page->drift)) {
      page->samples.clear();
      page->days.clear();
      page->days_read.clear();
    }
    return page;
  };
  return call;
}

// --- fields by name

struct MessageField {
  std::string_view key;
  std::string_view channel;
  std::string_view direction;
};
constexpr std::array listed_messages{MessageField{"total_sms_outbound", "sms", "outbound"},
                                     MessageField{"total_sms_inbound", "sms", "inbound"},
                                     MessageField{"total_mms_outbound", "mms", "outbound"},
                                     MessageField{"total_mms_inbound", "mms", "inbound"}};
constexpr std::array analytics_messages{
    MessageField{"total_sms_sent", "sms", "outbound"}, MessageField{"total_sms_received", "sms", "inbound"},
    MessageField{"total_mms_sent", "mms", "outbound"}, MessageField{"total_mms_received", "mms", "inbound"}};

struct CountField {
  std::string_view key;
  const Family* family;
};
constexpr std::array overview_counts{
    CountField{"api_requests_count", &api_requests}, CountField{"phone_rental_count", &phone_rentals},
    CountField{"phone_purchase_count", &phone_purchases},
    CountField{"brand_registration_count", &brand_registrations}, CountField{"kb_count", &knowledge_bases}};
constexpr std::array organization_counts{
    CountField{"api_requests_count", &organization_api_requests},
    CountField{"phone_rental_count", &organization_phone_rentals},
    CountField{"phone_purchase_count", &organization_phone_purchases},
    CountField{"brand_registration_count", &organization_brand_registrations},
    CountField{"kb_count", &organization_knowledge_bases}};
constexpr std::array user_counts{CountField{"api_requests_count", &user_api_requests},
                                 CountField{"phone_rental_count", &user_phone_rentals},
                                 CountField{"phone_purchase_count", &user_phone_purchases},
                                 CountField{"kb_count", &user_knowledge_bases}};

struct CostField {
  std::string_view key;
  std::string_view category;
};
constexpr std::array common_costs{
    CostField{"messaging_cost", "messaging"},       CostField{"voice_cost", "voice"},
    CostField{"api_request_cost", "api_requests"},  CostField{"api_storage_cost", "api_storage"},
    CostField{"phone_rental_cost", "phone_rental"}, CostField{"phone_purchase_cost", "phone_purchase"}};

struct Cost {
  std::string_view category;
  std::optional<double> amount;
};

std::vector<Cost> read_common_costs(JsonObject& breakdown) {
  std::vector<Cost> costs;
  costs.reserve(common_costs.size() + 3);  // callers add their own
  for (const auto& [key, category] : common_costs) costs.push_back({category, read_amount(breakdown, key)});
  return costs;
}

// What the whole costs beyond its known parts, as a category of its own: a part that came later. Not where a
// part cannot be read; less than a cent is rounding.
void add_other_cost(JsonObject& object, std::vector<Cost>& costs) {
  const auto whole = read_amount(object, "total_cost", Need::optional);
  double other = whole.value_or(0);
  for (const Cost& cost : costs) {
    if (!cost.amount) return;
    other -= *cost.amount;
  }
  other = std::round(other * 1e6) / 1e6;
  if (whole && other >= 0.01) costs.push_back({"other", other});
  if (whole && other <= -0.1) object.mistyped("total_cost");
}

std::vector<Cost> read_user_costs(JsonObject& row, JsonObject& breakdown) {
  std::vector<Cost> costs = read_common_costs(breakdown);
  costs.push_back({"knowledge_base", read_amount(breakdown, "kb_cost")});
  add_other_cost(row, costs);
  return costs;
}

// kb_cost is the sum of its two parts, of which some versions tell nothing: always the whole, so that a day
// is never in both.
std::vector<Cost> read_overview_costs(JsonObject& body, JsonObject& breakdown) {
  std::vector<Cost> costs = read_common_costs(breakdown);
  costs.push_back({"brand_registration", read_amount(breakdown, "brand_registration_cost")});
  const auto monthly = read_amount(breakdown, "kb_monthly_cost", Need::optional);
  const auto usage = read_amount(breakdown, "kb_usage_cost", Need::optional);
  const bool parts = monthly && usage;
  const auto whole = read_amount(breakdown, "kb_cost", parts ? Need::optional : Need::required);
  costs.push_back({"knowledge_base", whole || !parts ? whole : std::optional(*monthly + *usage)});
  add_other_cost(body, costs);
  return costs;
}

// --- usage: GET /v1/analytics/usage, all-time totals of one organization or user. Asked without dates: with
// dates the same fields are counts of a window.

struct UsageFamilies {
  const Family& segments;
  const Family& seconds;
};
constexpr UsageFamilies of_organization{f::organization_message_segments_total,
                                        f::organization_voice_seconds_total};
constexpr UsageFamilies of_user{f::user_message_segments_total, f::user_voice_seconds_total};

void read_usage(JsonObject& body, const UsageFamilies& families, const std::string& id, Page& page) {
  JsonObject usage = body.object("usage");
  for (const std::string_view channel : {"sms", "mms"}) {
    JsonObject segments = usage.object(channel);
    for (const std::string_view direction : {"outbound", "inbound"}) {
      page.add(families.segments, segments.count(direction, Need::purpose), {id, channel, direction});
    }
    segments.ignore({"total"});
  }
  JsonObject voice = usage.object("voice");
  page.add(families.seconds, read_amount(voice, "seconds", Need::purpose), {id, "standard"});
  page.add(families.seconds, read_amount(voice, "kb_seconds"), {id, "knowledge_base"});
  voice.ignore({"total_seconds"});
  const auto period = usage.text("period", Need::optional);
  if (period && *period != "all_time") usage.mistyped("period");
  usage.ignore({"organization_id", "organization_name", "user_id", "user_name", "user_email"});
}

Call of_member(Call call, const std::string& member) {
  call.member = member;
  return call;
}

Call usage_call(const Settings& settings, std::string_view key, const UsageFamilies& families,
                const std::string& id) {
  return of_member(
      get(settings, "usage", make_url(settings, "/v1/analytics/usage", {{key, id}}),
          [families, id](JsonObject& body, TimePoint, Page& page) { read_usage(body, families, id, page); }),
      std::string(key) + " " + id);
}

std::vector<Call> start_usage(const Settings& settings, const PollStart& at) {
  auto ask = [](const Settings& given, const Organization& each) {
    return std::vector{usage_call(given, "organization_id", of_organization, each.id)};
  };
  auto calls = for_each_organization(settings, "usage", at, std::move(ask));
  for (const std::string& id : settings.list("user_ids")) {
    calls.push_back(usage_call(settings, "user_id", of_user, id));
  }
  return calls;
}

// --- organizations: GET /v1/organizations, the only source of totals that covers the whole account

void add_part(Page& page, const Family& family, LabelValues labels, const std::string& organization,
              std::optional<double> value) {
  if (value && !organization.empty())
    page.parts.push_back({&family, std::move(labels), organization, *value});
}

// `counted_elsewhere`: `usage` counts this organization, in real time and voice seconds by kind; the list's
// totals beside them would count twice. The account's own counters are sums over the list.
void read_organization(JsonObject& row, const std::function<bool(const std::string&)>& counted_elsewhere,
                       std::set<std::string>& ids, Page& page) {
  const auto id = row.text("unique_id").value_or("");
  const auto name = row.text("organization_name", Need::optional).value_or("");
  const auto status = row.text("status").value_or("");
  const auto registration = row.text("sms_registration_status", Need::optional).value_or("");
  ignore_organization_details(row);
  if (!id.empty() && !ids.insert(id).second) {  // listed twice: the first counts
    row.mistyped("unique_id");
    row.ignore({"total_sms_outbound", "total_sms_inbound", "total_mms_outbound", "total_mms_inbound"});
    row.ignore({"total_voice_seconds"});
    return;
  }
  const bool counts = !id.empty() && !counted_elsewhere(id);
  for (const auto& [key, channel, direction] : listed_messages) {
    const auto segments = row.count(key, Need::purpose);
    add_part(page, f::message_segments_total, {channel, direction}, id, segments);
    if (counts) page.add(f::organization_message_segments_total, segments, {id, channel, direction});
  }
  const auto seconds = read_amount(row, "total_voice_seconds");
  add_part(page, f::voice_seconds_total, {combined, combined}, id, seconds);
  if (counts) page.add(f::organization_voice_seconds_total, seconds, {id, combined});
  if (id.empty()) return;
  if (!status.empty()) page.add(f::organization_active, status == "active" ? 1 : 0, {id});
  page.add_info(f::organization_info, {id, name, status, registration});
}

void read_organizations(JsonObject& body, const std::function<bool(const std::string&)>& counted_elsewhere,
                        Page& page) {
  std::set<std::string> ids;
  page.add(f::organizations, body.count("count"));
  body.each_object("organizations", Need::purpose,
                   [&](JsonObject& row) { read_organization(row, counted_elsewhere, ids, page); });
}

std::vector<Call> start_organizations(const Settings& settings, const PollStart& /*at*/) {
  const auto& ids = settings.list("organization_ids");
  auto counted_elsewhere = [usage = !settings.not_polled.contains("usage"), all = all_organizations(settings),
                            asked = std::set(ids.begin(), ids.end())](const std::string& id) {
    return usage && (all || asked.contains(id));
  };
  return {only_whole(get(settings, "organizations", make_url(settings, "/v1/organizations"),
                         [counted_elsewhere](JsonObject& body, TimePoint, Page& page) {
                           read_organizations(body, counted_elsewhere, page);
                         }),
                     "organizations", "organizations")};
}

// --- overview: GET /v1/analytics/overview, the whole account in the window, and by the day for the ledger

void add_overview_gauges(JsonObject& body, JsonObject& breakdown, Window window, Page& page) {
  for (const auto& [key, channel, direction] : analytics_messages) {
    page.add(f::messages, window, body.count(key, Need::purpose), {channel, direction});
  }
  page.add(f::calls, window, body.count("total_voice_calls", Need::purpose), {combined});
  page.add(f::voice_seconds, window, read_amount(body, "total_voice_seconds"), {combined, combined});
  for (const auto& [category, amount] : read_overview_costs(body, breakdown)) {
    page.add(f::cost, window, amount, {category, usd});
  }
  for (const auto& [key, family] : overview_counts) page.add(*family, window, breakdown.count(key));
  page.add(knowledge_base_seconds, window, read_minutes(breakdown, "kb_minutes"));
}

void read_overview(JsonObject& body, const Settings& settings, const Dates& asked, Page& page) {
  JsonObject breakdown = body.object("cost_breakdown");
  const StatedPeriod period = read_period(body, asked);
  add_period(page, period, "overview", settings.zone);
  Page unused;  // of another period
  add_overview_gauges(body, breakdown, sliding_window(settings.window), period.as_asked ? page : unused);
  page.add(f::organizations, body.count("organizations_count"));
  page.add(f::users, body.count("users_count"));
  const auto tenant = body.text("tenant_id").value_or("");
  if (const auto* id = body.raw("tenant_id"); id != nullptr && id->is_string()) page.account_id = tenant;
  if (!tenant.empty()) page.add_info(f::account_info, {tenant, "", "", "", "", "", "", "", "", ""});
}

void read_overview_day(JsonObject& body, Day day, bool today, Page& page) {
  JsonObject breakdown = body.object("cost_breakdown");
  Page values;
  add_overview_gauges(body, breakdown, Window::today, values);
  for (const Sample& sample : values.samples) {
    if (sample.family == &f::cost) add_day(page, f::cost_total, day, sample.value, sample.labels);
    if (sample.family == &f::calls) add_day(page, f::calls_total, day, sample.value, sample.labels);
  }
  if (today) page.samples = std::move(values.samples);
  page.days_read.push_back({day, day});
  body.ignore({"period", "tenant_id", "organizations_count", "users_count"});
}

Call overview_day_call(const Settings& settings, Day day, bool today) {
  auto read = [day, today](JsonObject& body, TimePoint, Page& page) {
    read_overview_day(body, day, today, page);
  };
  auto url = analytics_url(settings, "/v1/analytics/overview", {day, day});
  return only_of_day(get(settings, "overview", std::move(url), std::move(read)), day);
}

std::vector<Call> start_overview(const Settings& settings, const PollStart& at) {
  const Dates asked = window_dates(settings, at.now);
  std::vector<Call> calls{get(settings, "overview", analytics_url(settings, "/v1/analytics/overview", asked),
                              [settings, asked](JsonObject& body, TimePoint, Page& page) {
                                read_overview(body, settings, asked, page);
                              })};
  for (const Day day : at.days_to_ask("")) {
    calls.push_back(overview_day_call(settings, day, day == settings.zone.day_of(at.now)));
  }
  return calls;
}

// --- users: GET /v1/analytics/users, the users of one organization in the window, and by the day for the
// ledger

// The row's samples; none if it says no id.
std::vector<Sample> read_user(JsonObject& row, const std::string& organization, Window window,
                              bool personal) {
  Page page;
  const auto user = row.text("user_id").value_or("");
  const auto name = row.text("user_name", Need::optional).value_or("");
  for (const auto& [key, channel, direction] : analytics_messages) {
    page.add(f::user_messages, window, row.count(key, Need::purpose),
             {organization, user, channel, direction});
  }
  page.add(f::user_calls, window, row.count("total_voice_calls"), {organization, user});
  page.add(f::user_voice_seconds, window, read_amount(row, "total_voice_seconds"), {organization, user});
  JsonObject breakdown = row.object("cost_breakdown");
  for (const auto& [category, amount] : read_user_costs(row, breakdown)) {
    page.add(f::user_cost, window, amount, {organization, user, category, usd});
  }
  for (const auto& [key, family] : user_counts)
    page.add(*family, window, breakdown.count(key), {organization, user});
  page.add(user_knowledge_base_seconds, window, read_minutes(breakdown, "kb_minutes"), {organization, user});
  page.add_info(user_info, {organization, user, personal ? name : ""});
  return user.empty() ? std::vector<Sample>{} : std::move(page.samples);
}

// The organization that was asked for: the label is the id of the configuration and of the organization list.
struct UsersQuery {
  std::string organization;
  bool with_period;  // one organization's is enough
  bool personal;
};

void read_users(JsonObject& body, const UsersQuery& query, Window window, Page& page) {
  body.ignore({"organization_id", "organization_name", "period"});
  std::set<std::string> seen;
  body.each_object("users", Need::purpose, [&](JsonObject& row) {
    auto samples = read_user(row, query.organization, window, query.personal);
    if (!samples.empty() && !seen.emplace(samples.front().labels.values()[1]).second) {
      row.mistyped("user_id");  // listed twice: the first counts, everywhere
      return;
    }
    std::move(samples.begin(), samples.end(), std::back_inserter(page.samples));
  });
}

// The counters that days of a gauge make.
constexpr std::array<std::pair<const Family*, const Family*>, 4> user_day_counters{
    {{&f::user_cost, &f::user_cost_total},
     {&f::user_messages, &user_messages_total},
     {&f::user_calls, &user_calls_total},
     {&f::user_voice_seconds, &user_call_seconds_total}}};

void read_users_day(JsonObject& body, const UsersQuery& query, Day day, Page& page) {
  Page values;
  read_users(body, {query.organization, false, false}, Window::today, values);
  for (const Sample& sample : values.samples) {
    for (const auto& [gauge, counter] : user_day_counters) {
      if (sample.family == gauge) add_day(page, *counter, day, sample.value, sample.labels);
    }
  }
  page.days_read.push_back({day, day});
}

Call users_call(const Settings& settings, const std::string& organization, const Dates& dates, Read read) {
  auto url = make_url(settings, "/v1/analytics/users",
                      {{"organization_id", organization},
                       {"start_date", format_date(dates.from)},
                       {"end_date", format_date(dates.to)}});
  return of_member(get(settings, "users", std::move(url), std::move(read)), organization);
}

std::vector<Call> users_calls(const Settings& settings, const UsersQuery& query, const PollStart& at) {
  const Dates asked = window_dates(settings, at.now);
  auto read = [query, asked, zone = settings.zone, window = sliding_window(settings.window)](
                  JsonObject& body, TimePoint, Page& page) {
    const StatedPeriod period = read_period(body, asked);
    if (query.with_period) add_period(page, period, "users", zone);
    Page unused;  // of another period
    read_users(body, query, window, period.as_asked ? page : unused);
  };
  std::vector<Call> calls{users_call(settings, query.organization, asked, std::move(read))};
  for (const Day day : at.days_to_ask(query.organization)) {
    auto read_day = [query, day](JsonObject& body, TimePoint, Page& page) {
      read_users_day(body, query, day, page);
    };
    calls.push_back(
        only_of_day(users_call(settings, query.organization, {day, day}, std::move(read_day)), day));
  }
  return calls;
}

std::vector<Call> start_users(const Settings& settings, const PollStart& at) {
  return for_each_organization(settings, "users", at, [at](const Settings& given, const Organization& each) {
    return users_calls(given, {each.id, each.is_first, given.personal_data}, at);
  });
}

// --- organization_analytics: GET /v1/analytics/organizations, every organization in the window

void read_organization_window(JsonObject& row, Window window, Page& page) {
  Page values;
  const auto id = row.text("organization_id").value_or("");
  row.ignore({"organization_name"});
  for (const auto& [key, channel, direction] : analytics_messages) {
    values.add(f::organization_messages, window, row.count(key, Need::purpose), {id, channel, direction});
  }
  values.add(f::organization_calls, window, row.count("total_voice_calls"), {id});
  values.add(f::organization_voice_seconds, window, read_amount(row, "total_voice_seconds"), {id});
  for (const auto& [key, family] : organization_counts) values.add(*family, window, row.count(key), {id});
  values.add(organization_api_storage_cost, window, read_amount(row, "api_storage_cost"), {id, usd});
  values.add(organization_cost, window, read_amount(row, "total_cost"), {id, usd});
  values.add(f::organization_users, row.count("users_count"), {id});
  if (id.empty()) return;
  std::move(values.samples.begin(), values.samples.end(), std::back_inserter(page.samples));
}

void read_organization_windows(JsonObject& body, const Settings& settings, const Dates& asked, Page& page) {
  const StatedPeriod period = read_period(body, asked);
  add_period(page, period, "organization_analytics", settings.zone);
  Page unused;  // of another period
  Page& windowed = period.as_asked ? page : unused;
  body.ignore({"tenant_id"});
  body.each_object("organizations", Need::purpose, [&](JsonObject& row) {
    read_organization_window(row, sliding_window(settings.window), windowed);
  });
}

std::vector<Call> start_organization_analytics(const Settings& settings, const PollStart& at) {
  const Dates asked = window_dates(settings, at.now);
  return {get(settings, "organization_analytics",
              analytics_url(settings, "/v1/analytics/organizations", asked),
              [settings, asked](JsonObject& body, TimePoint, Page& page) {
                read_organization_windows(body, settings, asked, page);
              })};
}

// --- number_limits: GET /v1/sms/phone-numbers/config. While the feature is off its zeros are no limit and no
// price.

void read_number_limits(JsonObject& body, TimePoint /*now*/, Page& page) {
  const auto enabled = body.boolean("enabled");
  const auto most = body.count("max_per_org", enabled == false ? Need::required : Need::purpose);
  const auto price = read_amount(body, "weekly_price");
  if (enabled != true) return;
  page.add(organization_quota_limit, most, {"phone_numbers"});
  page.add(phone_number_weekly_price, price, {usd});
}

std::vector<Call> start_number_limits(const Settings& settings, const PollStart& /*at*/) {
  return {
      get(settings, "number_limits", make_url(settings, "/v1/sms/phone-numbers/config"), read_number_limits)};
}

// --- declarations

constexpr WindowKinds sliding{.sliding = true};
constexpr WindowKinds sliding_and_today{.sliding = true, .today = true};

constexpr std::array sources{
    Source{&f::organization_message_segments_total,
           "usage",
           "usage.sms.*, usage.mms.* of an organization",
           {},
           true},
    Source{&f::organization_voice_seconds_total,
           "usage",
           "usage.voice.seconds, usage.voice.kb_seconds",
           {},
           true},
    Source{&f::user_message_segments_total, "usage", "usage.sms.*, usage.mms.* of a user"},
    Source{&f::user_voice_seconds_total, "usage", "usage.voice.seconds, usage.voice.kb_seconds"},
    Source{&f::organizations, "organizations", "count"},
    Source{&f::message_segments_total, "organizations",
           "sums of organizations[].total_sms_*, organizations[].total_mms_*"},
    Source{&f::voice_seconds_total, "organizations", "sum of organizations[].total_voice_seconds"},
    Source{&f::organization_message_segments_total, "organizations",
           "organizations[].total_sms_*, organizations[].total_mms_*, where usage does not ask for the "
           "organization"},
    Source{&f::organization_voice_seconds_total, "organizations",
           "organizations[].total_voice_seconds, where usage does not ask for the organization"},
    Source{&f::organization_active, "organizations", "organizations[].status"},
    Source{&f::organization_info, "organizations",
           "organizations[].unique_id, organization_name, status, sms_registration_status"},
    Source{&f::account_info, "overview", "tenant_id"},
    Source{&f::organizations, "overview", "organizations_count"},
    Source{&f::users, "overview", "users_count"},
    Source{&f::period_start, "overview", "period.start"},
    Source{&f::period_end, "overview", "period.end"},
    Source{&f::messages, "overview", "total_sms_sent, total_sms_received, total_mms_sent, total_mms_received",
           sliding_and_today},
    Source{&f::calls, "overview", "total_voice_calls", sliding_and_today},
    Source{&f::voice_seconds, "overview", "total_voice_seconds", sliding_and_today},
    Source{&f::cost, "overview", "cost_breakdown.*_cost; other: total_cost less these", sliding_and_today},
    of_days({&f::calls_total, "overview", "sum of total_voice_calls by the day"}),
    of_days({&f::cost_total, "overview", "sum of cost_breakdown.*_cost by the day"}),
    Source{&api_requests, "overview", "cost_breakdown.api_requests_count", sliding_and_today},
    Source{&phone_rentals, "overview", "cost_breakdown.phone_rental_count", sliding_and_today},
    Source{&phone_purchases, "overview", "cost_breakdown.phone_purchase_count", sliding_and_today},
    Source{&brand_registrations, "overview", "cost_breakdown.brand_registration_count", sliding_and_today},
    Source{&knowledge_bases, "overview", "cost_breakdown.kb_count", sliding_and_today},
    Source{&knowledge_base_seconds, "overview", "cost_breakdown.kb_minutes x 60", sliding_and_today},
    Source{&f::period_start, "users", "period.start"},
    Source{&f::period_end, "users", "period.end"},
    Source{&f::user_messages, "users", "users[].total_sms_*, users[].total_mms_*", sliding},
    Source{&f::user_calls, "users", "users[].total_voice_calls", sliding},
    Source{&f::user_voice_seconds, "users", "users[].total_voice_seconds", sliding},
    Source{&f::user_cost, "users", "users[].cost_breakdown.*_cost; other: total_cost less these", sliding},
    of_days({&f::user_cost_total, "users", "sum of users[].cost_breakdown.*_cost by the day"}),
    of_days({&user_messages_total, "users", "sum of users[].total_sms_*, users[].total_mms_* by the day"}),
    of_days({&user_calls_total, "users", "sum of users[].total_voice_calls by the day"}),
    of_days({&user_call_seconds_total, "users", "sum of users[].total_voice_seconds by the day"}),
    Source{&user_api_requests, "users", "users[].cost_breakdown.api_requests_count", sliding},
    Source{&user_phone_rentals, "users", "users[].cost_breakdown.phone_rental_count", sliding},
    Source{&user_phone_purchases, "users", "users[].cost_breakdown.phone_purchase_count", sliding},
    Source{&user_knowledge_bases, "users", "users[].cost_breakdown.kb_count", sliding},
    Source{&user_knowledge_base_seconds, "users", "users[].cost_breakdown.kb_minutes x 60", sliding},
    Source{&user_info, "users", "users[].user_id, user_name"},
    Source{&f::period_start, "organization_analytics", "period.start"},
    Source{&f::period_end, "organization_analytics", "period.end"},
    Source{&f::organization_users, "organization_analytics", "organizations[].users_count"},
    Source{&f::organization_messages, "organization_analytics",
           "organizations[].total_sms_*, organizations[].total_mms_*", sliding},
    Source{&f::organization_calls, "organization_analytics", "organizations[].total_voice_calls", sliding},
    Source{&f::organization_voice_seconds, "organization_analytics", "organizations[].total_voice_seconds",
           sliding},
    Source{&organization_cost, "organization_analytics", "organizations[].total_cost", sliding},
    Source{&organization_api_storage_cost, "organization_analytics", "organizations[].api_storage_cost",
           sliding},
    Source{&organization_api_requests, "organization_analytics", "organizations[].api_requests_count",
           sliding},
    Source{&organization_phone_rentals, "organization_analytics", "organizations[].phone_rental_count",
           sliding},
    Source{&organization_phone_purchases, "organization_analytics", "organizations[].phone_purchase_count",
           sliding},
    Source{&organization_brand_registrations, "organization_analytics",
           "organizations[].brand_registration_count", sliding},
    Source{&organization_knowledge_bases, "organization_analytics", "organizations[].kb_count", sliding},
    Source{&organization_quota_limit, "number_limits", "max_per_org, while enabled"},
    Source{&phone_number_weekly_price, "number_limits", "weekly_price, while enabled"},
};

// `usage` stands before `organizations`: where both give an organization's segments, its are counted in real
// time.
constexpr std::array endpoints{
    Endpoint{"usage",
             "All-time totals of each of organization_ids and user_ids; one request for each. With `all`, "
             "also one for "
             "the list of organizations",
             std::chrono::minutes{1}, true, "", start_usage},
    Endpoint{"organizations",
             "State and all-time totals of all organizations, and their sums for the account",
             std::chrono::minutes{1}, true, "", start_organizations},
    Endpoint{"overview", "Usage and cost of the account in the window, today and yesterday; three requests",
             std::chrono::minutes{5}, true, "", start_overview},
    Endpoint{"users",
             "Usage and cost of each user of organization_ids in the window, today and yesterday; three "
             "requests for "
             "each organization",
             std::chrono::minutes{15}, true, "", start_users},
    Endpoint{"organization_analytics", "Usage and cost of each organization in the window",
             std::chrono::minutes{15}, true, "", start_organization_analytics},
    Endpoint{"number_limits", "How many SMS phone numbers an organization may have, and their price",
             std::chrono::hours{1}, true, "", start_number_limits},
};

std::span<const Option> options() {
  static const std::array all{
      Option{"api_key", OptionKind::secret, "the partner API key", true},
      Option{"organization_ids", OptionKind::list_or_all,
             "organizations (their unique_id) to ask `usage` and `users` for, or `all`"},
      Option{"user_ids", OptionKind::list, "users to ask `usage` for"},
  };
  return all;
}

}  // namespace

const Collector& teli_collector() {
  static const Collector collector{"teli", "Teli", "https://api.teli.ai", options(), endpoints, sources};
  return collector;
}

}  // namespace cpaas
