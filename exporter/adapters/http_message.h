// HTTP/1.1 as the server reads and writes it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exporter/adapters/web_server.h"

namespace cpaas {

inline constexpr std::size_t max_request_head = 16 * 1024;  // bytes
inline constexpr std::size_t max_request_body = 16 * 1024;

// The head of a request; its views point into the parsed text.
struct RequestHead {
  WebRequest request;  // the method as it was sent
  bool http_1_0 = false;
  bool keep_alive = true;  // the client wants to use the connection again
  std::size_t size = 0;    // of the head, with the empty line
  std::size_t body_size = 0;
};

enum class HeadState : std::uint8_t { complete, incomplete, refused };

struct ParsedHead {
  HeadState state = HeadState::incomplete;
  int refusal = 0;  // the status to answer a refused request with, after which the connection must end
  RequestHead head{};
};

// Reads the head of the request that `received` begins with. Any bytes may be given. Strict where laxness
// lets two readers of one stream disagree (RFC 9112 11.2): lines end in CRLF, one length, no folding, no
// transfer coding.
ParsedHead parse_request_head(std::string_view received);

// The status line and headers of a response. `date` is an IMF-fixdate.
std::string response_head(const WebResponse& response, std::string_view date, const RequestHead& request,
                          bool keep_alive);

// A short plain-text response that says nothing but the status.
WebResponse plain_response(int status);

}  // namespace cpaas
