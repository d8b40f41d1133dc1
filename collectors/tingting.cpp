// TingTing: voice and SMS campaigns in Nepal, paid with credits.
// https://apidocs.tingting.com.np/ and https://tingting-api.readthedocs.io/
#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include "collectors/reading.h"
#include "exporter/core/collector.h"
#include "exporter/core/families.h"
#include "exporter/core/number.h"

namespace cpaas {

const Collector& tingting_collector();

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// What only TingTing has. The objects behind the first four are not documented inside.
constexpr Family campaign_states{"cpaas_%_campaign_states",
                                 Kind::gauge,
                                 {"state"},
                                 "Campaigns by their state %, as the provider names and counts them"};
constexpr Family plays{"cpaas_%_plays",
                       Kind::gauge,
                       {"group"},
                       "Plays of voice messages %, as the provider groups and counts them"};
constexpr Family top_campaign_completion{"cpaas_%_top_campaign_completion_ratio",
                                         Kind::gauge,
                                         {},
                                         "Completed share, 0-1, of the campaign that was completed best %"};
constexpr Family top_campaign_events{
    "cpaas_%_top_campaign_events",
    Kind::gauge,
    {"event"},
    "Events of the campaign that was completed best %, as the provider names and counts them"};
constexpr Family caller_numbers{
    "cpaas_caller_numbers",
    Kind::gauge,
    {"kind"},
    "Numbers that calls may come from: assigned to the account, or shared with others"};
// Beside the falls of what is left: those see nothing of what was spent and bought between two polls.
constexpr Family credits_used_total{
    "cpaas_credits_used_total",
    Kind::counter,
    {},
    "Credits used, from daily values of the provider's history; those of days when nothing was polled too"};

constexpr std::array<std::string_view, 5> campaign_statuses{"not_started", "scheduled", "running",
                                                            "completed", "terminated"};
constexpr std::string_view campaigns_per_page = "100";
constexpr int max_campaign_pages = 1000;

// --- requests ---

// Every path ends in a slash: without it the provider redirects, and redirects are not followed.
Call get(const Settings& settings, std::string url, Parse parse) {
  HttpRequest request;
  request.url = std::move(url);
  request.headers.push_back({"Authorization", Secret("Bearer " + settings.secret("api_token").reveal())});
  return {std::move(request), std::move(parse)};
}

// --- reading ---

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// "voice.total" -> "voice", "total"; "total" -> "", "total".
std::pair<std::string_view, std::string_view> split_leaf(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return {"", name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

// "No Answer" -> "no_answer".
std::string normalised(std::string_view name) {
  std::string text = lower(name);
  std::replace(text.begin(), text.end(), ' ', '_');
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

bool is_identifier(std::string_view name) {
  return name == "id" || name == "name" || name.ends_with("_id") || name.ends_with("_phone") ||
         name.ends_with("phone_number");
}

// Objects that are not documented inside may turn out to be a campaign, whose numbers are no counts.
bool is_campaign(const json& value) {
  constexpr std::array keys{"services", "user_phone", "progress_percent", "credit_limit", "failover_target"};
  return value.is_object() && std::ranges::any_of(keys, [&](const char* key) { return value.contains(key); });
}

using Leaves = std::vector<std::pair<std::string, double>>;

std::optional<double> number_in(const json& value) {
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? parse_decimal(value.get_ref<const std::string&>()) : std::nullopt;
}

// An element of a list in place of a map: {"name": "busy", "count": 4} in other words, or ["busy", 4].
std::optional<std::pair<std::string, double>> named_number(const json& element) {
  if (!element.is_structured() || element.size() != 2 || is_campaign(element)) return std::nullopt;
  std::optional<std::string> name;
  std::optional<double> number;
  for (const json& value : element) {
    if (const auto given = number_in(value)) {
      number = given;
    } else if (value.is_string()) {
      name = value.get<std::string>();
    }
  }
  if (!name || !number) return std::nullopt;
  return std::pair{*name, *number};
}

Leaves leaves_of(JsonObject& body, std::string_view key) {
  const json* value = body.raw(key);
  if (value == nullptr || !value->is_array()) {
    if (value == nullptr || !is_campaign(*value)) return body.number_leaves(key);
    body.mistyped(key);
    return {};
  }
  Leaves leaves;
  for (const json& element : *value) {
    if (auto leaf = named_number(element)) {
      leaves.push_back(std::move(*leaf));
    } else {
      body.mistyped(key);
    }
  }
  return leaves;
}

bool has_other_in_group(const Leaves& leaves, std::string_view group, std::string_view name) {
  const std::string prefix = group.empty() ? "" : std::string(group) + ".";
  return std::any_of(leaves.begin(), leaves.end(), [&](const auto& leaf) {
    return leaf.first != name && leaf.first.starts_with(prefix) &&
           !is_identifier(lower(split_leaf(leaf.first).second));
  });
}

// The numbers of an undocumented object as disjoint parts, so that their sum means something: ids are left
// out, and so is a total beside what it adds up. A total that stands alone goes by the name of its group.
// What no count can be is drift.
std::map<std::string, double> parts_of(JsonObject& body, std::string_view key) {
  constexpr double most = 1e9;  // a phone number is more
  const json* object = body.raw(key);
  const Leaves leaves = leaves_of(body, key);
  const std::set<std::string> totals{"total", "all", "total_count", "total_" + std::string(key)};
  std::map<std::string, double> parts;
  for (const auto& [name, value] : leaves) {
    const auto [group, item] = split_leaf(name);
    const bool of_campaign = object->is_object() && !group.empty() && object->contains(group) &&
                             is_campaign(object->at(std::string(group)));
    if (is_identifier(lower(item))) continue;
    if (value < 0 || value > most || of_campaign) {
      body.mistyped(key);
    } else if (!totals.contains(lower(item))) {
      parts[name] += value;
    } else if (!has_other_in_group(leaves, group, name)) {
      parts.emplace(group.empty() ? "combined" : group, value);
    }
  }
  return parts;
}

void add_parts(Page& page, JsonObject& body, std::string_view key, const Family& family, Window window) {
  for (const auto& [name, value] : parts_of(body, key)) page.add(family, window, value, {name});
}

// Shares of their sum: the provider may count in parts of 1 or of 100, or give counts.
void add_kinds(Page& page, JsonObject& body, Window window) {
  const auto parts = parts_of(body, "campaign_type_ratio");
  double sum = 0;
  for (const auto& [name, value] : parts) sum += value;
  for (const auto& [name, value] : parts) {
    page.add(families::campaign_kinds, window, sum > 0 ? value / sum : 0, {name});
  }
}

// Outcomes are the provider's; one of them says that a call was answered, if it is there.
void add_outcomes(Page& page, JsonObject& body, Window window) {
  constexpr std::array<std::string_view, 3> words{"answered", "answered_calls", "call_answered"};
  std::optional<double> answered;
  for (const auto& [name, value] : parts_of(body, "call_outcomes")) {
    page.add(families::call_outcomes, window, value, {name});
    const std::string word = normalised(split_leaf(name).second);
    if (std::ranges::find(words, word) != words.end()) answered = answered.value_or(0) + value;
  }
  page.add(families::calls_answered, window, answered, {"outbound"});
}

bool is_completion(std::string_view name) {
  return name.find("completion") != std::string_view::npos || name == "progress_percent" ||
         name == "percentage" || name == "percent";
}

bool is_event(std::string_view name) {
  constexpr std::array<std::string_view, 19> events{
      "answered", "unanswered", "not_answered", "no_answer", "busy",      "failed",    "completed",
      "rejected", "hangup",     "played",       "sent",      "sms",       "delivered", "undelivered",
      "calls",    "contacts",   "pending",      "success",   "successful"};
  for (const std::string_view suffix : {"_calls", "_count", "_contacts"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  for (const std::string_view prefix : {"total_", "outbound_"}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  return std::ranges::find(events, name) != events.end();
}

// Documented only as the campaign with the best completion percentage. It may be the whole campaign, with
// phone numbers and limits: only what is known to be a count is one. Everything else in it is expected, not
// drift.
void add_top_campaign(Page& page, JsonObject& body, const json& document, Window window) {
  constexpr std::string_view key = "top_performing_campaign";
  if (const json* value = body.raw(key); value == nullptr || !value->is_object()) {
    body.object(key);  // reports what is wrong
    return;
  }
  Drift expected;
  JsonObject quiet(document, expected);
  std::optional<double> completion;
  std::set<std::string> events;
  for (const auto& [name, number] : quiet.number_leaves(key)) {
    const std::string item = normalised(split_leaf(name).second);
    if (!completion && is_completion(item) && number >= 0 && number <= 100) completion = number / 100;
    if (is_event(item) && number >= 0 && events.insert(name).second) {
      page.add(top_campaign_events, window, number, {name});
    }
  }
  page.add(top_campaign_completion, window, completion);
}

// --- credit_usage_overtime, whose shape is not documented

// Of the numbers of an entry, what it says was used: its only number; its only one about credits; a total of
// credits; or the sum of those of voice and SMS.
std::optional<double> used_credits(const std::map<std::string, double>& numbers) {
  constexpr std::array<std::string_view, 6> totals{"credits",      "credit",       "total_credits",
                                                   "credits_used", "used_credits", "total_credits_used"};
  constexpr std::array<std::string_view, 4> others{"remaining", "limit", "balance", "purchased"};
  constexpr std::array<std::string_view, 3> channels{"voice", "phone", "sms"};
  if (numbers.size() == 1) return numbers.begin()->second;
  std::vector<double> credits;
  std::optional<double> total;
  double by_channel = 0;
  std::size_t channel_count = 0;
  for (const auto& [name, number] : numbers) {
    const auto has = [&, text = std::string_view(name)](std::string_view word) {
      return text.find(word) != std::string_view::npos;
    };
    if (std::ranges::any_of(others, has)) continue;
    if (std::ranges::find(totals, name) != totals.end()) total = number;
    const bool channel = std::ranges::find(channels, name) != channels.end();
    if (has("credit")) credits.push_back(number);
    if (channel || (has("credit") && std::ranges::any_of(channels, has))) {
      by_channel += number;
      ++channel_count;
    }
  }
  if (total) return total;
  if (credits.size() == 1 && channel_count <= 1) return credits.front();
  return channel_count > 1 && credits.size() <= channel_count ? std::optional(by_channel) : std::nullopt;
}

struct DailyCredits {
  Day day;
  double credits;
};

// An entry: an object with one date, or a pair of a date and a number.
std::optional<DailyCredits> daily_credits(const json& entry) {
  if (!entry.is_structured()) return std::nullopt;
  std::optional<Day> day;
  std::map<std::string, double> numbers;
  for (const auto& [name, value] : entry.items()) {
    const auto date = value.is_string() ? parse_day(value.get_ref<const std::string&>()) : std::nullopt;
    if (date && day) return std::nullopt;
    if (date) day = date;
    const auto number = date ? std::nullopt : number_in(value);
    if (number && !is_identifier(lower(name))) numbers[normalised(name)] = *number;
  }
  const auto used = used_credits(numbers);
  if (!day || !used || !(*used >= 0)) return std::nullopt;
  return DailyCredits{*day, *used};
}

struct CreditHistory {
  std::map<Day, double> days;
  bool whole = false;  // every entry could be read
};

// Each day's credits: several entries of a day are parts of it.
CreditHistory read_daily_credits(JsonObject& body) {
  constexpr std::string_view key = "credit_usage_overtime";
  CreditHistory history;
  const json* entries = body.raw(key);
  if (entries == nullptr || !entries->is_structured()) {
    body.each_object(key, Need::required, [](JsonObject&) {});  // reports what is wrong
    return history;
  }
  history.whole = true;
  for (const auto& [name, entry] : entries->items()) {
    auto used = daily_credits(entry);
    if (entries->is_object()) {  // a map from days
      const auto day = parse_day(name);
      const auto number = number_in(entry);
      if (day && number && *number >= 0) used = DailyCredits{*day, *number};
    }
    if (used) {
      history.days[used->day] += used->credits;
    } else {
      body.mistyped("credit_usage_overtime[]");
      history.whole = false;
    }
  }
  return history;
}

// The window's days are the ledger's, if all can be read: what is missing would be found later and count
// then.
void add_daily_credits(Page& page, JsonObject& body, const Dates& window) {
  const auto [days, whole] = read_daily_credits(body);
  if (const auto today = days.find(window.to); today != days.end()) {
    page.add(families::credits_used, Window::today, today->second);
  }
  if (!whole) return;
  for (const auto& [day, credits] : days) {
    if (day >= window.from && day <= window.to) add_day(page, credits_used_total, day, credits, {});
  }
  page.days_read.push_back({window.from, window.to, true});
}

// --- dashboard: GET /dashboard/?days=N ---

void read_dashboard(JsonObject& body, Page& page, const Reply& reply, const Settings& settings) {
  const Window window = sliding_window(settings.window);
  const auto remaining = body.number("remaining_credits", Need::purpose);
  page.add(families::credits_remaining, remaining);
  if (remaining) {
    page.levels.push_back({&families::credits_spent_total, &families::credits_added_total, {}, *remaining});
  }
  page.add(families::credits_purchased, read_amount(body, "total_credits_purchased"));
  page.add(families::credits_used, window, read_amount(body, "credits_used"));
  page.add(families::credits_per_call, window, read_amount(body, "credit_spent"));
  page.add(families::calls, window, body.count("outbound_calls"), {"outbound"});
  page.add(families::messages, window, body.count("outbound_sms"), {"sms", "outbound"});
  page.add(families::voice_seconds, window, body.clock_seconds("total_call_duration"),
           {"outbound", "standard"});
  page.add(families::phone_numbers, body.count("total_owned_numbers"));
  add_outcomes(page, body, window);
  add_parts(page, body, "playback_distribution", families::playback, window);
  add_kinds(page, body, window);
  add_parts(page, body, "campaigns", campaign_states, window);
  add_parts(page, body, "total_playback", plays, window);
  add_top_campaign(page, body, reply.body, window);
  add_daily_credits(page, body, window_dates(settings, reply.now));
}

Result<Page> parse_dashboard(const Reply& reply, const Settings& settings) {
  return parse_object(reply, "dashboard", [&](JsonObject& body, TimePoint, Page& page) {
    read_dashboard(body, page, reply, settings);
  });
}

std::vector<Call> start_dashboard(const Settings& settings, const PollStart&) {
  const std::string days = std::to_string(settings.window.count());
  return {get(settings, make_url(settings, "/dashboard/", {{"days", days}}),
              [settings](const Reply& reply) { return parse_dashboard(reply, settings); })};
}

// --- numbers: GET /phone-number/active/, then GET /active-broker-phone/ ---

using Ids = std::set<std::string>;

// Adds the numbers of one list that are not in `seen` yet, and puts them there: a number may be in both
// lists.
Result<Page> parse_numbers(const Reply& reply, std::string_view kind, bool personal_data, Ids& seen) {
  Page page;
  double numbers = 0;
  bool all_known = true;
  const bool is_list = each_object(reply.body, page.drift, "", [&](JsonObject& row) {
    const auto id = row.text("id");
    const auto phone = row.text("phone_number");
    all_known = all_known && id && !id->empty();
    if (!id || id->empty() || !seen.insert(*id).second) return;
    numbers += 1;
    page.add_info(families::number_info, {*id, "", kind, "", personal_data ? phone.value_or("") : "", ""});
  });
  if (!is_list)
    return fail(Reason::schema, "numbers: the list of " + std::string(kind) + " numbers is not an array");
  if (all_known) {
    page.add(caller_numbers, numbers, {kind});
  } else if (page.samples.empty()) {
    return fail(Reason::schema, "numbers: no " + std::string(kind) + " number can be read");
  }
  return page;
}

Call shared_numbers(const Settings& settings, const Ids& assigned) {
  return get(settings, make_url(settings, "/active-broker-phone/"),
             [assigned, personal_data = settings.personal_data](const Reply& reply) {
               Ids seen = assigned;
               return parse_numbers(reply, "shared", personal_data, seen);
             });
}

std::vector<Call> start_numbers(const Settings& settings, const PollStart&) {
  return {get(settings, make_url(settings, "/phone-number/active/"), [settings](const Reply& reply) {
    Ids assigned;
    auto page = parse_numbers(reply, "assigned", settings.personal_data, assigned);
    if (page) page->next.push_back(shared_numbers(settings, assigned));
    return page;
  })};
}

// --- campaigns: GET /campaign/?limit=N&offset=N, page by page ---

// What the pages so far gave.
struct CampaignTally {
  ListProof list;
  std::size_t offset = 0;  // of the next page
  std::map<std::string, double> by_status;
};

CampaignTally empty_tally(ListProof list) {
  CampaignTally tally;
  tally.list = std::move(list);
  for (const std::string_view status : campaign_statuses) tally.by_status.emplace(status, 0);
  return tally;
}

// "Not Started" -> "not_started".
std::string status_label(JsonObject& row) {
  const std::string status = normalised(row.text("status", Need::purpose).value_or("unknown"));
  const bool documented = std::count(campaign_statuses.begin(), campaign_statuses.end(), status) > 0;
  if (row.has("status") && !documented) row.mistyped("status");
  return status.empty() ? "unknown" : status;
}

void tally_campaign(JsonObject& row, CampaignTally& tally) {
  row.ignore({"name",       "services",         "sms_message",
              "message",    "description",      "schedule",
              "audio_file", "bulk_file",        "category",
              "user_phone", "progress_percent", "updated_at",
              "created_at", "credit_limit",     "voice",
              "draft",      "failover_target",  "length_factor",
              "main_audit", "lengthFactor",     "campaign_action_count",
              "steps"});
  const auto id = row.text("id", Need::purpose);
  const std::string status = status_label(row);
  if (tally.list.add(id)) tally.by_status[status] += 1;
}

Call campaign_page(const Settings& settings, CampaignTally tally);

// After the last page: the counts, or the list anew if it is not whole.
Result<Page> finish_campaigns(const Settings& settings, const CampaignTally& tally, Page page) {
  if (tally.list.whole()) {
    for (const auto& [status, number] : tally.by_status) page.add(families::campaigns, number, {status});
    return page;
  }
  auto again = tally.list.again();
  if (!again) return tl::unexpected(tally.list.error("campaigns"));
  page.starts_over = true;
  page.next.push_back(campaign_page(settings, empty_tally(std::move(*again))));
  return page;
}

// The next page is asked for by its offset; the provider's `next` is only believed in that there is one.
Result<Page> parse_campaigns(const Reply& reply, const Settings& settings, CampaignTally tally) {
  bool more = false;
  auto page = parse_object(reply, "campaigns", [&](JsonObject& body, TimePoint, Page&) {
    body.ignore({"next", "previous", "total_pages"});
    const auto count = body.count("count");
    tally.list.begin_page(count);
    body.each_object("results", Need::purpose, [&](JsonObject& row) { tally_campaign(row, tally); });
    tally.offset += tally.list.page_rows();
    more = count ? static_cast<double>(tally.offset) < *count : body.has("next");
  });
  if (!page) return page;
  if (!more || tally.list.page_new() == 0) return finish_campaigns(settings, tally, std::move(*page));
  if (tally.list.pages() >= max_campaign_pages) {
    return fail(Reason::schema, "campaigns: the list does not end where count says");
  }
  page->next.push_back(campaign_page(settings, std::move(tally)));
  return page;
}

Call campaign_page(const Settings& settings, CampaignTally tally) {
  const std::string offset = std::to_string(tally.offset);
  std::string url = make_url(settings, "/campaign/", {{"limit", campaigns_per_page}, {"offset", offset}});
  return get(settings, std::move(url), [settings, tally = std::move(tally)](const Reply& reply) {
    return parse_campaigns(reply, settings, tally);
  });
}

std::vector<Call> start_campaigns(const Settings& settings, const PollStart&) {
  return {campaign_page(settings, empty_tally({}))};
}

// --- declarations ---

constexpr std::array endpoints{
    Endpoint{.name = "dashboard",
             .help = "Credits, calls, messages and campaign figures over the account's window; 1 request",
             .default_interval = 60s,
             .start = start_dashboard},
    Endpoint{.name = "numbers",
             .help = "Numbers that calls may come from; 2 requests",
             .default_interval = 15min,
             .start = start_numbers},
    Endpoint{.name = "campaigns",
             .help = "Campaigns counted by status; 1 request for each 100 campaigns",
             .default_interval = 15min,
             .start = start_campaigns},
};

constexpr std::array sources{
    Source{&families::credits_remaining, "dashboard", "remaining_credits"},
    of_moves({&families::credits_spent_total, "dashboard", "falls of remaining_credits"}),
    of_moves({&families::credits_added_total, "dashboard", "rises of remaining_credits"}),
    of_days({&credits_used_total, "dashboard", "sum of credit_usage_overtime by the day"}),
    Source{&families::credits_purchased, "dashboard", "total_credits_purchased"},
    Source{&families::credits_used, "dashboard", "credits_used", {.sliding = true}},
    Source{&families::credits_used,
           "dashboard",
           "the entries of credit_usage_overtime with today's date",
           {.today = true}},
    Source{&families::credits_per_call, "dashboard", "credit_spent", {.sliding = true}},
    Source{&families::calls, "dashboard", "outbound_calls", {.sliding = true}},
    Source{&families::messages, "dashboard", "outbound_sms", {.sliding = true}},
    Source{&families::voice_seconds, "dashboard", "total_call_duration as seconds", {.sliding = true}},
    Source{&families::phone_numbers, "dashboard", "total_owned_numbers"},
    Source{&families::call_outcomes, "dashboard", "call_outcomes.*", {.sliding = true}},
    Source{&families::calls_answered,
           "dashboard",
           "call_outcomes.answered, where it says so",
           {.sliding = true}},
    Source{&families::playback, "dashboard", "playback_distribution.*", {.sliding = true}},
    Source{&families::campaign_kinds, "dashboard", "campaign_type_ratio.* / their sum", {.sliding = true}},
    Source{&campaign_states, "dashboard", "campaigns.*", {.sliding = true}},
    Source{&plays, "dashboard", "total_playback.*", {.sliding = true}},
    Source{&top_campaign_completion,
           "dashboard",
           "completion in top_performing_campaign / 100",
           {.sliding = true}},
    Source{&top_campaign_events, "dashboard", "known counts of top_performing_campaign", {.sliding = true}},
    Source{&families::number_info, "numbers", "[].id, [].phone_number"},
    Source{&caller_numbers, "numbers", "number of elements; a number in both lists is assigned"},
    Source{&families::campaigns, "campaigns", "results[].status, counted"},
};

}  // namespace

const Collector& tingting_collector() {
  static const std::array options{
      Option{.name = "api_token",
             .kind = OptionKind::secret,
             .help = "API token, sent as Bearer token",
             .required = true},
  };
  static const Collector collector{.name = "tingting",
                                   .title = "TingTing",
                                   .base_url = "https://app.tingting.io/api/v1",
                                   .options = options,
                                   .endpoints = endpoints,
                                   .sources = sources,
                                   .timezone = "+05:45"};  // of the times that its other responses state
  return collector;
}

}  // namespace cpaas
