#include "exporter/adapters/web_server.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/adapters/sockets.h"

namespace cpaas::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// A gate that handlers wait at.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void await(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return waiting_ >= count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

// "/big" is 5 MB; "/gate" waits; "/throw" throws; "/echo" shows the request; else the path.
class WebServerTest : public testing::Test {
 protected:
  static constexpr std::size_t big = 5'000'000;

  WebResponse answer(const WebRequest& request) {
    if (request.path == "/throw") throw std::runtime_error("s3cret detail");
    if (request.path == "/throw-odd") throw 42;
    if (request.path == "/gate") gate.pass();
    if (request.path == "/big") return {.body = std::make_shared<const std::string>(big, 'x')};
    if (request.path == "/none") return {.status = 204};
    if (request.path == "/missing")
      return {.status = 404, .body = std::make_shared<const std::string>("nope")};
    if (request.path == "/gzip")
      return {.body = std::make_shared<const std::string>("zipped"), .gzipped = true};
    if (request.path == "/headers") return {.headers = {{"X-Ok", "1"}, {"X-Bad", "a\r\nX-Evil: 1"}}};
    return {.body = std::make_shared<const std::string>(shown(request))};
  }

  static std::string shown(const WebRequest& request) {
    std::string text(request.method);
    text.append(" ").append(request.path).append("?").append(request.query);
    text.append("|").append(request.accept).append("|").append(request.accept_encoding);
    return text.append("|").append(request.authorization);
  }

  std::unique_ptr<WebServer> start(const std::vector<std::string>& addresses = {"127.0.0.1:0"},
                                   const WebServerOptions& options = {}) {
    const Log log = [this](LogLevel, std::string_view message, const LogFields& fields) {
      const std::lock_guard lock(mutex);
      logged.append(message).append(" ").append(fields.at(0).second).append("\n");
    };
    return WebServer::start(
               addresses, [this](const WebRequest& request) { return answer(request); }, log, options)
        .value();
  }

  FileDescriptor connect() const { return connect_to(server->ports().at(0)); }

