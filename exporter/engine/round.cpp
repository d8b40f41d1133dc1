#include "exporter/engine/round.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <unordered_set>

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

// A provider, or the proxy, may echo what it was sent.
std::string without_secrets(std::string text, const Account& account) {
  std::vector<std::string_view> values;
  for (const auto& [name, secret] : account.settings.secrets) values.emplace_back(secret.reveal());
  if (account.connection) {
    const std::string_view proxy_user = user_info(account.connection->proxy_url.reveal());
    const auto colon = proxy_user.find(':');
    if (colon != std::string_view::npos) values.push_back(proxy_user.substr(colon + 1));
  }
  std::erase_if(values, [](std::string_view value) { return value.empty(); });
  // One secret may be a part of another.
  std::ranges::sort(values, std::ranges::greater{}, &std::string_view::size);
  for (const std::string_view value : values) replace_all(text, value, "<secret>");
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

std::size_t remove_duplicates(std::vector<Sample>& samples) {
  std::unordered_set<SeriesKey, SeriesHash> seen;
  seen.reserve(samples.size());
  std::vector<bool> keep(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    keep[i] = seen.insert({samples[i].family, samples[i].window, &samples[i].labels.key()}).second;
  }
  if (seen.size() == samples.size()) return 0;
  std::vector<Sample> kept;
  kept.reserve(seen.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (keep[i]) kept.push_back(std::move(samples[i]));
  }
  const std::size_t removed = samples.size() - kept.size();
  samples = std::move(kept);
  return removed;
}

bool is_counter(const Sample& sample) {
  return sample.family->kind == Kind::counter;
}

bool is_empty(const ledger::Booking& booking) {
  return booking.totals.empty() && booking.days.empty() && booking.days_read.empty() &&
         booking.levels.empty() && booking.parts.empty() && booking.account_id.empty();
}

// What can be one member's own trouble: it was refused, or what came is no answer.
bool is_of_one_member(const Error& error) {
  return error.reason == Reason::http_4xx || error.reason == Reason::schema;
}

}  // namespace

Round::Round(const Account& account, const Endpoint& endpoint, const PollStart& at,
             const ProviderClock& clock, std::size_t most)
    : account_(account), clock_(clock), most_(std::max(most, account.max_series)) {
  try {
    for (Call& call : endpoint.start(account.settings, at)) calls_.push_back(std::move(call));
  } catch (const std::exception& e) {
    fail(unexpected(e));
  }
}

std::optional<HttpRequest> Round::next() {
  if (calls_.empty()) return std::nullopt;
  if (outcome_.requests == max_requests) {
    fail({Reason::schema, "more than " + std::to_string(max_requests) + " requests in one poll"});
    return std::nullopt;
  }
  ++outcome_.requests;
  HttpRequest request = calls_.front().request;
  request.timeout = account_.timeout;
  request.connection = account_.connection;
  return request;
}

void Round::complete(Result<HttpResponse> result, TimePoint now) {
  latest_limit_ = result ? rate_limit_of(*result, now) : RateLimit{};
  if (!result) {
    fail(std::move(result.error()));
    return;
  }
  auto page = read(*result, now);
  std::string member = std::move(calls_.front().member);
  calls_.pop_front();
  if (page) {
    keep(std::move(member), std::move(*page));
  } else if (!member.empty() && is_of_one_member(page.error())) {
    refuse(member, std::move(page.error()));
  } else {
    fail(std::move(page.error()));
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
    auto page = calls_.front().parse(Reply{*body, provider_now});
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
  std::move(page.next.begin(), page.next.end(), std::back_inserter(calls_));
  page.next.clear();
  outcome_.drift.merge(page.drift);
  pages_.push_back({std::move(member), std::move(page)});
}

void Round::refuse(const std::string& member, Error error) {
  std::erase_if(pages_, [&](const Kept& kept) { return kept.member == member; });
  std::erase_if(calls_, [&](const Call& call) { return call.member == member; });
  outcome_.refused.push_back({member, shown(std::move(error))});
}

Error Round::shown(Error error) const {
  error.message = one_line(without_secrets(std::move(error.message), account_), 400);
  return error;
}

void Round::fail(Error error) {
  outcome_.error = shown(std::move(error));
  pages_.clear();
  calls_.clear();
}

Outcome Round::finish() && {
  const bool any_member = std::ranges::any_of(pages_, [](const Kept& kept) { return !kept.member.empty(); });
  if (!outcome_.error && !outcome_.refused.empty() && !any_member)
    outcome_.error = outcome_.refused.back().error;
  if (outcome_.error) {
    outcome_.drift = {};
    return std::move(outcome_);
  }
  for (auto& [member, page] : pages_) {
    ledger::Booking booking{std::move(member),         {},
                            std::move(page.days),      std::move(page.days_read),
                            std::move(page.levels),    std::move(page.parts),
                            std::move(page.account_id)};
    for (Sample& sample : page.samples) {
      (is_counter(sample) ? booking.totals : outcome_.samples).push_back(std::move(sample));
    }
    if (!is_empty(booking) || !booking.member.empty()) outcome_.bookings.push_back(std::move(booking));
  }
  outcome_.dropped += remove_duplicates(outcome_.samples);
  return std::move(outcome_);
}

}  // namespace cpaas::engine
