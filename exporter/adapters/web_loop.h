// The inside of the web server: the event loop, what its connections share, and who gets in.
#pragma once

#include <utility>  // Boost 1.74 needs it and does not say so

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <array>
#include <list>
#include <memory>
#include <optional>

#include "exporter/adapters/web_server.h"
#include "exporter/core/log_pace.h"

namespace cpaas {

class WebConnection;

// All members but start_stopping() and guard() are for the loop's own thread.
class WebLoop {
 public:
  WebLoop(WebHandler handler, Log log, WebServerOptions options);
  ~WebLoop();
  WebLoop(const WebLoop&) = delete;
  WebLoop& operator=(const WebLoop&) = delete;

  void listen(WebListener listener);                  // before run()
  void run();                                         // until it has stopped
  void start_stopping();                              // from any thread
  void guard(std::shared_ptr<const WebGuard> guard);  // from any thread

  // --- for connections

  boost::asio::io_context& io() { return io_; }
  const WebServerOptions& options() const { return options_; }
  bool stopping() const { return stopping_; }
  std::array<char, 16 * 1024>& buffer() { return buffer_; }  // for one read
  // Answers now, or soon, on another thread; `done` is called on the loop's thread.
  using Done = std::function<void(WebResponse)>;
  void answer(const WebRequest& request, bool health, Done done);
  // One line a minute at most.
  void log_refused(std::string_view problem);

  using Members = std::list<WebConnection*>;
  Members::iterator add(WebConnection& connection);
  void remove(Members::iterator member);
  Members& idle() { return idle_; }  // those between requests, longest first

 private:
  struct Door {
    Door(boost::asio::io_context& io, WebListener from) : listener(std::move(from)), socket(io) {}
    WebListener listener;
    boost::asio::posix::stream_descriptor socket;
    std::size_t inside = 0;  // connections that came in here
  };
  void await(Door& door);
  void accept_some(Door& door);
  void admit(Door& door, FileDescriptor socket);
  void rest(Door& door);
  bool close_longest_idle();
  void stop();
  void stop_when_empty();
  WebResponse call_handler(const WebRequest& request) const;
  void serve(const WebRequest& request, Done done);
  void ask_for_login(const WebRequest& request, std::shared_ptr<WebLogin> login, Done done);
  void refuse_later(Done done);

  WebHandler handler_;
  Log log_;
  WebServerOptions options_;
  Members members_;
  Members idle_;
  std::array<char, 16 * 1024> buffer_{};
  LogPace refused_;
  bool stopping_ = false;
  std::size_t logins_ = 0;  // that wait for bcrypt
  boost::asio::io_context io_{1};
  std::list<Door> doors_;
  boost::asio::steady_timer rest_{io_};
  boost::asio::steady_timer last_moment_{io_};
  // Each since it was first needed.
  std::unique_ptr<boost::asio::thread_pool> slow_thread_;
  std::unique_ptr<boost::asio::thread_pool> login_thread_;
};

}  // namespace cpaas
