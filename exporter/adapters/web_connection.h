// One client's connection: requests in, answers out, deadlines.
#pragma once

#include <utility>  // Boost 1.74 needs it and does not say so

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <string>

#include "exporter/adapters/web_loop.h"
#include "exporter/adapters/web_request_reader.h"
#include "exporter/adapters/web_stream.h"

namespace cpaas {

// Keeps itself alive while it waits for something. For the loop's thread.
class WebConnection : public std::enable_shared_from_this<WebConnection> {
 public:
  struct Origin {
    bool health = false;
    bool turned_away = false;  // no room: is told so whatever it asks
    bool encrypted = false;
  };

  WebConnection(WebLoop& loop, FileDescriptor socket, std::unique_ptr<WebStream> stream, Origin origin);
  ~WebConnection();
  WebConnection(const WebConnection&) = delete;
  WebConnection& operator=(const WebConnection&) = delete;

  void start();
  // Ends it unless it is being answered; then its answer will be the last.
  void stop();
  // Ends it at once, whatever it is doing.
  void close();

 private:
  // idle: between requests. reading: a part of one is there. answering: the handler has it. sending: the
  // answer is on its way. parting: all is said; what still comes is thrown away, since closing with unread
  // bytes would be a reset and might take the answer with it.
  enum class Phase : std::uint8_t { idle, reading, answering, sending, parting, closed };
  using Clock = std::chrono::steady_clock;

  void step();
  bool step_once();  // false if there is something to wait for
  bool read_request();
  bool receive();
  bool throw_away();
  bool send();
  void answer();
  void send_refusal(int status, std::string_view text);
  void send_response(WebResponse response, bool with_body);
  void sent();
  void enter(Phase phase, Duration at_most);
  void expired();
  void await(boost::asio::posix::stream_descriptor::wait_type event);
  bool await(const Moved& moved);  // always false
  void arm();

  WebLoop& loop_;
  WebLoop::Members::iterator member_;
  WebLoop::Members::iterator in_idle_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<WebStream> stream_;
  Origin origin_;
  Phase phase_ = Phase::closed;
  bool keep_ = true;  // open after this answer
  bool timer_runs_ = false;
  bool stepping_ = false;
  Clock::time_point deadline_{};
  std::string input_;
  WebRequestReader reader_;
  std::string head_;  // of the answer, and all of a small one
  std::shared_ptr<const std::string> body_;
  std::size_t sent_ = 0;  // of both
  std::size_t thrown_away_ = 0;
};

}  // namespace cpaas
