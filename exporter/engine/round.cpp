#include "exporter/engine/round.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "exporter/core/utf8.h"

namespace cpaas::engine {
namespace {

constexpr std::size_t max_requests = 2000;  // far over any documented pagination; ends an endless one

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// "NAME:PASSWORD@" of http://NAME:PASSWORD@HOST:PORT, without the @; empty if there is none.
std::string_view user_info(std::string_view url) {
  const auto begin = url.find("://");
  const auto end = url.rfind('@');
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  return url.substr(begin + 3, end - begin - 3);
}

// What an Authorization header holds behind its scheme: not the secret itself, where that is encoded.
std::string_view credentials_in(const HttpRequest& request) {
  for (const Header& header : request.headers) {
    const std::string_view value = header.value.reveal();
    if (header.name == "Authorization") return value.substr(value.find(' ') + 1);
  }
  return {};
}

// A provider, or the proxy, may echo what it was sent.
std::string without_secrets(std::string text, const Account& account, std::string_view credentials) {
  std::vector<std::string> values{std::string(credentials)};
  for (const auto& [name, secret] : account.settings.secrets) {
    values.push_back(secret.reveal());
    const std::string in_url = percent_encode(secret.reveal());
    if (in_url != secret.reveal()) values.push_back(in_url);
  }
  if (account.connection) {
    const std::string_view proxy_user = user_info(account.connection->proxy_url.reveal());
    const auto colon = proxy_user.find(':');
    if (colon != std::string_view::npos) values.emplace_back(proxy_user.substr(colon + 1));
  }
  std::erase_if(values, [](const std::string& value) { return value.empty(); });
  // One secret may be a part of another.
  std::ranges::sort(values, std::ranges::greater{}, &std::string::size);
  for (const std::string& value : values) replace_all(text, value, "<secret>");
  return text;
}

// A collector's bug must not take the others down.
Error unexpected(const std::exception& exception) {
  return {Reason::internal, std::string("unexpected: ") + exception.what()};
}

struct SeriesKey {
  const Family* family;
  Window window;
  const std::string* labels;
  friend bool operator==(const SeriesKey& a, const SeriesKey& b) {
    return a.family == b.family && a.window == b.window && *a.labels == *b.labels;
  }
};

struct SeriesHash {
  std::size_t operator()(const SeriesKey& key) const {
    return std::hash<std::string>{}(*key.labels) ^ std::hash<const void*>{}(key.family) ^
           (static_cast<std::size_t>(key.window) << 1U);
  }
};

std::size_t size_of(const Page& page) {
  return page.samples.size() + page.days.size() + page.levels.size() + page.parts.size();
}

// Keeps the first of each series, over all lists; gives how many were removed.
std::size_t remove_duplicates(const std::vector<std::vector<Sample>*>& lists) {
  std::unordered_set<SeriesKey, SeriesHash> seen;
  std::vector<std::vector<bool>> keep;
  std::size_t count = 0;
  for (const auto* samples : lists) {
    std::vector<bool>& kept = keep.emplace_back();
    for (const Sample& sample : *samples) {
      kept.push_back(seen.insert({sample.family, sample.window, &sample.labels.key()}).second);
    }
    count += samples->size();
  }
  const std::size_t removed = count - seen.size();
  if (removed == 0) return 0;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    std::vector<Sample> kept;
    for (std::size_t j = 0; j < lists[i]->size(); ++j) {
      if (keep[i][j]) kept.push_back(std::move((*lists[i])[j]));
    }
    *lists[i] = std::move(kept);
  }
  return removed;
}

std::size_t remove_duplicates(Outcome& outcome) {
  std::vector<std::vector<Sample>*> lists{&outcome.samples};
  for (ReadMember& each : outcome.members) lists.push_back(&each.samples);
  return remove_duplicates(lists);
}

bool is_counter(const Sample& sample) {
  return sample.family->kind == Kind::counter;
}

bool is_empty(const ledger::Booking& booking) {
  return booking.totals.empty() && booking.days.empty() && booking.days_read.empty() &&
         booking.levels.empty() && booking.parts.empty() && booking.account_id.empty();
}

// What can be one member's own trouble: it was refused, what came is no answer, or none came.
bool is_of_one_member(const Error& error) {
  switch (error.reason) {
    case Reason::http_4xx:
    case Reason::http_5xx:
    case Reason::timeout:
    case Reason::redirect:
    case Reason::too_large:
    case Reason::parse:
    case Reason::schema:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool is_refusal(const Error& error) {
  return error.reason == Reason::http_4xx || error.reason == Reason::schema;
}

Round::Round(const Account& account, const Endpoint& endpoint, const PollStart& at,
             const ProviderClock& clock, std::size_t most)
    : account_(account), clock_(clock), most_(std::max(most, account.max_series)), turn_(at.turn) {
  try {
    for (Call& call : endpoint.start(account.settings, at)) calls_.push_back(std::move(call));
    put_in_order();
  } catch (const std::exception& e) {
    fail(unexpected(e));
  }
}

std::optional<HttpRequest> Round::next() {
  if (outcome_.requests == max_requests && any_read()) leave_rest();
  if (calls_.empty()) return std::nullopt;
  if (outcome_.requests == max_requests) {
    fail({Reason::schema, "more than " + std::to_string(max_requests) + " requests in one poll"});
    return std::nullopt;
  }
  ++outcome_.requests;
  HttpRequest request = calls_.front().request;
  credentials_ = credentials_in(request);
  request.timeout = account_.timeout;
  request.connection = account_.connection;
  return request;
}

void Round::complete(Result<HttpResponse> result, TimePoint now) {
  latest_limit_ = result ? rate_limit_of(*result, now) : RateLimit{};
  auto page = result ? read(*result, now) : tl::unexpected(std::move(result.error()));
  const std::string& member = calls_.front().member;
  const bool concerns_all = member.empty() || (!page && !is_own_trouble(page.error()));
  if (!page && concerns_all) {
    fail(std::move(page.error()));
    return;
  }
  const std::string done = member;
  calls_.pop_front();
  if (page) {
    keep(done, std::move(*page));
  } else {
    fail_member(done, std::move(page.error()));
  }
}

// By its Date header, where that can be right.
TimePoint Round::provider_time(const HttpResponse& response, TimePoint now) {
  const auto said = provider_time_of(response);
  if (!said) return now + clock_.skew();
  outcome_.clock_skew = *said - now;
  if (clock_.fits(*said - now)) return *said;
  outcome_.drift.mistyped.insert("(header Date)");
  return now + clock_.skew();
}

Result<Page> Round::read(const HttpResponse& response, TimePoint now) {
  if (latest_limit_.remaining || latest_limit_.reset) outcome_.rate_limit = latest_limit_;
  const TimePoint provider_now = provider_time(response, now);
  if (auto error = error_of(response, now, calls_.front().request.url))
    return tl::unexpected(std::move(*error));
  auto body = decode(response);
  if (!body) return tl::unexpected(std::move(body.error()));
  if (auto refusal = refusal_of(*body)) return tl::unexpected(std::move(*refusal));
  try {
    auto page = calls_.front().parse(Reply{*body, provider_now, &response});
    if (!page) {
      return tl::unexpected(with_state_of(response, with_words_of(*body, std::move(page.error()))));
    }
    return page;
  } catch (const std::exception& e) {
    return tl::unexpected(unexpected(e));
  }
}

void Round::keep(std::string member, Page page) {
  if (page.starts_over) {
    pages_.clear();
    values_ = 0;
    outcome_.drift = {};
  }
  values_ += size_of(page);
  if (values_ > most_) {
    fail({Reason::too_large, "the poll gives more than " + std::to_string(most_) + " values"});
    return;
  }
  const bool more = !page.next.empty();
  std::move(page.next.begin(), page.next.end(), std::back_inserter(calls_));
  page.next.clear();
  outcome_.drift.merge(page.drift);
  failures_in_row_ = 0;
  pages_.push_back({std::move(member), std::move(page)});
  if (more) put_in_order();
}

// What concerns all first, then the member that is being read, then the others in turn; each in the order in
// which it was given.
void Round::put_in_order() {
  enum Kind { all, current, other };
  using Place = std::tuple<Kind, std::uint64_t,
                           std::size_t>;  // among the others the turn decides, at last what was given
  std::map<std::string_view, Place> places;
  for (const Call& call : calls_) {
    const bool is_read = !pages_.empty() && pages_.back().member == call.member;
    const Kind kind = call.member.empty() ? all : is_read ? current : other;
    const auto place = places.find(call.member);
    if (place != places.end()) continue;
    places.emplace(call.member, Place{kind, kind == other && turn_ ? turn_(call.member) : 0, places.size()});
  }
  if (places.size() < 2) return;
  std::vector<std::pair<Place, Call>> sorted;
  for (const Call& call : calls_) sorted.emplace_back(places.at(call.member), call);
  std::ranges::stable_sort(sorted, {}, &std::pair<Place, Call>::first);
  calls_.clear();
  for (auto& [place, call] : sorted) calls_.push_back(std::move(call));
}

void Round::drop_pages_of(const std::string& member) {
  std::erase_if(pages_, [&](const Kept& kept) { return kept.member == member; });
}

// One that the key may not read (403) must not keep the others from being read: it is asked last next time.
bool Round::is_own_trouble(const Error& error) const {
  return is_of_one_member(error) || error.reason == Reason::auth;
}

void Round::fail_member(const std::string& member, Error error) {
  drop_pages_of(member);
  std::erase_if(calls_, [&](const Call& call) { return call.member == member; });
  failures_in_row_ = is_refusal(error) ? 0 : failures_in_row_ + 1;
  const bool no_key = error.reason == Reason::auth && !any_read();
  const bool ends = no_key || failures_in_row_ == most_failures_in_row || error.retry_after;
  outcome_.failed.push_back({member, shown(error)});
  outcome_.error_of_member = ends;
  if (ends) fail(std::move(error));
}

Error Round::shown(Error error) const {
  error.message = one_line(without_secrets(std::move(error.message), account_, credentials_), 400);
  return error;
}

bool Round::in_progress(const std::string& member) const {
  return !calls_.empty() && !member.empty() && calls_.front().member == member;
}

std::vector<std::string> Round::waiting() const {
  std::vector<std::string> members;
  for (const Call& call : calls_) {
    if (!call.member.empty() && (members.empty() || members.back() != call.member))
      members.push_back(call.member);
  }
  return members;
}

// Ends the round with the members that are whole.
void Round::leave_rest() {
  if (calls_.empty()) return;
  outcome_.waiting = waiting();
  outcome_.requests_left = calls_.size();
  if (!calls_.front().member.empty()) drop_pages_of(calls_.front().member);
  calls_.clear();
}

void Round::fail(Error error) {
  outcome_.error = shown(std::move(error));
  leave_rest();
  drop_pages_of("");
}

void Round::cut_short() {
  if (calls_.empty() || calls_.front().member.empty()) return;
  const bool between = pages_.empty() || !in_progress(pages_.back().member);
  if (between && (any_read() || !outcome_.failed.empty())) leave_rest();
}

bool Round::has_part() const {
  return std::ranges::any_of(
      pages_, [&](const Kept& kept) { return !kept.member.empty() && !in_progress(kept.member); });
}

bool Round::any_read() const {
  return parts_taken_ || has_part();
}

void Round::move_into(Outcome& outcome, std::vector<Kept>&& pages) {
  for (auto& [member, page] : pages) {
    ledger::Booking booking{member,
                            {},
                            std::move(page.days),
                            std::move(page.days_read),
                            std::move(page.levels),
                            std::move(page.parts),
                            std::move(page.account_id)};
    const bool goes_on = !outcome.members.empty() && outcome.members.back().member == member;
    if (!member.empty() && !goes_on) outcome.members.push_back({std::move(member), {}});
    auto& gauges = booking.member.empty() ? outcome.samples : outcome.members.back().samples;
    for (Sample& sample : page.samples) {
      (is_counter(sample) ? booking.totals : gauges).push_back(std::move(sample));
    }
    if (!is_empty(booking) || !booking.member.empty()) outcome.bookings.push_back(std::move(booking));
  }
  outcome.dropped += remove_duplicates(outcome);
}

Outcome Round::take_part() {
  Outcome part;
  std::vector<Kept> done;
  std::vector<Kept> rest;
  for (Kept& kept : pages_) {
    const bool stays = kept.member.empty() || in_progress(kept.member);
    (stays ? rest : done).push_back(std::move(kept));
  }
  pages_ = std::move(rest);
  move_into(part, std::move(done));
  part.failed = std::exchange(outcome_.failed, {});
  part.waiting = waiting();
  parts_taken_ = true;
  return part;
}

Outcome Round::finish() && {
  if (!outcome_.error && !outcome_.failed.empty() && !any_read()) {
    outcome_.error = outcome_.failed.back().error;
    outcome_.error_of_member = true;
  }
  if (outcome_.error) {
    outcome_.drift = {};
    drop_pages_of("");
  }
  move_into(outcome_, std::move(pages_));
  return std::move(outcome_);
}

}  // namespace cpaas::engine
