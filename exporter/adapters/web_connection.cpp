#include "exporter/adapters/web_connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "exporter/core/calendar.h"

namespace cpaas {
namespace {

constexpr unsigned phase_bits = 3;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

iovec part(std::string_view text, std::size_t from) {
  return {const_cast<char*>(text.data() + from), text.size() - from};
}

}  // namespace

std::int64_t steady_milliseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string_view WebWorker::date_now() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t second = std::chrono::system_clock::to_time_t(now);
  if (second != date_second) {
    date = format_http_date(std::chrono::floor<Duration>(now));
    date_second = second;
  }
  return date;
}

WebConnection::WebConnection(FileDescriptor socket) : socket_(std::move(socket)) {
  enter(Phase::request);
}

void WebConnection::enter(Phase phase) {
  progress_ =
      (static_cast<std::uint64_t>(steady_milliseconds()) << phase_bits) | static_cast<std::uint64_t>(phase);
}

WebConnection::Progress WebConnection::progress() const {
  const std::uint64_t both = progress_;
  return {static_cast<Phase>(both & ((1U << phase_bits) - 1)), static_cast<std::int64_t>(both >> phase_bits)};
}

void WebConnection::cut() {
  shutdown(socket_.get(), SHUT_RDWR);
  enter(Phase::closing);
}

WebConnection::Wants WebConnection::serve(WebWorker& worker) {
  switch (progress().phase) {
    case Phase::response:
      if (!send_more()) return broken_ ? Wants::to_close : Wants::to_write;
      return after_sending(std::exchange(received_, {}), worker);
    case Phase::closing:
      return drop_rest(worker);
    default:
      return read(worker);
  }
}

// Into the thread's buffer, behind what had come before: a connection holds memory only for a request that is
// underway.
WebConnection::Wants WebConnection::read(WebWorker& worker) {
  std::copy(received_.begin(), received_.end(), worker.buffer.begin());
  const std::size_t before = received_.size();
  const ssize_t count = recv(socket(), worker.buffer.data() + before, worker.buffer.size() - before, 0);
  if (count < 0 && would_block(errno)) return Wants::to_read;
  if (count <= 0) return Wants::to_close;
  if (progress().phase == Phase::idle) enter(Phase::request);
  received_.clear();
  return answer_all({worker.buffer.data(), before + static_cast<std::size_t>(count)}, worker);
}

WebConnection::Wants WebConnection::answer_all(std::string_view received, WebWorker& worker) {
  while (!received.empty()) {
    const ParsedHead parsed = parse_request_head(received);
    const std::size_t size = parsed.head.size + parsed.head.body_size;
    if (parsed.state == HeadState::incomplete || received.size() < size) return keep(received);
    answer(parsed, worker);
    received.remove_prefix(size);
    if (!send_more()) {
      received_ = received;
      return broken_ ? Wants::to_close : Wants::to_write;
    }
    if (!keep_alive_) return after_sending({}, worker);
  }
  return keep(received);
}

WebConnection::Wants WebConnection::keep(std::string_view received) {
  received_ = received;
  if (received.empty()) {
    enter(Phase::idle);
  } else if (progress().phase != Phase::request) {
    enter(Phase::request);
  }
  return Wants::to_read;
}

void WebConnection::answer(const ParsedHead& parsed, WebWorker& worker) {
  enter(Phase::handling);
  const RequestHead& head = parsed.head;
  const std::string_view method = head.request.method;
  if (parsed.state == HeadState::refused) {
    set_response(plain_response(parsed.refusal), head, false, worker);
  } else if (method != "GET" && method != "HEAD" && method != "POST") {
    WebResponse response = plain_response(405);
    response.headers.emplace_back("Allow", "GET, HEAD, POST");
    set_response(response, head, head.keep_alive, worker);
  } else {
    WebRequest request = head.request;
    if (method == "HEAD") request.method = "GET";
    set_response(worker.handler(request), head, head.keep_alive, worker);
  }
  enter(Phase::response);
}

void WebConnection::set_response(const WebResponse& response, const RequestHead& request, bool keep_alive,
                                 WebWorker& worker) {
  head_ = response_head(response, worker.date_now(), request, keep_alive);
  const bool without_body =
      request.request.method == "HEAD" || response.status == 204 || response.status == 304;
  body_ = without_body ? nullptr : response.body;
  sent_ = 0;
  keep_alive_ = keep_alive;
}

// Head and body in one call, without copying either. True when all is sent.
bool WebConnection::send_more() {
  const std::string_view body = body_ ? std::string_view(*body_) : std::string_view();
  while (sent_ < head_.size() + body.size()) {
    const std::size_t of_head = std::min(sent_, head_.size());
    std::array parts{part(head_, of_head), part(body, sent_ - of_head)};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t count = sendmsg(socket(), &message, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      broken_ = !would_block(errno);
      return false;
    }
    sent_ += static_cast<std::size_t>(count);
  }
  body_ = nullptr;
  return true;
}

WebConnection::Wants WebConnection::after_sending(std::string_view rest, WebWorker& worker) {
  if (keep_alive_) return answer_all(rest, worker);
  // Closing with unread bytes would reset the connection and might take the response with it.
  shutdown(socket(), SHUT_WR);
  enter(Phase::closing);
  return drop_rest(worker);
}

WebConnection::Wants WebConnection::drop_rest(WebWorker& worker) {
  const ssize_t count = recv(socket(), worker.buffer.data(), worker.buffer.size(), 0);
  return count > 0 || (count < 0 && would_block(errno)) ? Wants::to_read : Wants::to_close;
}

}  // namespace cpaas
