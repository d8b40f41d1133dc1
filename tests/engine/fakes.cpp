#include "tests/engine/fakes.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "exporter/core/families.h"
#include "exporter/core/number.h"

namespace cpaas::engine {
namespace {

using nlohmann::json;

constexpr std::array script_families{
    &families::balance,           &families::calls,       &families::cost,
    &families::credits_remaining, &families::calls_total, &families::balance_low_threshold,
    &families::customer_balance};

const Family& family_named(const std::string& name) {
  const auto* const found =
      std::ranges::find_if(script_families, [&](const Family* each) { return each->name == name; });
  if (found == script_families.end()) throw std::invalid_argument("not a family of the scripts: " + name);
  return **found;
}

Result<Page> obey(const Settings& settings, const Reply& reply);

Call call_of(const Settings& settings, const std::string& path) {
  HttpRequest request;
  request.url = settings.base_url + path;
  constexpr std::string_view mark = "?member=";
  const auto member = path.find(mark);
  return {request, [&settings](const Reply& reply) { return obey(settings, reply); },
          member == std::string::npos ? "" : path.substr(member + mark.size())};
}

Sample sample_of(const json& given) {
  std::vector<std::string_view> labels;
  for (const json& label : given.at("labels")) labels.push_back(label.get_ref<const std::string&>());
  return {&family_named(given.at("family").get<std::string>()),
          static_cast<Window>(given.at("window").get<int>()), LabelValues(labels),
          given.at("value").get<double>()};
}

Result<Page> obey(const Settings& settings, const Reply& reply) {
  if (reply.body.contains("exception")) {
    throw std::runtime_error(reply.body.at("exception").get<std::string>());
  }
  if (reply.body.contains("error")) return fail(Reason::schema, reply.body.at("error").get<std::string>());
  Page page;
  page.starts_over = reply.body.value("starts_over", false);
  for (const json& sample : reply.body.at("samples")) page.samples.push_back(sample_of(sample));
  for (const json& path : reply.body.at("next")) {
    page.next.push_back(call_of(settings, path.get<std::string>()));
  }
  for (const json& day : reply.body.at("days")) {
    const Day read = *parse_date(day.get<std::string>());
    page.days.push_back({&families::calls_total, {"combined"}, read, 1});
    page.days_read.push_back({read, read});
  }
  for (const json& path : reply.body.at("missing")) page.drift.missing.insert(path.get<std::string>());
  return page;
}

std::vector<Call> start(const Settings& settings, const std::string& path) {
  if (settings.text("start") == "throw") throw std::runtime_error("no start");
  if (settings.text("start") == "nothing") return {};
  return {call_of(settings, path)};
}

constexpr std::array acme_endpoints{
    Endpoint{.name = "balance",
             .help = "Money",
             .default_interval = std::chrono::seconds{60},
             .start = [](const Settings& settings, const PollStart&) { return start(settings, "/balance"); }},
    Endpoint{.name = "usage",
             .help = "Calls",
             .default_interval = std::chrono::seconds{60},
             .start = [](const Settings& settings, const PollStart&) { return start(settings, "/usage"); }},
    Endpoint{.name = "daily",
             .help = "Calls by the day that the provider has",
             .default_interval = std::chrono::seconds{60},
             .start =
                 [](const Settings& settings, const PollStart& at) {
                   std::string ask;
                   for (const Day day : at.days_to_ask(""))
                     ask += (ask.empty() ? "?" : ",") + format_date(day);
                   return start(settings, "/daily/" + format_time(at.now) + ask);
                 }},
};

}  // namespace

Answer answer(std::string body, int status, std::map<std::string, std::string, std::less<>> headers) {
  return {HttpResponse{status, std::move(headers), std::move(body)}};
}

Answer no_answer() {
  return {.latency = Duration::max()};
}

std::vector<SteadyPoint> FakeTransport::requests_to(std::string_view url) const {
  std::vector<SteadyPoint> times;
  for (const Request& request : requests_) {
    if (request.url == url) times.push_back(request.at);
  }
  return times;
}

void FakeTransport::after(Duration time, std::function<void()> event) {
  events_.emplace(clock_.steady() + time, std::move(event));
}

void FakeTransport::start(Id id, HttpRequest request) {
  Answer given = provider_(request);
  if (given.latency > request.timeout) given = {fail(Reason::timeout, "timed out"), request.timeout};
  requests_.push_back({request.url, clock_.steady()});
  if (open_urls_.contains(request.url)) ++overlaps_;
  open_urls_.insert(request.url);
  running_.emplace(id, Running{request.url, clock_.steady() + given.latency, std::move(given.result)});
}

void FakeTransport::cancel(Id id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  ++cancelled_;
  open_urls_.erase(open_urls_.find(found->second.url));
  running_.erase(found);
}

std::vector<Transport::Completion> FakeTransport::wait(Duration at_most) {
  ++waits_;
  if (std::exchange(woken_, false)) return {};
  SteadyPoint until = clock_.steady() + at_most;
  for (const auto& [id, each] : running_) until = std::min(until, each.until);
  if (!events_.empty()) until = std::min(until, events_.begin()->first);
  clock_.advance(std::max<Duration>(until - clock_.steady(), Duration{0}));
  if (!events_.empty() && events_.begin()->first <= clock_.steady()) {
    const auto event = events_.begin()->second;
    events_.erase(events_.begin());
    event();
  }
  return take_completed();
}

std::vector<Transport::Completion> FakeTransport::take_completed() {
  std::vector<Completion> completed;
  for (auto at = running_.begin(); at != running_.end();) {
    if (at->second.until > clock_.steady()) {
      ++at;
      continue;
    }
    completed.push_back({at->first, std::move(at->second.result)});
    open_urls_.erase(open_urls_.find(at->second.url));
    at = running_.erase(at);
  }
  return completed;
}

constexpr std::array acme_sources{
    Source{&families::balance, "balance", "balance"},
    Source{&families::calls_total, "usage", "calls"},
    Source{&families::calls_total, "daily", "calls of a day"},
};

const Collector& acme() {
  static const Collector collector{"acme", "Acme", "https://api.acme.test", {}, acme_endpoints, acme_sources};
  return collector;
}

std::string body_of(const Script& script) {
  json body{
      {"samples", json::array()}, {"next", script.next}, {"missing", script.missing}, {"days", script.days}};
  for (const Sample& sample : script.samples) {
    const auto labels = sample.labels.values();
    body["samples"].push_back({{"family", sample.family->name},
                               {"window", static_cast<int>(sample.window)},
                               {"labels", std::vector<std::string>(labels.begin(), labels.end())},
                               {"value", sample.value}});
  }
  if (script.starts_over) body["starts_over"] = true;
  if (script.error) body["error"] = *script.error;
  if (script.exception) body["exception"] = *script.exception;
  return body.dump();
}

Account account_of(
    std::string name,
    std::initializer_list<std::pair<std::string_view, std::chrono::seconds>> endpoints_and_intervals) {
  Account account{};
  account.collector = &acme();
  account.settings.base_url = "http://" + name;
  account.settings.account = std::move(name);
  for (const auto& [endpoint, interval] : endpoints_and_intervals) {
    for (const Endpoint& each : acme_endpoints) {
      if (each.name == endpoint) account.endpoints.push_back({&each, interval});
    }
  }
  return account;
}

Log FakeLog::log() {
  return [all = lines_, debug = debug_lines_](LogLevel level, std::string_view message,
                                              const LogFields& fields) {
    std::string line = std::string(name_of(level)) + " " + std::string(message);
    for (const auto& [name, value] : fields) line += " " + std::string(name) + "=" + value;
    (level == LogLevel::debug ? debug : all)->push_back(line);
  };
}

std::optional<double> value_of(std::string_view page, std::string_view series) {
  for (auto at = page.find(series); at != std::string_view::npos; at = page.find(series, at + 1)) {
    const auto end = at + series.size();
    const bool whole = (at == 0 || page[at - 1] == '\n') && end < page.size() && page[end] == ' ';
    if (whole) return parse_decimal(page.substr(end, page.find('\n', end) - end));
  }
  return std::nullopt;
}

}  // namespace cpaas::engine
