#include "exporter/adapters/web_request_reader.h"

#include <utility>  // Boost 1.74 needs it and does not say so

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

namespace cpaas {
namespace {

namespace http = boost::beast::http;
using Fields = http::fields;
using Head = http::request<http::empty_body>;

constexpr std::size_t max_head = 16 * 1024;
constexpr std::ptrdiff_t max_fields = 100;

std::string_view text_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

std::string text_of(const Fields& fields, http::field name) {
  return std::string(text_of(fields[name]));
}

bool is_printable(char c) {
  return (c >= ' ' || c == '\t' || static_cast<signed char>(c) < 0) && c != '\x7f';
}

// The end of the head in what begins with it, 0 if it is not all there yet; nothing if no head may look so.
std::optional<std::size_t> end_of_head(std::string_view text, std::size_t& scanned) {
  for (; scanned < text.size(); ++scanned) {
    const char c = text[scanned];
    const char before = scanned == 0 ? '\0' : text[scanned - 1];
    if (c == '\n') {
      if (before != '\r') return std::nullopt;
      if (scanned >= 3 && text.substr(scanned - 3, 4) == "\r\n\r\n") return scanned + 1;
      continue;
    }
    const bool folded = before == '\n' && (c == ' ' || c == '\t');
    if (folded || before == '\r' || (c != '\r' && !is_printable(c))) return std::nullopt;
  }
  return 0;
}

// --- what is refused although the library takes it

bool good_host(std::string_view host) {
  constexpr std::string_view others = "-._~!$&'()*+,;=:[]%";
  return std::ranges::all_of(host, [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
}

std::string_view host_problem(const Head& head) {
  const auto [first, end] = head.equal_range(http::field::host);
  if (first == end) return head.version() >= 11 ? "no Host field" : "";
  if (std::next(first) != end) return "two Host fields";
  return good_host(text_of(first->value())) ? "" : "a Host field that names no host";
}

std::string_view length_problem(const Head& head) {
  const auto [first, end] = head.equal_range(http::field::content_length);
  if (first == end) return {};
  if (std::next(first) != end) return "two Content-Length fields";
  const std::string_view value = text_of(first->value());
  const bool number = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  return number ? "" : "a Content-Length that is no number";
}

std::string_view coding_problem(const Head& head) {
  const auto [first, end] = head.equal_range(http::field::transfer_encoding);
  if (first == end) return {};
  if (head.version() < 11) return "Transfer-Encoding in HTTP/1.0";
  if (std::next(first) != end) return "two Transfer-Encoding fields";
  if (!boost::beast::iequals(first->value(), "chunked")) return "a Transfer-Encoding that is not chunked";
  return head.count(http::field::content_length) != 0 ? "Transfer-Encoding and Content-Length" : "";
}

// Of the fields that tell to whom a request goes and where it ends.
std::string_view framing_problem(const Head& head) {
  for (const auto problem : {host_problem, length_problem, coding_problem}) {
    if (const std::string_view found = problem(head); !found.empty()) return found;
  }
  return {};
}

// --- what the library refuses

// Whether the first line ends as "GET / HTTP/3.0" does.
bool names_a_version(std::string_view head) {
  constexpr std::string_view pattern = "HTTP/1.1";
  const std::string_view line = head.substr(0, head.find('\r'));
  const std::string_view version = line.substr(line.rfind(' ') + 1);
  return std::ranges::count(line, ' ') == 2 && version.size() == pattern.size() &&
         version.starts_with("HTTP/") && version[6] == '.';
}

int status_of(const boost::system::error_code& error, std::string_view head) {
  if (error == http::error::header_limit) return 431;
  return error == http::error::bad_version && names_a_version(head) ? 505 : 400;
}

// The constant sentence of an error; no bytes of the client's are in it.
std::string_view words_of(const boost::system::error_code& error) {
  if (error == http::error::bad_version) return "a version other than HTTP/1.0 and HTTP/1.1";
  if (error == http::error::bad_content_length) return "a bad Content-Length";
  if (error == http::error::bad_transfer_encoding) return "a bad Transfer-Encoding";
  return "not HTTP";
}

// --- request targets

std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) {
      return std::nullopt;
    }
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

// "http://host/path" as proxies get it, without its host.
std::string_view without_host(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    const std::string_view begin = target.substr(0, scheme.size());
    if (!boost::beast::iequals({begin.data(), begin.size()}, {scheme.data(), scheme.size()})) continue;
    const auto slash = target.find_first_of("/?", scheme.size());
    return slash == std::string_view::npos || target[slash] == '?' ? "/" : target.substr(slash);
  }
  return target;
}

// False if it is no target.
bool read_target(std::string_view target, ReadRequest& request) {
  if (target.find('#') != std::string_view::npos) return false;
  target = without_host(target);
  const auto question = target.find('?');
  const auto path = decoded(target.substr(0, question));
  if (!path || !(path->starts_with('/') || *path == "*")) return false;
  request.path = *path;
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  return true;
}

void read_fields(const Head& head, ReadRequest& request) {
  request.method = text_of(head.method_string());
  request.accept = text_of(head, http::field::accept);
  request.accept_encoding = text_of(head, http::field::accept_encoding);
  request.authorization = text_of(head, http::field::authorization);
  request.host = text_of(head, http::field::host);
  request.origin = text_of(head, http::field::origin);
  request.fetch_site = text_of(head["Sec-Fetch-Site"]);
  request.old_version = head.version() < 11;
}

}  // namespace

WebRequestReader::State WebRequestReader::refuse(int status, std::string_view problem) {
  status_ = status;
  problem_ = problem;
  return State::refused;
}

WebRequestReader::State WebRequestReader::read(std::string& input) {
  if (status_ != 0) return State::refused;
  if (!body_) {
    const State state = read_head(input);
    if (state != State::complete) return state;
  }
  switch (body_->read(input)) {
    case WebBodyReader::State::more:
      return State::more;
    case WebBodyReader::State::bad:
      return refuse(400, "a bad chunk");
    case WebBodyReader::State::too_long:
      return refuse(413, "a body that is too long");
    case WebBodyReader::State::over:
      request_.body = body_->kept();
      break;
  }
  return State::complete;
}

// `complete`: the head is.
WebRequestReader::State WebRequestReader::read_head(std::string& input) {
  constexpr std::string_view empty_line = "\r\n";  // some clients end a body with one
  while (scanned_ <= empty_line.size() && input.starts_with(empty_line)) {
    input.erase(0, empty_line.size());
    scanned_ = 0;
  }
  const auto end = end_of_head(input, scanned_);
  if (!end) return refuse(400, "a head with a folded line, a control character or a line end that is none");
  if (*end > max_head || (*end == 0 && input.size() > max_head)) {
    return refuse(431, "a head that is too long");
  }
  if (*end == 0) return State::more;
  const State state = parse_head(std::string_view(input).substr(0, *end));
  input.erase(0, *end);
  return state;
}

WebRequestReader::State WebRequestReader::parse_head(std::string_view text) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(max_head);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(text.data(), text.size()), error);
  if (error && error != http::error::need_more) return refuse(status_of(error, text), words_of(error));
  if (!parser.is_header_done()) return refuse(400, "not HTTP");
  const Head& head = parser.get();
  if (std::distance(head.begin(), head.end()) > max_fields) return refuse(431, "too many fields");
  if (const auto problem = framing_problem(head); !problem.empty()) return refuse(400, problem);
  if (!read_target(text_of(head.target()), request_)) return refuse(400, "a bad request target");
  const auto expectation = head[http::field::expect];
  const bool expects = boost::beast::iequals(expectation, "100-continue");
  if (!expectation.empty() && !expects) return refuse(417, "an expectation that is not 100-continue");
  read_fields(head, request_);
  request_.keep_alive = parser.keep_alive();
  continue_ = expects && !request_.old_version;
  const bool chunked = head.count(http::field::transfer_encoding) != 0;
  const auto length = static_cast<std::size_t>(parser.content_length().value_or(0));
  body_ = chunked ? WebBodyReader::of_chunks() : WebBodyReader::of_length(length);
  return State::complete;
}

bool WebRequestReader::take_continue() {
  return std::exchange(continue_, false);
}

void WebRequestReader::reset() {
  *this = WebRequestReader{};
}

}  // namespace cpaas
