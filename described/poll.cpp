#include "described/poll.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "described/conversion.h"
#include "described/request.h"
#include "described/rows.h"
#include "exporter/core/number.h"

namespace cpaas::described {
namespace {

using nlohmann::json;

// One series of pages, as far as it has come. A value: reading a page makes the next one's of it, so that a
// page may be read twice.
struct Series {
  Asked asked;
  Gathered gathered{};
  std::size_t pages = 0;
  std::set<std::string, std::less<>> urls{};
  std::size_t number = 1;  // of the page that was asked for last
};

Error error_of(const Series& series, std::string_view what) {
  return {Reason::schema, series.asked.endpoint.name + ": " + std::string(what)};
}

Call call_of(std::shared_ptr<const Series> series, HttpRequest request);

// --- whether it is an answer

Result<void> check_success(const Series& series, const json& body) {
  const auto& success = series.asked.endpoint.description->success;
  if (!success) return {};
  const json* value = find(body, success->pointer.keys);
  const auto text = value == nullptr ? std::optional<std::string>() : text_of(*value);
  if (text && std::ranges::count(success->texts, *text) > 0) return {};
  return tl::unexpected(error_of(series, success->pointer.shown + " does not say that it worked"));
}

// --- the next page

std::optional<double> count_at(const json& body, const Pointer& pointer) {
  const json* value = find(body, pointer.keys);
  return value == nullptr ? std::nullopt : convert(*value, {.whole = true}, "").value;
}

// What leads to the next page: a link, or a parameter of the query. Nothing at the last page.
struct Onward {
  std::string link{};
  std::optional<Parameter> parameter{};
  bool any() const { return !link.empty() || parameter; }
};

std::string text_at(const json& body, const Pointer& pointer) {
  const json* value = find(body, pointer.keys);
  return value == nullptr ? std::string() : text_of(*value).value_or("");
}

Onward by_cursor(const Pages& pages, const json& body) {
  const std::string cursor = text_at(body, pages.pointer);
  const std::string more = pages.more ? text_at(body, *pages.more) : "true";
  if (cursor.empty() || (more != "true" && more != "1")) return {};
  return {.parameter = Parameter{pages.parameter, cursor}};
}

Onward by_number(Series& series, const json& body) {
  const Pages& pages = series.asked.endpoint.pages;
  const auto last = count_at(body, pages.pointer);
  if (!last || static_cast<double>(series.number) >= *last) return {};
  return {.parameter = Parameter{pages.parameter, std::to_string(++series.number)}};
}

Onward by_offset(const Series& series, const json& body, std::size_t rows_of_page) {
  const Pages& pages = series.asked.endpoint.pages;
  const auto total = pages.total ? count_at(body, *pages.total) : std::nullopt;
  const std::size_t rows = series.gathered.rows;
  const bool more = pages.total ? total && static_cast<double>(rows) < *total : rows_of_page >= pages.size;
  if (!more) return {};
  return {.parameter = Parameter{pages.parameter, std::to_string(rows)}};
}

Onward onward(Series& series, const Reply& reply, std::size_t rows) {
  const Pages& pages = series.asked.endpoint.pages;
  switch (pages.way) {
    case Pages::Way::none:
      break;
    case Pages::Way::next:
      return {.link = text_at(reply.body, pages.pointer)};
    case Pages::Way::link_header:
      if (reply.response == nullptr) break;
      return {.link = std::string(next_in_header(reply.response->header(pages.header)))};
    case Pages::Way::cursor:
      return by_cursor(pages, reply.body);
    case Pages::Way::number:
      return rows == 0 ? Onward{} : by_number(series, reply.body);
    case Pages::Way::offset:
      return rows == 0 ? Onward{} : by_offset(series, reply.body, rows);
  }
  return {};
}

Result<Call> next_call(std::shared_ptr<Series> series, const Onward& on, const std::string& url) {
  if (series->pages >= series->asked.endpoint.description->limits.requests) {
    return tl::unexpected(error_of(*series, "more than " + std::to_string(series->pages) + " pages"));
  }
  auto request = on.parameter ? std::optional(request_of(series->asked, on.parameter))
                              : request_of_link(series->asked, on.link, url);
  if (!request) {
    return tl::unexpected(
        error_of(*series, "the next page would be at another server than base_url, or is no URL"));
  }
  if (!series->urls.insert(request->url).second) {
    return tl::unexpected(error_of(*series, "a page leads back to one that was read before"));
  }
  return call_of(std::move(series), std::move(*request));
}

// --- the end of a series

// Adding up decimals leaves noise in the last binary digits.
double without_noise(double sum) {
  constexpr double decimals = 1e9;
  constexpr double most = 1e6;  // from here on the noise is as large as what the rounding takes away
  return std::abs(sum) < most ? std::round(sum * decimals) / decimals : sum;
}

void finish_sums(Series& series, TimePoint now, Page& page) {
  for (auto& [key, sum] : series.gathered.sums) {
    if (!sum.value || !std::isfinite(*sum.value)) continue;
    emit(*sum.metric, *series.asked.settings, now, std::move(sum.labels), sum.day, without_noise(*sum.value),
         page);
  }
  series.gathered.sums.clear();
}

Result<void> finish(Series& series, const Reply& reply, Page& page) {
  const EndpointSpec& endpoint = series.asked.endpoint;
  const auto total =
      endpoint.pages.total ? count_at(reply.body, *endpoint.pages.total) : std::optional<double>();
  if (total && *total != static_cast<double>(series.gathered.rows)) {
    return tl::unexpected(error_of(series, "the list is not whole: " + std::to_string(series.gathered.rows) +
                                               " rows of " + format_number(*total)));
  }
  finish_sums(series, reply.now, page);
  if (endpoint.days) {
    const Day today = series.asked.settings->zone.day_of(reply.now);
    page.days_read.push_back({today - std::chrono::days{*endpoint.days - 1}, today});
  }
  return {};
}

// --- a response

Result<Page> read_response(const Series& before, const std::string& url, const Reply& reply) {
  const auto series = std::make_shared<Series>(before);
  if (const auto success = check_success(*series, reply.body); !success) {
    return tl::unexpected(success.error());
  }
  Page page;
  RowReader reader(series->asked, reply, series->gathered, page);
  if (const auto read = reader.read(); !read) {
    return fail(read.error().reason, series->asked.endpoint.name + ": " + read.error().message);
  }
  if (!reader.answered()) {
    const std::string why = reader.refusal().empty() ? "" : " (jq: " + reader.refusal() + ")";
    return tl::unexpected(error_of(*series, "the response has nothing of what was asked for" + why));
  }
  series->gathered.rows += reader.rows();
  ++series->pages;
  const std::size_t most = series->asked.endpoint.description->limits.series;
  if (page.samples.size() + page.days.size() + series->gathered.sums.size() > most) {
    return fail(Reason::too_large,
                series->asked.endpoint.name + ": more than " + std::to_string(most) + " series");
  }
  if (const Onward on = onward(*series, reply, reader.rows()); on.any()) {
    auto call = next_call(series, on, url);
    if (!call) return tl::unexpected(std::move(call.error()));
    page.next.push_back(std::move(*call));
    return page;
  }
  if (const auto finished = finish(*series, reply, page); !finished) return tl::unexpected(finished.error());
  return page;
}

// The member is what the requests are repeated for: each may be refused alone.
Call call_of(std::shared_ptr<const Series> series, HttpRequest request) {
  std::string member;
  for (const auto& [name, value] : series->asked.each) member = value;
  std::string url = request.url;
  return {std::move(request),
          [series = std::move(series), url = std::move(url)](const Reply& reply) {
            return read_response(*series, url, reply);
          },
          std::move(member)};
}

std::vector<std::string> repeated_for(const EndpointSpec& endpoint, const Settings& settings) {
  const auto& repeat = endpoint.request.repeat;
  if (!repeat) return {""};
  return repeat->option.empty() ? repeat->values : settings.list(repeat->option);
}

std::vector<Call> calls_for(const Asked& asked, const std::vector<std::string>& values) {
  std::vector<Call> calls;
  for (const std::string& value : values) {
    auto series = std::make_shared<Series>(Series{asked});
    if (const auto& repeat = asked.endpoint.request.repeat) series->asked.each.emplace(repeat->name, value);
    HttpRequest request = request_of(series->asked);
    series->urls.insert(request.url);
    calls.push_back(call_of(std::move(series), std::move(request)));
  }
  return calls;
}

// --- one request for each row of a list

// Texts that a path or query can have.
bool can_be_asked(const std::string& text) {
  constexpr std::size_t longest = 200;
  return !text.empty() && text.size() <= longest &&
         std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

// The field of each row once, in the list's order; what is no text of a row is drift.
std::vector<std::string> values_in(const json& rows, const ListSpec& list, Drift& drift) {
  std::vector<std::string> values;
  std::set<std::string> seen;
  for (const json& row : rows) {
    const json* value = find(row, list.pointer.keys);
    const auto text = value == nullptr ? std::optional<std::string>() : text_of(*value);
    if (!text || !can_be_asked(*text)) {
      (value == nullptr ? drift.missing : drift.mistyped).insert(list.pointer.shown);
    } else if (seen.insert(*text).second) {
      values.push_back(*text);
    }
  }
  return values;
}

Result<Page> read_list(const Asked& asked, const ListSpec& list, const PollStart& at, const json& body) {
  const std::string& name = asked.endpoint.name;
  const json* rows = find(body, list.each.keys);
  if (rows == nullptr || !rows->is_array())
    return fail(Reason::schema, name + ": there is no list at " + list.each.shown);
  const auto total = list.total ? count_at(body, *list.total) : std::optional<double>();
  if (list.total && total != static_cast<double>(rows->size()))
    return fail(Reason::schema, name + ": the list at " + list.each.shown + " is not whole");
  Page page;
  auto values = values_in(*rows, list, page.drift);
  if (values.empty() && !rows->empty())
    return fail(Reason::schema, name + ": no row has " + list.pointer.shown);
  if (values.size() > list.most) {
    return fail(Reason::too_large,
                name + ": more than " + std::to_string(list.most) + " rows to ask for one by one");
  }
  page.next = calls_for(asked, at.in_turn(std::move(values)));
  return page;
}

// The poll's own requests, or the one for what they are repeated for.
std::vector<Call> calls_of(const Asked& asked, const PollStart& at) {
  const auto& repeat = asked.endpoint.request.repeat;
  if (!repeat || !repeat->list) return calls_for(asked, repeated_for(asked.endpoint, *asked.settings));
  const ListSpec& list = *repeat->list;
  return {{list_request_of(asked, list), [asked, at, &list](const Reply& reply) -> Result<Page> {
             if (const auto success = check_success(Series{asked}, reply.body); !success)
               return tl::unexpected(success.error());
             return read_list(asked, list, at, reply.body);
           }}};
}

// --- logins

// The poll's own requests follow, with what it gave and at the time that it told.
Call login_call(const Asked& asked, const PollStart& at) {
  return {login_request_of(asked), [asked, at](const Reply& reply) -> Result<Page> {
            Asked known = asked;
            known.token = token_in(*asked.endpoint.description->authentication.login, reply.body);
            if (known.token == nullptr) {
              return fail(Reason::schema, asked.endpoint.name + ": the login gave no token");
            }
            known.now = reply.now;
            Page page;
            page.next = calls_of(known, at);
            return page;
          }};
}

}  // namespace

std::vector<Call> start_poll(const EndpointSpec& endpoint, const Settings& settings, const PollStart& at) {
  const Asked asked{endpoint, std::make_shared<const Settings>(settings), at.now};
  if (!endpoint.description->authentication.login) return calls_of(asked, at);
  const bool by_list = endpoint.request.repeat && endpoint.request.repeat->list;
  if (!by_list && repeated_for(endpoint, settings).empty()) return {};
  return {login_call(asked, at)};
}

}  // namespace cpaas::described