  // Head and body of one response.
  static std::string read_response(const FileDescriptor& client) {
    const std::string head = receive_until(client, "\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? head : head + receive_exactly(client, std::stoul(head.substr(at + 16)));
  }

  static std::string ask(const FileDescriptor& client, std::string_view path) {
    send_all(client, std::string("GET ").append(path).append(" HTTP/1.1\r\nHost: h\r\n\r\n"));
    return read_response(client);
  }

  // What a new connection gets for these bytes, to its end.
  std::string raw(std::string_view bytes) const {
    const FileDescriptor client = connect();
    send_all(client, bytes);
    return receive_to_end(client);
  }

  Gate gate;
  std::mutex mutex;
  std::string logged;
  std::unique_ptr<WebServer> server = start();
};

// --- requests and responses

TEST_F(WebServerTest, Answers) {
  EXPECT_THAT(ask(connect(), "/a"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\nDate: "), HasSubstr(" GMT\r\n"),
                    HasSubstr("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 10\r\n"),
                    Not(HasSubstr("Connection:")), EndsWith("\r\n\r\nGET /a?|||")));
}

TEST_F(WebServerTest, HandsOnWhatPagesNeed) {
  const std::string request =
      "GET /p%20q?a=1&b=%41 HTTP/1.1\r\nhOST: h\r\naccept:  text/html , */*;q=0.1 \r\nACCEPT-ENCODING: "
      "gzip\r\n"
      "Authorization: Basic eA==\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(raw(request), EndsWith("\r\n\r\nGET /p%20q?a=1&b=%41|text/html , */*;q=0.1|gzip|Basic eA=="));
}

TEST_F(WebServerTest, TakesAbsoluteTargets) {
  const auto target = [this](const std::string& text) {
    return raw("GET " + text + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  };
  EXPECT_THAT(target("http://h:1/x?y"), EndsWith("GET /x?y|||"));
  EXPECT_THAT(target("http://h"), EndsWith("GET /?|||"));
}

TEST_F(WebServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  const FileDescriptor client = connect();
  send_all(client, "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(receive_until(client, "\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 10\r\n")));
  EXPECT_THAT(ask(client, "/b"), StartsWith("HTTP/1.1 200"));  // nothing came in between
}

TEST_F(WebServerTest, PostsAreHandedOnAndTheirBodiesReadOver) {
  const FileDescriptor client = connect();
  send_all(client, "POST /-/reload HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /");
  EXPECT_THAT(read_response(client), EndsWith("POST /-/reload?|||"));
  EXPECT_THAT(ask(client, "/b"), EndsWith("GET /b?|||"));
}

TEST_F(WebServerTest, ABodyMayComeInPieces) {
  const FileDescriptor client = connect();
  for (const char* piece :
       {"POST /x HT", "TP/1.1\r\nHost: h\r\nContent-Le", "ngth: 6\r\n\r", "\nabc", "def"}) {
    EXPECT_FALSE(readable_within(client, milliseconds(2)));
    send_all(client, piece);
  }
  EXPECT_THAT(read_response(client), EndsWith("POST /x?|||"));
}

TEST_F(WebServerTest, OtherMethodsAreNotAllowed) {
  const FileDescriptor client = connect();
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "TRACE", "get"}) {
    send_all(client, std::string(method) + " / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(read_response(client), AllOf(StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"),
                                             HasSubstr("\r\nAllow: GET, HEAD, POST\r\n")));
  }
}

TEST_F(WebServerTest, SendsStatusesThatPagesChoose) {
  const FileDescriptor client = connect();
  EXPECT_THAT(ask(client, "/missing"),
              AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"), EndsWith("\r\n\r\nnope")));
  EXPECT_THAT(ask(client, "/none"),
              AllOf(StartsWith("HTTP/1.1 204 No Content\r\n"), Not(HasSubstr("Content-"))));
}

TEST_F(WebServerTest, SaysThatABodyIsGzip) {
  EXPECT_THAT(ask(connect(), "/gzip"),
              AllOf(HasSubstr("\r\nContent-Encoding: gzip\r\n"), EndsWith("\r\n\r\nzipped")));
}

TEST_F(WebServerTest, NoHeaderBreaksOutOfItsLine) {
  EXPECT_THAT(ask(connect(), "/headers"), AllOf(HasSubstr("\r\nX-Ok: 1\r\n"), Not(HasSubstr("Evil"))));
}

TEST_F(WebServerTest, AnExceptionBecomesA500WithoutDetail) {
  const FileDescriptor client = connect();
  EXPECT_THAT(ask(client, "/throw"),
              AllOf(StartsWith("HTTP/1.1 500 Internal Server Error\r\n"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(ask(client, "/throw-odd"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(ask(client, "/a"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(logged, "a page failed /throw\na page failed /throw-odd\n");
}

TEST_F(WebServerTest, SendsLargeBodiesWhole) {
  const FileDescriptor client = connect();
  EXPECT_THAT(ask(client, "/big"), EndsWith("\r\n\r\n" + std::string(big, 'x')));
  EXPECT_THAT(ask(client, "/a"), StartsWith("HTTP/1.1 200 "));
}

// --- connections

TEST_F(WebServerTest, KeepsConnections) {
  const FileDescriptor client = connect();
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(ask(client, "/" + std::to_string(i)), EndsWith("GET /" + std::to_string(i) + "?|||"));
  }
}

TEST_F(WebServerTest, ClosesWhenAskedTo) {
  EXPECT_THAT(raw("GET /a HTTP/1.1\r\nHost: h\r\nConnection: foo, Close\r\n\r\n"),
              AllOf(HasSubstr("\r\nConnection: close\r\n"), EndsWith("GET /a?|||")));
}

TEST_F(WebServerTest, Http10ClosesUnlessItAsksToStay) {
  EXPECT_THAT(raw("GET /a HTTP/1.0\r\n\r\n"),
              AllOf(HasSubstr("\r\nConnection: close\r\n"), EndsWith("GET /a?|||")));
  const FileDescriptor client = connect();
  for (int i = 0; i < 2; ++i) {
    send_all(client, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(read_response(client), HasSubstr("\r\nConnection: keep-alive\r\n"));
  }
}

TEST_F(WebServerTest, AnswersPipelinedRequestsInOrder) {
  const FileDescriptor client = connect();
  std::string many;
  for (int i = 0; i < 50; ++i) many += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  many += "GET /big HTTP/1.1\r\nHost: h\r\n\r\nGET /last HTTP/1.1\r\nHost: h\r\n\r\n";
  send_all(client, many);
  for (int i = 0; i < 50; ++i)
    ASSERT_THAT(read_response(client), EndsWith("GET /" + std::to_string(i) + "?|||"));
  EXPECT_THAT(read_response(client), EndsWith("xxx"));
  EXPECT_THAT(read_response(client), EndsWith("GET /last?|||"));
}

TEST_F(WebServerTest, AClientThatOnlySendsAndGoesHurtsNobody) {
  for (int i = 0; i < 20; ++i) {
    const FileDescriptor client = connect();
    send_all(client, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    reset_on_close(client);
  }
  EXPECT_THAT(ask(connect(), "/a"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebServerTest, AHalfClosedClientIsAnswered) {
  const FileDescriptor client = connect();
  send_all(client, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  shutdown(client.get(), SHUT_WR);
  EXPECT_THAT(receive_to_end(client), EndsWith("GET /a?|||"));
}

TEST_F(WebServerTest, AnswersManyClientsAtOnce) {
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, path = "/" + std::to_string(c)] {
      const FileDescriptor client = connect();
      for (int i = 0; i < 100; ++i) right += ask(client, path).ends_with("GET " + path + "?|||") ? 1 : 0;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 800);
}

TEST_F(WebServerTest, ASlowPageHoldsUpNobodyElse) {
  const FileDescriptor slow = connect();
  send_all(slow, "GET /gate HTTP/1.1\r\nHost: h\r\n\r\n");
  gate.await(1);
  EXPECT_THAT(ask(connect(), "/a"), StartsWith("HTTP/1.1 200 "));
  gate.open();
  EXPECT_THAT(read_response(slow), EndsWith("GET /gate?|||"));
}

TEST_F(WebServerTest, SilentClientsHoldNoThread) {
  std::vector<FileDescriptor> silent;
  for (int i = 0; i < 100; ++i) {
    silent.push_back(connect());
    send_all(silent.back(), "GET /a HTTP/1.1\r\nX-Slow");
  }
  EXPECT_THAT(ask(connect(), "/a"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebServerTest, EndsRequestsThatTakeTooLong) {
  server = start({"127.0.0.1:0"}, {.request_timeout = milliseconds(60)});
  const FileDescriptor silent = connect();
  const FileDescriptor dripping = connect();
  while (!readable_within(dripping, milliseconds(5)) && send_all(dripping, "X")) {
  }
  EXPECT_EQ(receive_to_end(silent), "");
}

TEST_F(WebServerTest, EndsIdleConnections) {
  server = start({"127.0.0.1:0"}, {.idle_timeout = milliseconds(60)});
  const FileDescriptor client = connect();
  EXPECT_THAT(ask(client, "/a"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(receive_to_end(client), "");
}

TEST_F(WebServerTest, EndsConnectionsThatDoNotTakeTheirResponse) {
  server = start({"127.0.0.1:0"}, {.response_timeout = milliseconds(60)});
  const FileDescriptor client = connect();
  std::string many;
  for (int i = 0; i < 20; ++i) many += "GET /big HTTP/1.1\r\nHost: h\r\n\r\n";
  send_all(client, many);
  const FileDescriptor other = connect();
  for (int i = 0; i < 20; ++i) {  // until the time has passed
    EXPECT_FALSE(readable_within(other, milliseconds(10)));
  }
  EXPECT_LT(receive_to_end(client).size(), 20 * big);
}

TEST_F(WebServerTest, TheLongestWaitingConnectionMakesRoom) {
  server = start({"127.0.0.1:0"}, {.max_connections = 3});
  std::vector<FileDescriptor> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(connect());
    EXPECT_THAT(ask(clients.back(), "/a"), StartsWith("HTTP/1.1 200 "));
    EXPECT_FALSE(readable_within(clients.back(), milliseconds(2)));  // so that their times differ
  }
  EXPECT_EQ(receive_to_end(clients.front()), "");
  EXPECT_THAT(ask(clients.back(), "/b"), StartsWith("HTTP/1.1 200 "));
}

// --- malformed requests

TEST_F(WebServerTest, RefusesMalformedRequests) {
  const std::vector<std::pair<std::string, int>> requests{
      {"\r\n\r\n", 400},
      {"GET\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},  // no Host
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 505},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"GET / http/1.1\r\nHost: h\r\n\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"G\xC3\xA9T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nNo colon\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\n: empty\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n folded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},  // a lone LF
      {std::string("GET / HTTP/1.1\r\nHost: h\0\r\n\r\n", 28), 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1 2\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16385\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
      {"GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 431},
      {std::string(40'000, 'a'), 431},
      {"GET / HTTP/1.1\r\nHost: h\r\n" + std::string(20'000, 'a') + ": 1\r\n\r\n", 431},
  };
  for (const auto& [request, status] : requests) {
    EXPECT_THAT(raw(request), AllOf(StartsWith("HTTP/1.1 " + std::to_string(status) + " "),
                                    HasSubstr("\r\nConnection: close\r\n")))
        << request.substr(0, 80);
  }
  EXPECT_THAT(ask(connect(), "/a"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebServerTest, RequestsCutShortGetNothing) {
  const std::string request = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  for (std::size_t size = 0; size < request.size(); ++size) {
    const FileDescriptor client = connect();
    send_all(client, std::string_view(request).substr(0, size));
    shutdown(client.get(), SHUT_WR);
    ASSERT_EQ(receive_to_end(client), "") << size;
  }
}

// --- listening

TEST_F(WebServerTest, ListensOnSeveralAddresses) {
  server = start({"127.0.0.1:0", "[::1]:0", "localhost:0"});
  const auto ports = server->ports();
  ASSERT_EQ(ports.size(), 3U);
  EXPECT_THAT(ask(connect_to(ports[0]), "/a"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(connect_to(ports[1], true), "/a"), StartsWith("HTTP/1.1 200 "));
  EXPECT_FALSE(connect_to(ports[1], false));
}

TEST_F(WebServerTest, WithoutAHostListensOnBothFamilies) {
  server = start({":0"});
  EXPECT_THAT(ask(connect_to(server->ports()[0], false), "/a"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(connect_to(server->ports()[0], true), "/a"), StartsWith("HTTP/1.1 200 "));
}

Result<std::unique_ptr<WebServer>> try_start(const std::vector<std::string>& addresses) {
  return WebServer::start(
      addresses, [](const WebRequest&) { return WebResponse{}; },
      [](LogLevel, std::string_view, const LogFields&) {});
}

TEST_F(WebServerTest, AnAddressInUseIsNamed) {
  const std::string taken = "127.0.0.1:" + std::to_string(server->ports()[0]);
  const auto second = try_start({"127.0.0.1:0", taken});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "cannot listen on " + taken + ": Address already in use");
  EXPECT_THAT(ask(connect(), "/a"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebServerTest, BadAddressesAreNamed) {
  for (const char* address : {"", "9090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                              "::1:80", "127.0.0.1:-1", "[::1]", "256.0.0.1.:80x"}) {
    const auto result = try_start({address});
    ASSERT_FALSE(result) << address;
    EXPECT_EQ(result.error().message,
              std::string("cannot listen on ") + address + ": expected HOST:PORT, [IPV6]:PORT or :PORT");
  }
  EXPECT_EQ(try_start({"192.0.2.1:0"}).error().message,
            "cannot listen on 192.0.2.1:0: Cannot assign requested address");
  const std::string nobody = std::string(70, 'a') + ".invalid:0";
  EXPECT_EQ(try_start({nobody}).error().message,
            "cannot listen on " + nobody + ": the name does not resolve");
}

// --- stopping

milliseconds time_to_stop(std::unique_ptr<WebServer>& server) {
  const auto from = std::chrono::steady_clock::now();
  server.reset();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - from);
}

TEST_F(WebServerTest, StopsAtOnceWithIdleAndSilentClients) {
  const FileDescriptor idle = connect();
  const FileDescriptor silent = connect();
  EXPECT_THAT(ask(idle, "/a"), StartsWith("HTTP/1.1 200 "));
  send_all(silent, "GET /");
  const std::uint16_t port = server->ports()[0];
  EXPECT_LT(time_to_stop(server), milliseconds(100));
  EXPECT_EQ(receive_to_end(idle), "");
  EXPECT_FALSE(connect_to(port));
}

TEST_F(WebServerTest, StopWaitsForTheRunningRequests) {
  const FileDescriptor client = connect();
  send_all(client, "GET /gate HTTP/1.1\r\nHost: h\r\n\r\n");
  gate.await(1);
  auto stopped = std::async(std::launch::async, [this] { server.reset(); });
  EXPECT_EQ(stopped.wait_for(milliseconds(20)), std::future_status::timeout);
  gate.open();
  EXPECT_THAT(receive_to_end(client), EndsWith("GET /gate?|||"));
  EXPECT_EQ(stopped.wait_for(milliseconds(100)), std::future_status::ready);
}

TEST_F(WebServerTest, StopLetsAResponseBeTaken) {
  const FileDescriptor client = connect();
  send_all(client, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(readable_within(client, seconds(5)));
  auto stopped = std::async(std::launch::async, [this] { server.reset(); });
  const std::string response = receive_to_end(client);
  EXPECT_THAT(response.size(), testing::Gt(big));
  stopped.get();
}

}  // namespace
}  // namespace cpaas::test
