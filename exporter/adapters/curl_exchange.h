// One exchange over libcurl: a request set up on an easy handle, and the response as it comes in.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "exporter/adapters/curl_library.h"
#include "exporter/core/http.h"

namespace cpaas {

// What all exchanges of a transport have in common.
struct ExchangeDefaults {
  Duration connect_timeout;
  // OpenSSL's folder of the system's authorities, one file for each under its hash; null: libcurl's own
  // default, one big file.
  const char* authority_folder;
};

// Belongs to the transport's thread. Stays where it is: the handle points to it.
class CurlExchange {
 public:
  // Borrows `curl` and `easy`, a fresh or reset handle, for its own life.
  CurlExchange(const CurlLibrary& curl, CURL* easy, Transport::Id id, HttpRequest request);

  // Makes the handle ready. An error (internal, or tls for settings that cannot be used) means that the
  // request can never be sent.
  std::optional<Error> prepare(const ExchangeDefaults& defaults);
  // The outcome, once the handle is done with `code`.
  Result<HttpResponse> finish(CURLcode code);

  Transport::Id id() const { return id_; }
  CURL* easy() const { return easy_; }

 private:
  struct FreeList {
    const CurlLibrary* curl;
    void operator()(curl_slist* list) const { curl->slist_free_all(list); }
  };

  static std::size_t header_arrived(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t body_arrived(char* data, std::size_t size, std::size_t count, void* self);
  static int something_told(CURL* easy, curl_infotype type, char* data, std::size_t size, void* self);
  bool take_header(std::string_view line);
  bool take_body(std::string_view part);
  bool refuse(std::string what);
  bool refuse_body();

  template <class Value>
  void set(CURLoption option, Value value);
  void set_method();
  void set_limits(Duration connect_timeout);
  void set_connection(const char* authority_folder);
  void set_authorities(const std::string& ca_file, const char* default_folder);
  void set_callbacks();
  std::optional<Error> set_headers();
  bool add_header(const std::string& line);
  bool tunnels() const;
  std::optional<Error> unfit() const;
  Error failure(CURLcode code) const;
  long number(CURLINFO info) const;

  const CurlLibrary& curl_;
  CURL* easy_;
  Transport::Id id_;
  HttpRequest request_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  CURLcode setup_ = CURLE_OK;  // the first option that libcurl refused
  HttpResponse response_;
  bool asked_proxy_ = false;      // to CONNECT
  bool head_complete_ = false;    // its empty line has come
  std::size_t header_bytes_ = 0;  // of all headers, those of interim responses too
  std::optional<Error> refused_;  // why we stopped reading
  std::array<char, CURL_ERROR_SIZE> detail_{};
};

}  // namespace cpaas
