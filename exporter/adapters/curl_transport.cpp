#include "exporter/adapters/curl_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace cpaas {
namespace {

constexpr std::size_t max_idle_handles = 64;  // a handle takes some 6 KiB
constexpr Duration longest_poll{60'000};
constexpr const char* system_authorities = "/etc/ssl/certs";

// From the folder only those authorities are read that a server's chain needs; the file beside it, with all
// 140 of them, would cost a megabyte and 30 ms of computing.
const char* authority_folder() {
  std::error_code error;
  const std::filesystem::directory_iterator folder(system_authorities, error);
  const bool hashed = std::ranges::any_of(begin(folder), end(folder),
                                          [](const auto& file) { return file.path().extension() == ".0"; });
  return hashed ? system_authorities : nullptr;
}

}  // namespace

Result<std::unique_ptr<CurlTransport>> CurlTransport::create(const CurlLibrary& curl,
                                                             TransportOptions options) {
  CURLM* multi = curl.multi_init();
  if (multi == nullptr) return fail(Reason::internal, "libcurl gives no multi handle");
  const auto connections = static_cast<long>(options.max_connections);
  curl.multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
  curl.multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
  return std::unique_ptr<CurlTransport>(new CurlTransport(curl, multi, options));
}

CurlTransport::CurlTransport(const CurlLibrary& curl, CURLM* multi, const TransportOptions& options)
    : curl_(curl), multi_(multi), defaults_{options.connect_timeout, authority_folder()} {}

CurlTransport::~CurlTransport() {
  for (const auto& [id, exchange] : in_flight_) {
    curl_.multi_remove_handle(multi_, exchange->easy());
    curl_.easy_cleanup(exchange->easy());
  }
  for (CURL* easy : idle_) curl_.easy_cleanup(easy);
  curl_.multi_cleanup(multi_);
}

CURL* CurlTransport::fresh_handle() {
  if (idle_.empty()) return curl_.easy_init();
  CURL* easy = idle_.back();
  idle_.pop_back();
  return easy;
}

void CurlTransport::retire(CURL* easy) {
  curl_.multi_remove_handle(multi_, easy);
  if (idle_.size() >= max_idle_handles) return curl_.easy_cleanup(easy);
  curl_.easy_reset(easy);
  idle_.push_back(easy);
}

void CurlTransport::start(Id id, HttpRequest request) {
  CURL* easy = fresh_handle();
  if (easy == nullptr) {
    ready_.push_back({id, fail(Reason::internal, "libcurl gives no handle")});
    return;
  }
  auto exchange = std::make_unique<CurlExchange>(curl_, easy, id, std::move(request));
  if (auto error = exchange->prepare(defaults_)) {
    ready_.push_back({id, tl::unexpected(*std::move(error))});
    return retire(easy);
  }
  if (const CURLMcode code = curl_.multi_add_handle(multi_, easy); code != CURLM_OK) {
    ready_.push_back(
        {id, fail(Reason::internal, fmt::format("libcurl refuses a request: {}", static_cast<int>(code)))});
    return retire(easy);
  }
  in_flight_.emplace(id, std::move(exchange));
}

std::unique_ptr<CurlExchange> CurlTransport::take(Id id) {
  auto node = in_flight_.extract(id);
  return node.empty() ? nullptr : std::move(node.mapped());
}

void CurlTransport::cancel(Id id) {
  std::erase_if(ready_, [id](const Completion& completion) { return completion.id == id; });
  const auto exchange = take(id);
  if (exchange) retire(exchange->easy());
}

void CurlTransport::complete(std::unique_ptr<CurlExchange> exchange, CURLcode code) {
  ready_.push_back({exchange->id(), exchange->finish(code)});
  retire(exchange->easy());
}

// Moves everything on that can move without waiting.
void CurlTransport::advance() {
  int running = 0;
  curl_.multi_perform(multi_, &running);
  int left = 0;
  while (const CURLMsg* message = curl_.multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message dies with the handle
    void* exchange = nullptr;
    curl_.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    complete(take(static_cast<CurlExchange*>(exchange)->id()), code);
  }
}

std::vector<Transport::Completion> CurlTransport::wait(Duration at_most) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  advance();
  while (ready_.empty() && !woken_.exchange(false)) {
    const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
    if (left <= Duration::zero()) break;
    curl_.multi_poll(multi_, nullptr, 0, static_cast<int>(std::min(left, longest_poll).count()), nullptr);
    advance();
  }
  return std::exchange(ready_, {});
}

void CurlTransport::wake() {
  woken_ = true;
  curl_.multi_wakeup(multi_);
}

}  // namespace cpaas
