#include "exporter/adapters/web_server.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
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
using testing::EndsWith;
using testing::HasSubstr;
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
  static constexpr std::size_t huge = 50'000'000;

  WebResponse answer(const WebRequest& request) {
    if (request.path == "/throw") throw std::runtime_error("s3cret detail");
    if (request.path == "/throw-odd") throw 42;
    if (request.path == "/gate") gate.pass();
    if (request.path == "/big") return {.body = std::make_shared<const std::string>(big, 'x')};
    if (request.path == "/huge") return {.body = std::make_shared<const std::string>(huge, 'x')};
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
    return text;
  }

  std::unique_ptr<WebServer> start(const std::vector<std::string>& addresses = {"127.0.0.1:0"},
                                   const WebServerOptions& options = {}) {
    const Log log = [this](LogLevel, std::string_view message, const LogFields& fields) {
      const std::lock_guard lock(mutex);
      logged.append(message).append(" ").append(fields.at(0).second).append("\n");
    };
    return WebServer::start(
               listeners(addresses), [this](const WebRequest& request) { return answer(request); }, log,
               options)
        .value();
  }

  static std::vector<WebListener> listeners(const std::vector<std::string>& addresses) {
    std::vector<WebListener> result;
    for (const std::string& address : addresses) result.push_back(listen_on(address).value());
    return result;
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
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                    HasSubstr("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\n"),
                    EndsWith("\r\n\r\nGET /a?||")));
}

TEST_F(WebServerTest, HandsOnWhatPagesNeed) {
  const std::string request =
      "GET /p%20q?a=1&b=%41 HTTP/1.1\r\nhOST: h\r\naccept:  text/html , */*;q=0.1 \r\nACCEPT-ENCODING: "
      "gzip\r\n"
      "Connection: close\r\n\r\n";
  EXPECT_THAT(raw(request), EndsWith("\r\n\r\nGET /p q?a=1&b=%41|text/html , */*;q=0.1|gzip"));
}

