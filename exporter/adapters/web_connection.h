// One client of the web server: reads requests, has them answered, writes the responses. Never blocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "exporter/adapters/file_descriptor.h"
#include "exporter/adapters/http_message.h"
#include "exporter/adapters/web_server.h"

namespace cpaas {

// What a thread lends to the connections that it serves.
struct WebWorker {
  const WebHandler& handler;  // must not throw
  std::vector<char> buffer = std::vector<char>(max_request_head + max_request_body);
  std::time_t date_second = 0;
  std::string date{};  // of that second, for the Date header

  std::string_view date_now();
};

// One thread at a time may call serve(); progress() and cut() are for any.
class WebConnection {
 public:
  enum class Wants : std::uint8_t { to_read, to_write, to_close };

  // What the connection is at, so that its time-outs can be told apart.
  enum class Phase : std::uint8_t {
    request,  // before a request's last byte; for the first request from the start, later from its first byte
    idle,     // between requests
    handling,  // the handler runs
    response,  // the client takes the response
    closing,   // the response is sent; what the client still sends is dropped, so that it can read the
               // response
  };
  struct Progress {
    Phase phase;
    std::int64_t since;  // milliseconds of the steady clock
  };

  explicit WebConnection(FileDescriptor socket);

  // Goes on after the socket became ready; says what to wait for next.
  Wants serve(WebWorker& worker);
  Progress progress() const;
  // Makes the socket ready, and the next serve() want to close.
  void cut();

  int socket() const { return socket_.get(); }

 private:
  void enter(Phase phase);
  Wants read(WebWorker& worker);
  Wants answer_all(std::string_view received, WebWorker& worker);
  void answer(const ParsedHead& parsed, WebWorker& worker);
  void refuse(int status, WebWorker& worker);
  void set_response(const WebResponse& response, const RequestHead& request, bool keep_alive,
                    WebWorker& worker);
  Wants keep(std::string_view received);
  bool send_more();
  Wants after_sending(std::string_view rest, WebWorker& worker);
  Wants drop_rest(WebWorker& worker);

  FileDescriptor socket_;
  std::atomic<std::uint64_t> progress_;  // phase and time in one, to be read together
  std::string received_;                 // of requests not yet answered
  std::string head_;                     // of the response being sent
  std::shared_ptr<const std::string> body_;
  std::size_t sent_ = 0;  // of head and body
  bool keep_alive_ = true;
  bool broken_ = false;
};

// Milliseconds of the steady clock.
std::int64_t steady_milliseconds();

}  // namespace cpaas
