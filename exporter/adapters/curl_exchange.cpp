#include "exporter/adapters/curl_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "exporter/adapters/curl_errors.h"
#include "exporter/core/trimmed.h"

namespace cpaas {
namespace {

constexpr std::size_t max_header_bytes = 65'536;
constexpr std::size_t max_headers = 100;

bool has_prefix(std::string_view text, std::string_view prefix) {
  return std::equal(prefix.begin(), prefix.end(), text.begin(),
                    text.begin() + std::min(text.size(), prefix.size()),
                    [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool one_header_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

CurlExchange::CurlExchange(const CurlLibrary& curl, CURL* easy, Transport::Id id, HttpRequest request)
    : curl_(curl), easy_(easy), id_(id), request_(std::move(request)), headers_(nullptr, FreeList{&curl}) {}

template <class Value>
void CurlExchange::set(CURLoption option, Value value) {
  const CURLcode code = curl_.easy_setopt(easy_, option, value);
  if (setup_ == CURLE_OK) setup_ = code;
}

std::optional<Error> CurlExchange::unfit() const {
  if (!has_prefix(request_.url, "http://") && !has_prefix(request_.url, "https://")) {
    return Error{Reason::internal, fmt::format("{}: not an http or https URL", shown_url(request_.url))};
  }
  return std::nullopt;
}

std::optional<Error> CurlExchange::prepare(const ExchangeDefaults& defaults) {
  if (auto error = unfit()) return error;
  set(CURLOPT_URL, request_.url.c_str());
  set_method();
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Requests to one HTTP/2 server share its connection instead of racing to open many.
  set(CURLOPT_PIPEWAIT, has_prefix(request_.url, "https://") ? 1L : 0L);
  set(CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl can decode
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NOPROGRESS, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  // Without it, giving up on a request waits for its name to resolve, and all others wait with it.
  set(CURLOPT_QUICK_EXIT, 1L);
  set_limits(defaults.connect_timeout);
  set_connection(defaults.authority_folder);
  set_callbacks();
  if (auto error = set_headers()) return error;
  if (setup_ != CURLE_OK) return failure(setup_);
  return std::nullopt;
}

void CurlExchange::set_method() {
  if (!request_.body) {
    set(CURLOPT_HTTPGET, 1L);
    return;
  }
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
  set(CURLOPT_POSTFIELDS, request_.body->c_str());  // not copied: the request lives as long as the exchange
}

void CurlExchange::set_limits(Duration connect_timeout) {
  const Duration whole = std::max(request_.timeout, Duration{1});  // 0 would mean: for ever
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(whole.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::clamp(connect_timeout, Duration{1}, whole).count()));
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.max_body));
}

void CurlExchange::set_connection(const char* authority_folder) {
  static const ConnectionSettings defaults;
  const ConnectionSettings& connection = request_.connection ? *request_.connection : defaults;
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_PROXY, connection.proxy_url.reveal().c_str());  // empty: not even the environment's
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set_authorities(connection.ca_file, authority_folder);
  if (!connection.certificate_file.empty()) set(CURLOPT_SSLCERT, connection.certificate_file.c_str());
  if (!connection.key_file.empty()) set(CURLOPT_SSLKEY, connection.key_file.c_str());
}

// A folder or a file, never both: libcurl parses a file once for all connections only if there is no folder
// beside it.
void CurlExchange::set_authorities(const std::string& ca_file, const char* default_folder) {
  const bool use_folder = ca_file.empty() && default_folder != nullptr;
  set(CURLOPT_CAPATH, use_folder ? default_folder : nullptr);
  if (use_folder) set(CURLOPT_CAINFO, nullptr);
  if (!ca_file.empty()) set(CURLOPT_CAINFO, ca_file.c_str());
}

void CurlExchange::set_callbacks() {
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, detail_.data());
  set(CURLOPT_HEADERFUNCTION, &CurlExchange::header_arrived);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &CurlExchange::body_arrived);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  if (!tunnels()) return;
  set(CURLOPT_VERBOSE, 1L);  // without it nothing is told
  set(CURLOPT_DEBUGFUNCTION, &CurlExchange::something_told);
  set(CURLOPT_DEBUGDATA, static_cast<void*>(this));
}

// Through a proxy that is asked to CONNECT.
bool CurlExchange::tunnels() const {
  return request_.url.starts_with("https:") && request_.connection && !request_.connection->proxy_url.empty();
}

