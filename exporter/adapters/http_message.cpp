#include "exporter/adapters/http_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace cpaas {
namespace {

constexpr std::string_view line_end = "\r\n";

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

// RFC 9110 token: methods and header names.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; });
}

// Header values: no control characters but tabs.
bool is_value(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The part before `mark`, which is taken off `text` with the mark; all of `text` if there is no mark.
std::string_view take_until(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + mark.size());
  return part;
}

bool list_contains(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (same_word(trimmed(take_until(list, ",")), word)) return true;
  }
  return false;
}

std::optional<std::size_t> parse_length(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "/path?query" of an origin-form or absolute-form target; false for any other.
bool take_target(std::string_view target, WebRequest& request) {
  if (same_word(target.substr(0, 7), "http://")) {
    const auto path = target.find_first_of("/?", 7);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  if (!target.starts_with('/') || !is_visible(target)) return false;
  request.path = take_until(target, "?");
  request.query = take_until(target, "#");
  return true;
}

// 0, or the status to refuse with.
int take_request_line(std::string_view line, RequestHead& head) {
  head.request.method = take_until(line, " ");
  const std::string_view target = take_until(line, " ");
  if (!is_token(head.request.method) || !take_target(target, head.request)) return 400;
  if (!line.starts_with("HTTP/")) return 400;
  if (line != "HTTP/1.1" && line != "HTTP/1.0") return 505;
  head.http_1_0 = line == "HTTP/1.0";
  head.keep_alive = !head.http_1_0;
  return 0;
}

// What is read of the headers beyond the head's own fields.
struct Framing {
  int hosts = 0;
  std::optional<std::size_t> length;
};

int take_length(std::string_view value, Framing& framing) {
  const auto length = parse_length(value);
  if (!length || (framing.length && *framing.length != *length)) return 400;
  if (*length > max_request_body) return 413;
  framing.length = length;
  return 0;
}

void take_connection(std::string_view value, RequestHead& head) {
  if (list_contains(value, "close")) {
    head.keep_alive = false;
  } else if (head.http_1_0 && list_contains(value, "keep-alive")) {
    head.keep_alive = true;
  }
}

int take_header(std::string_view line, RequestHead& head, Framing& framing) {
  const bool has_colon = line.find(':') != std::string_view::npos;
  const std::string_view name = take_until(line, ":");
  const std::string_view value = trimmed(line);
  if (!has_colon || !is_token(name) || !is_value(value)) return 400;
  if (same_word(name, "transfer-encoding")) return 501;
  if (same_word(name, "content-length")) return take_length(value, framing);
  if (same_word(name, "host")) ++framing.hosts;
  if (same_word(name, "connection")) take_connection(value, head);
  if (same_word(name, "accept")) head.request.accept = value;
  if (same_word(name, "accept-encoding")) head.request.accept_encoding = value;
  if (same_word(name, "authorization")) head.request.authorization = value;
  return 0;
}

int take_headers(std::string_view lines, RequestHead& head) {
  Framing framing;
  while (!lines.empty()) {
    const int refusal = take_header(take_until(lines, line_end), head, framing);
    if (refusal != 0) return refusal;
  }
  head.body_size = framing.length.value_or(0);
  return framing.hosts == 1 || (head.http_1_0 && framing.hosts == 0) ? 0 : 400;
}

std::string_view phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_value(value)) return;  // never let a value break out of its line
  out.append(name).append(": ").append(value).append(line_end);
}

}  // namespace

ParsedHead parse_request_head(std::string_view received) {
  const std::string_view most = received.substr(0, max_request_head);
  const auto end = most.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (received.size() < max_request_head) return {};
    return {HeadState::refused, 431};
  }
  ParsedHead parsed{HeadState::complete};
  parsed.head.size = end + 4;
  std::string_view lines = most.substr(0, end);
  int refusal = take_request_line(take_until(lines, line_end), parsed.head);
  if (refusal == 0) refusal = take_headers(lines, parsed.head);
  if (refusal != 0) return {HeadState::refused, refusal};
  return parsed;
}

std::string response_head(const WebResponse& response, std::string_view date, const RequestHead& request,
                          bool keep_alive) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, phrase(response.status), date);
  if (response.status != 204 && response.status != 304) {
    append_header(head, "Content-Type", response.content_type);
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n",
                   response.body ? response.body->size() : 0);
  }
  if (response.gzipped) append_header(head, "Content-Encoding", "gzip");
  for (const auto& [name, value] : response.headers) append_header(head, name, value);
  if (!keep_alive) append_header(head, "Connection", "close");
  if (keep_alive && request.http_1_0) append_header(head, "Connection", "keep-alive");
  return head.append(line_end);
}

WebResponse plain_response(int status) {
  return {.status = status,
          .body = std::make_shared<const std::string>(fmt::format("{} {}\n", status, phrase(status)))};
}

}  // namespace cpaas
