#include "exporter/adapters/web_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "exporter/adapters/web_connection.h"
#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

using Event = boost::asio::posix::stream_descriptor;

WebResponse refusal(int status, const char* text) {
  return {.status = status, .body = std::make_shared<const std::string>(text)};
}

WebResponse unauthorized() {
  WebResponse response = refusal(401, "Unauthorized\n");
  response.headers.emplace_back("WWW-Authenticate", "Basic");
  return response;
}

bool is_probe(const WebRequest& request) {
  return request.method == "GET" && (request.path == "/-/healthy" || request.path == "/-/ready");
}

// A request whose texts are its own, for another thread.
struct OwnRequest {
  explicit OwnRequest(const WebRequest& request) : view(request) {
    std::size_t size = 0;
    for (const std::string_view* part : parts()) size += part->size();
    text.reserve(size);  // so that the views stay good
    for (std::string_view* part : parts()) {
      const std::size_t at = text.size();
      text.append(*part);
      *part = std::string_view(text).substr(at);
    }
  }
  std::array<std::string_view*, 10> parts() {
    return {&view.authorization,   &view.method, &view.path,   &view.query,      &view.accept,
            &view.accept_encoding, &view.host,   &view.origin, &view.fetch_site, &view.body};
  }
  std::string text;
  WebRequest view;
};

}  // namespace

WebLoop::WebLoop(WebHandler handler, Log log, WebServerOptions options)
    : handler_(std::move(handler)), log_(std::move(log)), options_(std::move(options)) {}

WebLoop::~WebLoop() {
  if (slow_thread_) slow_thread_->join();
  if (login_thread_) login_thread_->join();
  stopping_ = false;
  const std::vector<WebConnection*> all(members_.begin(), members_.end());
  for (WebConnection* each : all) each->close();
  io_.restart();
  io_.poll();  // what still waits learns that it is over, and lets go of its connection
}

// --- who gets in

void WebLoop::listen(WebListener listener) {
  Door& door = doors_.emplace_back(io_, std::move(listener));
  door.socket.assign(door.listener.socket.release());
  await(door);
}

void WebLoop::await(Door& door) {
  door.socket.async_wait(Event::wait_read, [this, &door](const boost::system::error_code& error) {
    if (!error) accept_some(door);
  });
}

