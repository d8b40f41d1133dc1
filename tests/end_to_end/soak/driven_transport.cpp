#include "tests/end_to_end/soak/driven_transport.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "exporter/exposition/page.h"

namespace cpaas::end_to_end {
namespace {

constexpr Duration ordinary_latency{20};

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ec == std::errc{}) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  });
  return text;
}

void read_query(std::string_view text, sandbox::Ask& ask) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    ask.query[decoded(pair.substr(0, equals))] = decoded(pair.substr(equals + 1));
  }
}

struct Asked {
  std::string provider;
  sandbox::Ask ask;
};

Asked ask_of(const HttpRequest& request) {
  const std::string_view url = request.url;
  const auto name = url.find('/', url.find("//") + 2) + 1;
  const auto path = std::min(url.find('/', name), url.size());
  const auto query = std::min(url.find('?'), url.size());
  Asked asked{std::string(url.substr(name, path - name)), {}};
  asked.ask.method = "GET";
  asked.ask.path = decoded(url.substr(path, query - path));
  asked.ask.prefix = url.substr(0, path);
  if (query < url.size()) read_query(url.substr(query + 1), asked.ask);
  for (const Header& header : request.headers) asked.ask.headers[lower(header.name)] = header.value.reveal();
  return asked;
}

// The last four bytes of gzip data say its size.
std::size_t inflated_size(std::string_view body) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4 && i < body.size(); ++i) {
    size = size * 256 + static_cast<unsigned char>(body[body.size() - 1 - i]);
  }
  return size;
}

Result<HttpResponse> received(const sandbox::Response& response, const HttpRequest& request,
                              const std::string& date) {
  if (response.hang_up || response.cut_body) return fail(Reason::connect, "the connection was closed");
  HttpResponse result;
  result.status = response.status;
  result.headers["date"] = date;
  for (const auto& [name, value] : response.headers) result.headers[lower(name)] = value;
  const bool gzipped = result.header("content-encoding") == "gzip";
  const std::size_t size = gzipped ? inflated_size(response.body)
                                   : response.body.size() + static_cast<std::size_t>(response.filler);
  if (size > request.max_body) return fail(Reason::too_large, "the body is too large");
  result.body =
      gzipped ? exposition::gunzip(response.body)
              : response.body + std::string(static_cast<std::size_t>(response.filler), 'x') + response.tail;
  return result;
}

Duration time_of(const sandbox::Response& response) {
  const auto dripping = response.byte_ms * static_cast<std::int64_t>(response.body.size());
  return ordinary_latency + Duration(response.delay_ms + dripping);
}

}  // namespace

void DrivenTransport::after(Duration time, std::function<void()> event) {
  events_.emplace(clock_.steady() + time, std::move(event));
}

void DrivenTransport::start(Id id, HttpRequest request) {
  ++requests_;
  if (!held_) sandbox_.set_clock(std::chrono::floor<std::chrono::seconds>(clock_.now()));
  const Asked asked = ask_of(request);
  const sandbox::Response response = sandbox_.provider_response(asked.provider, asked.ask);
  const Duration time = time_of(response);
  const bool in_time = time <= request.timeout;
  running_.emplace(id, Running{clock_.steady() + std::min(time, request.timeout),
                               in_time ? received(response, request, sandbox::http_date_text(sandbox_.date()))
                                       : fail(Reason::timeout, "no complete answer")});
}

void DrivenTransport::cancel(Id id) {
  running_.erase(id);
}

std::vector<Transport::Completion> DrivenTransport::wait(Duration at_most) {
  if (std::exchange(woken_, false)) return {};
  SteadyPoint until = clock_.steady() + at_most;
  for (const auto& [id, each] : running_) until = std::min(until, each.until);
  if (!events_.empty()) until = std::min(until, events_.begin()->first);
  clock_.advance(std::max(until - clock_.steady(), Duration{0}));
  run_events();
  return take_completed();
}

void DrivenTransport::run_events() {
  while (!events_.empty() && events_.begin()->first <= clock_.steady()) {
    const auto event = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    event();
  }
}

std::vector<Transport::Completion> DrivenTransport::take_completed() {
  std::vector<Completion> completed;
  for (auto at = running_.begin(); at != running_.end();) {
    if (at->second.until > clock_.steady()) {
      ++at;
      continue;
    }
    completed.push_back({at->first, std::move(at->second.result)});
    at = running_.erase(at);
  }
  return completed;
}

}  // namespace cpaas::end_to_end
