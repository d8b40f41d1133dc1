#include "exporter/adapters/web_connection.h"

#include <boost/asio/post.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>

namespace cpaas {
namespace {

using Event = boost::asio::posix::stream_descriptor;

constexpr Duration parting_time{2'000};
constexpr std::size_t most_thrown_away = 1024 * 1024;
constexpr std::size_t small_body = 16 * 1024;  // goes out with its head
constexpr int steps_in_a_row = 64;             // then others have their turn

WebRequest view(const ReadRequest& request) {
  return {.method = request.method == "HEAD" ? std::string_view("GET") : request.method,
          .path = request.path,
          .query = request.query,
          .accept = request.accept,
          .accept_encoding = request.accept_encoding,
          .host = request.host,
          .origin = request.origin,
          .fetch_site = request.fetch_site,
          .authorization = request.authorization,
          .body = request.body};
}

std::string_view phrase_of(int status) {
  const auto text =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

std::string head_of(const WebResponse& response, std::size_t size, bool keep, bool old_version) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(phrase_of(response.status)).append("\r\nContent-Type: ").append(response.content_type);
  if (response.status != 204) head.append("\r\nContent-Length: ").append(std::to_string(size));
  if (response.gzipped) head += "\r\nContent-Encoding: gzip";
  if (!keep) head += "\r\nConnection: close";
  if (keep && old_version) head += "\r\nConnection: keep-alive";
  for (const auto& [name, value] : response.headers) {
    if (value.find_first_of("\r\n") != std::string::npos) continue;  // would begin another header
    head.append("\r\n").append(name).append(": ").append(value);
  }
  constexpr std::string_view sniffing = "X-Content-Type-Options";
  const bool said =
      std::ranges::any_of(response.headers, [&](const auto& each) { return each.first == sniffing; });
  if (!said) head.append("\r\n").append(sniffing).append(": nosniff");
  return head += "\r\n\r\n";
}

std::shared_ptr<const std::string> text_body(std::string_view text) {
  return std::make_shared<const std::string>(std::string(text) + "\n");
}

// A client that takes a large page slowly has its time, one that takes nothing has not.
Duration time_to_take(Duration at_least, std::size_t size) {
  constexpr std::size_t bytes_in_a_millisecond = 100;
  return at_least + Duration(static_cast<Duration::rep>(size / bytes_in_a_millisecond));
}

}  // namespace

WebConnection::WebConnection(WebLoop& loop, FileDescriptor socket, std::unique_ptr<WebStream> stream,
                             Origin origin)
    : loop_(loop),
      member_(loop.add(*this)),
      socket_(loop.io(), socket.release()),
      timer_(loop.io()),
      stream_(std::move(stream)),
      origin_(origin) {}

WebConnection::~WebConnection() {
  if (phase_ == Phase::idle) loop_.idle().erase(in_idle_);
  loop_.remove(member_);
}

void WebConnection::start() {
  // A handshake is not to be seen from here; it and the first request have the time of a request.
  enter(Phase::idle, origin_.encrypted ? loop_.options().request_timeout : loop_.options().idle_timeout);
  if (origin_.turned_away) {
    keep_ = false;
    send_refusal(503, "Too many connections");
  }
  step();
}

void WebConnection::stop() {
  keep_ = false;
  if (phase_ != Phase::answering && phase_ != Phase::sending) close();
}

void WebConnection::close() {
  enter(Phase::closed, {});
  timer_.cancel();
  socket_.close();
}

void WebConnection::step() {
  if (stepping_) return;  // an answer that came at once: the step that asked for it goes on
  stepping_ = true;
  int left = steps_in_a_row;
  while (left > 0 && phase_ != Phase::closed && step_once()) --left;
  stepping_ = false;
  if (left > 0) return;
  boost::asio::post(loop_.io(), [self = shared_from_this()] { self->step(); });
}

bool WebConnection::step_once() {
  switch (phase_) {
    case Phase::idle:
    case Phase::reading:
      return read_request();
    case Phase::sending:
      return send();
    case Phase::parting:
      return throw_away();
    case Phase::answering:
    case Phase::closed:
      return false;
  }
  return false;
}

// --- in

bool WebConnection::read_request() {
  if (input_.empty()) return receive();
  switch (reader_.read(input_)) {
    case WebRequestReader::State::complete:
      answer();
      return true;
    case WebRequestReader::State::refused:
      loop_.log_refused(reader_.problem());
      send_refusal(reader_.status(), phrase_of(reader_.status()));
      return true;
    case WebRequestReader::State::more:
      break;
  }
  if (phase_ == Phase::idle) enter(Phase::reading, loop_.options().request_timeout);
  if (reader_.take_continue()) stream_->write("HTTP/1.1 100 Continue\r\n\r\n", "");
  return receive();
}

bool WebConnection::receive() {
  const Moved moved = stream_->read(loop_.buffer().data(), loop_.buffer().size());
  if (moved.kind != Moved::Kind::bytes) return await(moved);
  input_.append(loop_.buffer().data(), moved.count);
  return true;
}

bool WebConnection::throw_away() {
  const Moved moved = stream_->read(loop_.buffer().data(), loop_.buffer().size());
  if (moved.kind != Moved::Kind::bytes) {
    if (loop_.stopping()) close();
    return phase_ != Phase::closed && await(moved);
  }
  thrown_away_ += moved.count;
  if (thrown_away_ > most_thrown_away) close();
  return true;
}

// --- out

void WebConnection::answer() {
  const ReadRequest& request = reader_.request();
  keep_ = keep_ && request.keep_alive;
  enter(Phase::answering, {});
  loop_.answer(view(request), origin_.health, [self = shared_from_this()](WebResponse response) {
    if (self->phase_ != Phase::answering) return;
    self->send_response(std::move(response), self->reader_.request().method != "HEAD");
    self->step();
  });
}

void WebConnection::send_refusal(int status, std::string_view text) {
  keep_ = false;
  send_response({.status = status, .body = text_body(text)}, true);
}

void WebConnection::send_response(WebResponse response, bool with_body) {
  const std::size_t size = response.body ? response.body->size() : 0;
  head_ = head_of(response, size, keep_, reader_.request().old_version);
  body_ = with_body ? std::move(response.body) : nullptr;
  if (size < small_body && body_ != nullptr) {
    head_ += *body_;
    body_.reset();
  }
  sent_ = 0;
  enter(Phase::sending, time_to_take(loop_.options().response_timeout, size));
}

bool WebConnection::send() {
  const std::string_view body = body_ ? std::string_view(*body_) : std::string_view{};
  if (sent_ == head_.size() + body.size()) {
    sent();
    return true;
  }
  const std::size_t of_head = std::min(sent_, head_.size());
  const Moved moved = stream_->write(std::string_view(head_).substr(of_head), body.substr(sent_ - of_head));
  if (moved.kind != Moved::Kind::bytes) return await(moved);
  sent_ += moved.count;
  return true;
}

void WebConnection::sent() {
  head_.clear();
  body_.reset();
  reader_.reset();
  if (keep_) return enter(Phase::idle, loop_.options().idle_timeout);
  stream_->end_of_output();
  enter(Phase::parting, parting_time);
}

// --- waiting

void WebConnection::enter(Phase phase, Duration at_most) {
  if (phase_ == Phase::idle) loop_.idle().erase(in_idle_);
  phase_ = phase;
  if (phase == Phase::idle) in_idle_ = loop_.idle().insert(loop_.idle().end(), this);
  deadline_ =
      phase == Phase::answering || phase == Phase::closed ? Clock::time_point::max() : Clock::now() + at_most;
}

bool WebConnection::await(const Moved& moved) {
  if (moved.kind == Moved::Kind::over) {
    close();
  } else {
    await(moved.kind == Moved::Kind::wait_to_read ? Event::wait_read : Event::wait_write);
  }
  return false;
}

void WebConnection::await(Event::wait_type event) {
  if (!timer_runs_ || timer_.expiry() > deadline_) arm();
  socket_.async_wait(event, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->step();
  });
}

// A deadline that moves on, as it does with every request, leaves the timer as it is: it looks again then.
void WebConnection::arm() {
  timer_runs_ = true;
  timer_.expires_at(deadline_);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self) self->expired();
  });
}

void WebConnection::expired() {
  timer_runs_ = false;
  if (phase_ == Phase::closed || phase_ == Phase::answering) return;
  if (Clock::now() < deadline_) return arm();
  if (phase_ != Phase::reading) return close();
  send_refusal(408, "Request timeout");
  socket_.cancel();
  step();
}

}  // namespace cpaas