// libcurl 7.88 tells of a connection to the proxy, 8.14 only when the tunnel is there.
int CurlExchange::something_told(CURL* /*easy*/, curl_infotype type, char* /*data*/, std::size_t /*size*/,
                                 void* self) {
  if (type == CURLINFO_HEADER_OUT) static_cast<CurlExchange*>(self)->asked_proxy_ = true;
  return 0;
}

bool CurlExchange::add_header(const std::string& line) {
  curl_slist* longer = curl_.slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) return false;
  headers_.release();  // NOLINT(bugprone-unused-return-value): `longer` begins with it
  headers_.reset(longer);
  return true;
}

std::optional<Error> CurlExchange::set_headers() {
  set(CURLOPT_USERAGENT, "cpaas_exporter/" CPAAS_VERSION);
  for (const Header& header : request_.headers) {
    const std::string& value = header.value.reveal();
    if (!one_header_line(header.name) || !one_header_line(value)) {
      return Error{Reason::internal,
                   fmt::format("{}: a request header holds a line break", shown_url(request_.url))};
    }
    // "Name;" is libcurl's way to send a header without a value.
    if (!add_header(value.empty() ? header.name + ";" : header.name + ": " + value)) {
      return Error{Reason::internal, "out of memory"};
    }
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
  return std::nullopt;
}

std::size_t CurlExchange::header_arrived(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<CurlExchange*>(self)->take_header(line) ? line.size() : 0;
}

std::size_t CurlExchange::body_arrived(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view part(data, size * count);
  return static_cast<CurlExchange*>(self)->take_body(part) ? part.size() : 0;
}

// False, so that libcurl stops.
bool CurlExchange::refuse(std::string what) {
  refused_ = Error{Reason::too_large, fmt::format("{}: {}", shown_url(request_.url), what)};
  return false;
}

bool CurlExchange::refuse_body() {
  return refuse(fmt::format("the body is over {} bytes", request_.max_body));
}

bool CurlExchange::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > max_header_bytes || response_.headers.size() >= max_headers) {
    return refuse("the response has too many headers");
  }
  if (has_prefix(line, "http/")) {  // the one before, if any, was an interim response
    response_.headers.clear();
    head_complete_ = false;
  }
  if (trimmed(line).empty()) head_complete_ = true;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !response_.body.empty()) return true;  // after the body: trailers
  response_.headers.insert_or_assign(lower(line.substr(0, colon)),
                                     std::string(trimmed(line.substr(colon + 1))));
  return true;
}

bool CurlExchange::take_body(std::string_view part) {
  if (part.size() > request_.max_body - response_.body.size()) {
    return refuse_body();
  }
  response_.body.append(part);
  return true;
}

long CurlExchange::number(CURLINFO info) const {
  long value = 0;
  curl_.easy_getinfo(easy_, info, &value);
  return value;
}

Error CurlExchange::failure(CURLcode code) const {
  // Not the time before the transfer, which 8.22 gives for a connection that never was.
  curl_off_t connected = 0;
  curl_.easy_getinfo(easy_, CURLINFO_CONNECT_TIME_T, &connected);
  return describe(curl_, {.code = code,
                          .url = request_.url,
                          .detail = detail_.data(),
                          .os_errno = static_cast<int>(number(CURLINFO_OS_ERRNO)),
                          .reached = asked_proxy_ || number(CURLINFO_LOCAL_PORT) > 0,
                          // What a tunnel's request has sent may have been for the proxy.
                          .connected = connected > 0 || (!tunnels() && number(CURLINFO_REQUEST_SIZE) > 0),
                          .proxy = request_.connection ? request_.connection->proxy_url.reveal() : "",
                          .proxy_status = code == CURLE_OK ? 0 : number(CURLINFO_HTTP_CONNECTCODE),
                          .timeout = request_.timeout});
}

Result<HttpResponse> CurlExchange::finish(CURLcode code) {
  // libcurl's ways to say that a line of the head is over its own limit of 100 kB; the first one until 8.5.
  if (code == CURLE_OUT_OF_MEMORY || code == curle_too_large) refuse("the response has too many headers");
  if (code == CURLE_FILESIZE_EXCEEDED) refuse_body();  // as announced or, since 8.4, on the way
  if (refused_) return tl::unexpected(*std::move(refused_));
  if (code == CURLE_OK && !head_complete_) code = CURLE_PARTIAL_FILE;  // libcurl does not mind
  if (code != CURLE_OK) return tl::unexpected(failure(code));
  response_.status = static_cast<int>(number(CURLINFO_RESPONSE_CODE));
  return std::move(response_);
}

}  // namespace cpaas