void WebLoop::accept_some(Door& door) {
  constexpr int at_once = 64;  // then those that are inside have their turn
  for (int i = 0; i < at_once; ++i) {
    FileDescriptor socket(
        accept4(door.socket.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      admit(door, std::move(socket));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      if (!close_longest_idle()) return rest(door);
    } else if (errno == EAGAIN) {
      break;
    }
  }
  await(door);
}

// Out of descriptors, and nobody idle: the kernel keeps them waiting.
void WebLoop::rest(Door& door) {
  constexpr std::chrono::milliseconds pause{100};
  rest_.expires_after(pause);
  rest_.async_wait([this, &door](const boost::system::error_code& error) {
    if (!error) await(door);
  });
}

void WebLoop::admit(Door& door, FileDescriptor socket) {
  const int yes = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const std::size_t room = options_.max_connections * (door.listener.health ? 2 : 1);
  const bool full = members_.size() >= room && !close_longest_idle();
  const bool encrypted = !door.listener.health && options_.guard && options_.guard->tls;
  auto stream =
      encrypted ? options_.guard->tls->stream(socket.get()) : std::make_unique<PlainStream>(socket.get());
  const auto connection =
      std::make_shared<WebConnection>(*this, std::move(socket), std::move(stream),
                                      WebConnection::Origin{door.listener.health, full, encrypted});
  connection->start();
}

bool WebLoop::close_longest_idle() {
  if (idle_.empty()) return false;
  idle_.front()->close();
  return true;
}

WebLoop::Members::iterator WebLoop::add(WebConnection& connection) {
  return members_.insert(members_.end(), &connection);
}

void WebLoop::remove(Members::iterator member) {
  members_.erase(member);
  stop_when_empty();
}

// --- answers

WebResponse WebLoop::call_handler(const WebRequest& request) const {
  try {
    return handler_(request);
  } catch (...) {  // what it was may hold a secret
    log_(LogLevel::error, "a page failed", {{"path", one_line(request.path)}});
    return {.status = 500, .body = std::make_shared<const std::string>("Internal error\n")};
  }
}

void WebLoop::answer(const WebRequest& request, bool health, Done done) {
  if (health) return is_probe(request) ? serve(request, std::move(done)) : done(refusal(404, "Not found\n"));
  const auto& guard = options_.guard;
  if (!guard) return serve(request, std::move(done));
  if (!guard->headers.empty()) {
    done = [guard, then = std::move(done)](WebResponse response) {
      response.headers.insert(response.headers.end(), guard->headers.begin(), guard->headers.end());
      then(std::move(response));
    };
  }
  if (guard->limit && !guard->limit->allows(std::chrono::steady_clock::now())) {
    return done(refusal(429, "Too many requests\n"));
  }
  if (!guard->login) return serve(request, std::move(done));
  if (request.authorization.empty()) return done(unauthorized());
  if (guard->login->known(request.authorization)) return serve(request, std::move(done));
  ask_for_login(request, guard->login, std::move(done));
}

// On a thread of its own: bcrypt takes long, as it should. Those who guess wait in a short queue, and for
// their answer.
void WebLoop::ask_for_login(const WebRequest& request, std::shared_ptr<WebLogin> login, Done done) {
  constexpr std::size_t most = 16;
  if (logins_ >= most) return done(refusal(429, "Too many logins at a time\n"));
  ++logins_;
  if (!login_thread_) login_thread_ = std::make_unique<boost::asio::thread_pool>(1);
  auto own = std::make_shared<const OwnRequest>(request);
  boost::asio::post(*login_thread_, [this, own, login = std::move(login), done = std::move(done)]() mutable {
    const bool good = login->check(own->view.authorization);
    boost::asio::post(io_, [this, own, good, done = std::move(done)]() mutable {
      --logins_;
      if (good) return serve(own->view, std::move(done));
      refuse_later(std::move(done));
    });
  });
}

void WebLoop::refuse_later(Done done) {
  auto timer = std::make_shared<boost::asio::steady_timer>(io_, options_.refusal_delay);
  timer->async_wait(
      [timer, done = std::move(done)](const boost::system::error_code&) { done(unauthorized()); });
}

void WebLoop::guard(std::shared_ptr<const WebGuard> guard) {
  boost::asio::post(io_, [this, guard = std::move(guard)] {
    options_.guard = guard;
    const std::vector<WebConnection*> all(members_.begin(), members_.end());
    for (WebConnection* each : all) each->stop();
  });
}

void WebLoop::serve(const WebRequest& request, Done done) {
  if (!options_.slow || !options_.slow(request)) return done(call_handler(request));
  if (!slow_thread_) slow_thread_ = std::make_unique<boost::asio::thread_pool>(1);
  auto own = std::make_shared<const OwnRequest>(request);
  boost::asio::post(*slow_thread_, [this, own, done = std::move(done)]() mutable {
    boost::asio::post(io_, [response = call_handler(own->view), done = std::move(done)]() mutable {
      done(std::move(response));
    });
  });
}

void WebLoop::log_refused(std::string_view problem) {
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
  const auto not_logged = refused_.pass(now);
  if (!not_logged) return;
  log_(LogLevel::warn, "refused a request",
       {{"problem", std::string(problem)}, {"not_logged", std::to_string(*not_logged)}});
}

// --- the end

void WebLoop::run() {
  io_.run();
}

void WebLoop::start_stopping() {
  boost::asio::post(io_, [this] { stop(); });
}

void WebLoop::stop() {
  constexpr std::chrono::seconds at_most{1};
  stopping_ = true;
  rest_.cancel();
  for (Door& door : doors_) door.socket.close();
  const std::vector<WebConnection*> all(members_.begin(), members_.end());
  for (WebConnection* each : all) each->stop();
  last_moment_.expires_after(at_most);
  last_moment_.async_wait([this](const boost::system::error_code& error) {
    if (!error) io_.stop();
  });
  stop_when_empty();
}

void WebLoop::stop_when_empty() {
  if (stopping_ && members_.empty()) last_moment_.cancel();
}

}  // namespace cpaas
