#include "exporter/engine/round.h"

#include <algorithm>
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

// A provider may echo what it was sent.
std::string without_secrets(std::string text, const Settings& settings) {
  std::vector<std::string_view> values;
  for (const auto& [name, secret] : settings.secrets) {
    if (!secret.empty()) values.emplace_back(secret.reveal());
  }
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

}  // namespace

Round::Round(const Account& account, const Endpoint& endpoint, const PollStart& at) : account_(account) {
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
  if (!result) {
    fail(std::move(result.error()));
    return;
  }
  auto page = read(*result, now);
  calls_.pop_front();
  if (page) {
    keep(std::move(*page));
  } else {
    fail(std::move(page.error()));
  }
}

Result<Page> Round::read(const HttpResponse& response, TimePoint now) {
  const RateLimit limit = rate_limit_of(response, now);
  if (limit.remaining || limit.reset) outcome_.rate_limit = limit;
  const auto provider_now = provider_time_of(response);
  if (provider_now) outcome_.clock_skew = *provider_now - now;
  if (auto error = error_of(response, now)) return tl::unexpected(std::move(*error));
  auto body = decode(response);
  if (!body) return tl::unexpected(std::move(body.error()));
  if (auto refusal = refusal_of(*body)) return tl::unexpected(std::move(*refusal));
  try {
    auto page = calls_.front().parse(Reply{*body, provider_now.value_or(now)});
    if (!page) {
      return tl::unexpected(with_state_of(response, with_words_of(*body, std::move(page.error()))));
    }
    return page;
  } catch (const std::exception& e) {
    return tl::unexpected(unexpected(e));
  }
}

void Round::keep(Page page) {
  if (page.starts_over) {
    outcome_.page = {};
    outcome_.dropped = 0;
  }
  std::vector<Sample>& samples = outcome_.page.samples;
  const std::size_t room = account_.max_series - std::min(account_.max_series, samples.size());
  const std::size_t taken = std::min(room, page.samples.size());
  outcome_.dropped += page.samples.size() - taken;
  const auto end = page.samples.begin() + static_cast<std::ptrdiff_t>(taken);
  samples.insert(samples.end(), std::make_move_iterator(page.samples.begin()), std::make_move_iterator(end));
  std::move(page.days.begin(), page.days.end(), std::back_inserter(outcome_.page.days));
  std::move(page.levels.begin(), page.levels.end(), std::back_inserter(outcome_.page.levels));
  std::move(page.next.begin(), page.next.end(), std::back_inserter(calls_));
  outcome_.page.drift.merge(page.drift);
}

void Round::fail(Error error) {
  error.message = one_line(without_secrets(std::move(error.message), account_.settings), 400);
  outcome_.error = std::move(error);
  outcome_.page = {};
  calls_.clear();
}

Outcome Round::finish() && {
  outcome_.dropped += remove_duplicates(outcome_.page.samples);
  return std::move(outcome_);
}

}  // namespace cpaas::engine