TEST_F(WebServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  const FileDescriptor client = connect();
  send_all(client, "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(receive_until(client, "\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 9\r\n")));
  EXPECT_THAT(ask(client, "/b"), StartsWith("HTTP/1.1 200"));  // nothing came in between
}

TEST_F(WebServerTest, PostsAreHandedOnAndTheirBodiesReadOver) {
  const FileDescriptor client = connect();
  send_all(client, "POST /-/reload HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /");
  EXPECT_THAT(read_response(client), EndsWith("POST /-/reload?||"));
  EXPECT_THAT(ask(client, "/b"), EndsWith("GET /b?||"));
}

TEST_F(WebServerTest, SendsStatusesThatPagesChoose) {
  const FileDescriptor client = connect();
  EXPECT_THAT(ask(client, "/missing"),
              AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"), EndsWith("\r\n\r\nnope")));
  EXPECT_THAT(ask(client, "/none"), StartsWith("HTTP/1.1 204 No Content\r\n"));
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
    ASSERT_THAT(ask(client, "/" + std::to_string(i)), EndsWith("GET /" + std::to_string(i) + "?||"));
  }
}

TEST_F(WebServerTest, ClosesWhenAskedTo) {
  EXPECT_THAT(raw("GET /a HTTP/1.1\r\nHost: h\r\nConnection: foo, Close\r\n\r\n"), EndsWith("GET /a?||"));
}

TEST_F(WebServerTest, AnswersPipelinedRequestsInOrder) {
  const FileDescriptor client = connect();
  std::string many;
  for (int i = 0; i < 50; ++i) many += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  many += "GET /big HTTP/1.1\r\nHost: h\r\n\r\nGET /last HTTP/1.1\r\nHost: h\r\n\r\n";
  send_all(client, many);
  for (int i = 0; i < 50; ++i)
    ASSERT_THAT(read_response(client), EndsWith("GET /" + std::to_string(i) + "?||"));
  EXPECT_THAT(read_response(client), EndsWith("xxx"));
  EXPECT_THAT(read_response(client), EndsWith("GET /last?||"));
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
  EXPECT_THAT(receive_to_end(client), EndsWith("GET /a?||"));
}

TEST_F(WebServerTest, IdleAndUnfinishedConnectionsHoldNobodyUp) {
  constexpr std::size_t many = 2'000;
  server = start({"127.0.0.1:0"}, {.max_connections = 2 * many});
  std::vector<FileDescriptor> others;
  for (std::size_t i = 0; i < many; ++i) {
    others.push_back(connect());
    if (i % 2 == 0) send_all(others.back(), "GET /unfinished HTTP/1.1\r\n");
  }
  const FileDescriptor client = connect();
  for (int i = 0; i < 100; ++i) ASSERT_THAT(ask(client, "/a"), StartsWith("HTTP/1.1 200 "));
  send_all(others[0], "Host: h\r\n\r\n");
  EXPECT_THAT(read_response(others[0]), EndsWith("GET /unfinished?||"));
  EXPECT_THAT(ask(others[1], "/b"), EndsWith("GET /b?||"));
}

TEST_F(WebServerTest, OverTheLimitTheLongestIdleMakesRoom) {
  server = start({"127.0.0.1:0"}, {.max_connections = 2});
  const FileDescriptor first = connect();
  EXPECT_THAT(ask(first, "/a"), StartsWith("HTTP/1.1 200 "));
  const FileDescriptor second = connect();
  EXPECT_THAT(ask(second, "/a"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(connect(), "/a"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(receive_to_end(first), "");
  EXPECT_THAT(ask(second, "/b"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebServerTest, OverTheLimitWithoutIdleOnesIsToldSo) {
  server = start({"127.0.0.1:0"}, {.max_connections = 1});
  const FileDescriptor busy = connect();
  send_all(busy, "POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_THAT(receive_until(busy, "\r\n\r\n"), StartsWith("HTTP/1.1 100 "));
  EXPECT_THAT(receive_to_end(connect()), StartsWith("HTTP/1.1 503 "));
  send_all(busy, "xx");
  EXPECT_THAT(read_response(busy), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebServerTest, SlowAnswersHoldNobodyUp) {
  server =
      start({"127.0.0.1:0"}, {.slow = [](const WebRequest& request) { return request.path == "/gate"; }});
  const FileDescriptor waiting = connect();
  send_all(waiting, "GET /gate HTTP/1.1\r\nHost: h\r\nAccept: x\r\n\r\n");
  gate.await(1);
  EXPECT_THAT(ask(connect(), "/a"), StartsWith("HTTP/1.1 200 "));
  gate.open();
  EXPECT_THAT(read_response(waiting), EndsWith("GET /gate?|x|"));
}

TEST_F(WebServerTest, ARequestMustBeWholeInTime) {
  server = start({"127.0.0.1:0"}, {.request_timeout = milliseconds(50)});
  const FileDescriptor client = connect();
  send_all(client, "GET / HTTP/1.1\r\n");
  std::string response;
  while (response.empty() && send_all(client, "x")) {  // each byte alone gains no time
    if (readable_within(client, milliseconds(5))) response = receive_some(client);
  }
  EXPECT_THAT(response, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST_F(WebServerTest, AClientThatTakesNothingIsLeft) {
  constexpr Duration for_its_size{huge / 100};
  server = start({"127.0.0.1:0"}, {.response_timeout = -for_its_size});
  const FileDescriptor client = connect();
  send_all(client, "GET /huge HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(readable_within(client, seconds(5)));
  for (int i = 0; i < 3; ++i) ask(connect(), "/a");  // by now it has sent what goes into the buffers
  EXPECT_THAT(receive_to_end(client).size(), testing::Lt(huge));
}

TEST_F(WebServerTest, AnswersManyClientsAtOnce) {
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, path = "/" + std::to_string(c)] {
      const FileDescriptor client = connect();
      for (int i = 0; i < 100; ++i) right += ask(client, path).ends_with("GET " + path + "?||") ? 1 : 0;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 800);
}

TEST_F(WebServerTest, EndsIdleConnections) {
  server = start({"127.0.0.1:0"}, {.idle_timeout = milliseconds(60)});
  const FileDescriptor client = connect();
  EXPECT_THAT(ask(client, "/a"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(receive_to_end(client), "");
}

// --- malformed requests

TEST_F(WebServerTest, RefusesWhatItCannotReadAndCloses) {
  const std::string response =
      raw("GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nGET /evil "
          "HTTP/1.1\r\n\r\n");
  EXPECT_THAT(response, AllOf(StartsWith("HTTP/1.1 400 Bad Request\r\n"), HasSubstr("Connection: close\r\n"),
                              EndsWith("\r\n\r\nBad Request\n")));
}

TEST_F(WebServerTest, LogsRefusedRequestsOnceAMinute) {
  for (int i = 0; i < 5; ++i) EXPECT_THAT(raw("GET\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(logged, "refused a request not HTTP\n");
}

TEST_F(WebServerTest, MalformedRequestsHurtNobody) {
  const std::vector<std::string> requests{
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\nHost: h\r\n\r\n",
      "G\xC3\xA9T / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /../../etc/passwd HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nNo colon\r\nConnection: close\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
      "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
      std::string(40'000, 'a'),
  };
  for (const std::string& request : requests) {
    const FileDescriptor client = connect();
    send_all(client, request);
    shutdown(client.get(), SHUT_WR);
    EXPECT_THAT(receive_to_end(client), Not(HasSubstr("root:"))) << request.substr(0, 80);
  }
  EXPECT_THAT(ask(connect(), "/a"), StartsWith("HTTP/1.1 200 "));
}

// --- listening

TEST_F(WebServerTest, ListensOnSeveralAddresses) {
  server = start({"127.0.0.1:0", "127.0.0.2:0"});
  const auto ports = server->ports();
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_THAT(ask(connect_to(ports[0]), "/a"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(connect_to(ports[1], 0x7F000002), "/a"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebServerTest, ForProbesItAnswersProbesAlone) {
  auto doors = listeners({"127.0.0.1:0"});
  doors[0].health = true;
  server = WebServer::start(
               std::move(doors), [this](const WebRequest& request) { return answer(request); },
               [](LogLevel, std::string_view, const LogFields&) {})
               .value();
  const FileDescriptor client = connect();
  EXPECT_THAT(ask(client, "/-/healthy"), EndsWith("GET /-/healthy?||"));
  EXPECT_THAT(ask(client, "/-/ready"), EndsWith("GET /-/ready?||"));
  EXPECT_THAT(ask(client, "/metrics"), StartsWith("HTTP/1.1 404 "));
  send_all(client, "POST /-/ready HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(read_response(client), StartsWith("HTTP/1.1 404 "));
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
  EXPECT_THAT(receive_to_end(client), EndsWith("GET /gate?||"));
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
