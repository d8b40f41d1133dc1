// Requests out of bytes, as strict as RFC 9112 allows: what two programs could read in two ways is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/adapters/web_body_reader.h"

namespace cpaas {

// One request, with the beginning of its body.
struct ReadRequest {
  std::string method;
  std::string path;   // begins with a slash (or is "*"); percent-decoded
  std::string query;  // what followed the question mark, as received
  std::string accept;
  std::string accept_encoding;
  std::string authorization;
  std::string host;
  std::string origin;
  std::string fetch_site;  // Sec-Fetch-Site
  std::string body;        // its first KiB
  bool keep_alive = false;
  bool old_version = false;  // HTTP/1.0
};

// Reads one request after the other. Pure: no I/O, no clock. A body may have 64 KiB, a head 16 KiB and
// 100 fields.
class WebRequestReader {
 public:
  enum class State : std::uint8_t { more, complete, refused };

  // Takes what belongs to the request from the front of `input`; the rest may be the next one's. `more`: call
  // again with more bytes behind it.
  State read(std::string& input);

  // Of a complete one.
  const ReadRequest& request() const { return request_; }
  // Of a refused one: 400, 413, 417, 431, 501 or 505, and why, for the log. The connection must then be
  // closed.
  int status() const { return status_; }
  std::string_view problem() const { return problem_; }
  // True once, when the client waits for "100 Continue" before it sends its body.
  bool take_continue();
  // For the next request.
  void reset();

 private:
  State read_head(std::string& input);
  State parse_head(std::string_view text);
  State refuse(int status, std::string_view problem);

  std::optional<WebBodyReader> body_;  // once the head is whole
  ReadRequest request_;
  std::size_t scanned_ = 0;
  bool continue_ = false;
  int status_ = 0;
  std::string_view problem_;
};

}  // namespace cpaas
