#include "exporter/adapters/web_loop.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "exporter/adapters/http_message.h"
#include "exporter/adapters/listen_socket.h"
#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

using Phase = WebConnection::Phase;

constexpr std::int64_t closing_time = 1'000;   // ms, for a client to read its last response
constexpr int drain_tick = 10;                 // ms
constexpr int pause_without_descriptors = 10;  // ms

std::uint32_t events_for(WebConnection::Wants wants) {
  return (wants == WebConnection::Wants::to_write ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT;
}

std::int64_t sweep_interval(const WebServerOptions& options) {
  const Duration shortest =
      std::min({options.request_timeout, options.response_timeout, options.idle_timeout});
  return std::clamp<std::int64_t>(shortest.count() / 4, 10, 1'000);
}

}  // namespace

WebServer::Loop::Loop(std::vector<FileDescriptor> listeners, WebHandler handler, Log log,
                      const WebServerOptions& options)
    : handler_(std::move(handler)),
      guarded_([this](const WebRequest& request) { return answer(request); }),
      log_(std::move(log)),
      options_(options),
      sweep_interval_(sweep_interval(options)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      stop_event_(eventfd(0, EFD_CLOEXEC)),
      listeners_(std::move(listeners)) {}

bool WebServer::Loop::start() {
  if (!epoll_ || !stop_event_ || !watch(EPOLL_CTL_ADD, stop_event_.get(), EPOLLIN)) return false;
  for (const FileDescriptor& listener : listeners_) {
    if (!watch(EPOLL_CTL_ADD, listener.get(), EPOLLIN)) return false;
  }
  for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i)
    threads_.emplace_back([this] { run(); });
  return true;
}

// The event stays set, so that every thread sees it. Handlers that run are waited for.
WebServer::Loop::~Loop() {
  stopped_at_ = steady_milliseconds();
  for (const FileDescriptor& listener : listeners_) watch(EPOLL_CTL_DEL, listener.get(), 0);
  eventfd_write(stop_event_.get(), 1);
  for (std::thread& thread : threads_) thread.join();
  watch(EPOLL_CTL_DEL, stop_event_.get(), 0);
  finish_responses();
}

void WebServer::Loop::run() {
  WebWorker worker{guarded_};
  while (stopped_at_ == 0) wait_and_serve(worker, time_to_sweep());
}

void WebServer::Loop::wait_and_serve(WebWorker& worker, int timeout) {
  epoll_event event{};  // one: what else is ready is for the other threads
  if (epoll_wait(epoll_.get(), &event, 1, timeout) == 1) {
    const int socket = event.data.fd;
    if (is_listener(socket)) {
      accept_from(socket);
    } else if (socket != stop_event_.get()) {
      serve(socket, worker);
    }
  }
  sweep();
}

void WebServer::Loop::finish_responses() {
  WebWorker worker{guarded_};
  while (any_unsent()) wait_and_serve(worker, drain_tick);
}

bool WebServer::Loop::any_unsent() {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(
      connections_, [](const auto& each) { return each.second->progress().phase == Phase::response; });
}

// --- connections

bool WebServer::Loop::watch(int operation, int socket, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  return epoll_ctl(epoll_.get(), operation, socket, &event) == 0;
}

bool WebServer::Loop::is_listener(int socket) const {
  return std::ranges::any_of(listeners_,
                             [socket](const FileDescriptor& each) { return each.get() == socket; });
}

void WebServer::Loop::accept_from(int listener) {
  FileDescriptor socket(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const bool none_left = !socket && (errno == EMFILE || errno == ENFILE);
  const bool full = socket && admit(std::move(socket));
  if (none_left || full) make_room();
  // The waiting client keeps the listener ready; others may hold the descriptors.
  if (none_left) poll(nullptr, 0, pause_without_descriptors);
}

// True if that was one too many.
bool WebServer::Loop::admit(FileDescriptor socket) {
  const int number = socket.get();
  const std::lock_guard lock(mutex_);
  connections_.emplace(number, std::make_unique<WebConnection>(std::move(socket)));
  watch(EPOLL_CTL_ADD, number, events_for(WebConnection::Wants::to_read));
  return connections_.size() > options_.max_connections;
}

// Ends the connection that has been waiting for its client longest.
void WebServer::Loop::make_room() {
  const std::lock_guard lock(mutex_);
  WebConnection* longest = nullptr;
  std::int64_t since = std::numeric_limits<std::int64_t>::max();
  for (const auto& [socket, connection] : connections_) {
    const auto progress = connection->progress();
    const bool waiting = progress.phase == Phase::request || progress.phase == Phase::idle;
    if (!waiting || progress.since >= since) continue;
    longest = connection.get();
    since = progress.since;
  }
  if (longest != nullptr) longest->cut();
}

WebConnection* WebServer::Loop::find(int socket) {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(socket);
  return found == connections_.end() ? nullptr : found->second.get();
}

void WebServer::Loop::close(int socket) {
  std::unique_lock lock(mutex_);
  const auto connection = connections_.extract(socket);
  lock.unlock();  // what it holds is freed, and its socket closed, without the lock
}

void WebServer::Loop::serve(int socket, WebWorker& worker) {
  WebConnection* connection = find(socket);
  if (connection == nullptr) return;
  // Once stopped, only responses are finished; whoever still waits is dropped with the table.
  if (stopped_at_ != 0 && connection->progress().phase != Phase::response) return;
  const auto wants = connection->serve(worker);
  if (wants == WebConnection::Wants::to_close) return close(socket);
  watch(EPOLL_CTL_MOD, socket, events_for(wants));  // from here on it may be another thread's
}

WebResponse WebServer::Loop::answer(const WebRequest& request) const {
  try {
    return handler_(request);
  } catch (...) {  // whatever it was, it must end neither the thread nor the program
    log_(LogLevel::error, "a page failed", {{"path", one_line(request.path)}});
    return plain_response(500);
  }
}

std::vector<std::uint16_t> WebServer::Loop::ports() const {
  std::vector<std::uint16_t> result;
  for (const FileDescriptor& listener : listeners_) result.push_back(port_of(listener));
  return result;
}

// --- time-outs

// For epoll_wait(): an idle server never wakes up.
int WebServer::Loop::time_to_sweep() {
  const std::lock_guard lock(mutex_);
  return connections_.empty() ? -1 : static_cast<int>(sweep_interval_);
}

void WebServer::Loop::sweep() {
  const std::int64_t now = steady_milliseconds();
  std::int64_t due = next_sweep_;
  if (now < due || !next_sweep_.compare_exchange_strong(due, now + sweep_interval_)) return;
  const std::lock_guard lock(mutex_);
  for (const auto& [socket, connection] : connections_) {
    if (overdue(connection->progress())) connection->cut();
  }
}

bool WebServer::Loop::overdue(const WebConnection::Progress& progress) const {
  return steady_milliseconds() - std::max<std::int64_t>(progress.since, stopped_at_) > limit(progress.phase);
}

std::int64_t WebServer::Loop::limit(Phase phase) const {
  switch (phase) {
    case Phase::request:
      return options_.request_timeout.count();
    case Phase::idle:
      return options_.idle_timeout.count();
    case Phase::response:
      return stopped_at_ == 0 ? options_.response_timeout.count() : closing_time;
    case Phase::closing:
      return closing_time;
    case Phase::handling:
      break;
  }
  return std::numeric_limits<std::int64_t>::max();
}

}  // namespace cpaas
