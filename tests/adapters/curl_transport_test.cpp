#include "exporter/adapters/curl_transport.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <map>
#include <thread>

#include "tests/adapters/sockets.h"
#include "tests/adapters/transport_fixture.h"

namespace cpaas::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

using CurlTransportTest = TransportTest;

// Reads one request and hands it on, then answers.
TestServer::Session hand_over(std::promise<std::string>& request) {
  return [&request](const FileDescriptor& peer) {
    request.set_value(receive_until(peer, "\r\n\r\n"));
    send_all(peer, ok("{}"));
  };
}

// --- the loader

TEST(CurlLibraryTest, AMissingLibraryIsAnError) {
  const auto curl = load_curl("libno-such-curl.so.4");
  ASSERT_FALSE(curl);
  EXPECT_EQ(curl.error().reason, Reason::internal);
  EXPECT_THAT(curl.error().message,
              AllOf(StartsWith("cannot load libcurl: "), HasSubstr("libno-such-curl.so.4")));
}

TEST(CurlLibraryTest, ALibraryThatIsNotCurlIsAnError) {
  const auto curl = load_curl("libz.so.1");
  ASSERT_FALSE(curl);
  EXPECT_THAT(curl.error().message, AllOf(StartsWith("cannot use libcurl: "), HasSubstr("curl_global_init")));
}

// --- what is sent

TEST_F(CurlTransportTest, SendsGetWithHeaders) {
  std::promise<std::string> request;
  TestServer server(hand_over(request));
  HttpRequest sent = get(server.url("/usage?from=2026-01-01&key=a%20b"));
  sent.headers = {{"Authorization", Secret("Bearer t0ken")}, {"X-Empty", Secret("")}};
  EXPECT_THAT(fetch(sent), Answers(200, "{}"));
  EXPECT_THAT(request.get_future().get(),
              AllOf(StartsWith("GET /usage?from=2026-01-01&key=a%20b HTTP/1.1\r\n"),
                    HasSubstr("\r\nAuthorization: Bearer t0ken\r\n"), HasSubstr("\r\nX-Empty:\r\n"),
                    HasSubstr("\r\nUser-Agent: cpaas_exporter/" CPAAS_VERSION "\r\n"), HasSubstr("gzip")));
}

TEST_F(CurlTransportTest, SendsPostWithABodyAndGetAfterIt) {
  std::promise<std::string> request;
  TestServer poster([&](const FileDescriptor& socket) {
    request.set_value(receive_until(socket, "}"));
    send_all(socket, ok("{}"));
  });
  HttpRequest sent = get(poster.url("/report"));
  sent.headers = {{"Content-Type", Secret("application/json")}};
  sent.body = R"({"from": 1})";
  EXPECT_THAT(fetch(sent), Answers(200, "{}"));
  EXPECT_THAT(request.get_future().get(),
              AllOf(StartsWith("POST /report HTTP/1.1\r\n"), HasSubstr("\r\nContent-Length: 11\r\n"),
                    HasSubstr("\r\nContent-Type: application/json\r\n"),
                    ::testing::EndsWith("\r\n\r\n{\"from\": 1}")));
  std::promise<std::string> next;
  TestServer server(hand_over(next));
  EXPECT_THAT(fetch(server.url("/usage")), Answers(200, "{}"));
  EXPECT_THAT(next.get_future().get(),
              AllOf(StartsWith("GET /usage HTTP/1.1\r\n"), Not(HasSubstr("Content-"))));
}

TEST_F(CurlTransportTest, RefusesAHeaderThatWouldBreakOutOfItsLine) {
  HttpRequest request = get("http://127.0.0.1:1/");
  request.headers = {{"X-Key", Secret("s3cret\r\nX-Other: 1")}};
  EXPECT_THAT(fetch(request),
              FailsWith(Reason::internal, AllOf(HasSubstr("line break"), Not(HasSubstr("s3cret")))));
}

TEST_F(CurlTransportTest, RefusesOtherProtocols) {
  for (const char* url : {"ftp://127.0.0.1/x", "file:///etc/passwd", "", "httpx://h/", "127.0.0.1"}) {
    EXPECT_THAT(fetch(url), FailsWith(Reason::internal, HasSubstr("not an http or https URL"))) << url;
  }
}

TEST_F(CurlTransportTest, RefusesABrokenUrl) {
  EXPECT_THAT(fetch("http://127.0.0.1:99999999/?s3cret"),
              FailsWith(Reason::internal, Not(HasSubstr("s3cret"))));
}

// --- what comes back

TEST_F(CurlTransportTest, GivesStatusHeadersAndBody) {
  TestServer server(
      answer_with("HTTP/1.1 429 Slow Down\r\nRetry-After:  7 \r\nX-Twice: a\r\nx-twice: b\r\nContent-Length: "
                  "2\r\n\r\nno"));
  const auto response = fetch(server.url());
  ASSERT_THAT(response, Answers(429, "no"));
  EXPECT_EQ(response->header("retry-after"), "7");
  EXPECT_EQ(response->header("x-twice"), "b");
}

TEST_F(CurlTransportTest, ForgetsTheHeadersOfInterimResponses) {
  TestServer server(
      answer_with("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + ok("{}", "X-Late: 1\r\n")));
  const auto response = fetch(server.url());
  ASSERT_THAT(response, Answers(200, "{}"));
  EXPECT_EQ(response->header("x-early"), "");
  EXPECT_EQ(response->header("x-late"), "1");
}

TEST_F(CurlTransportTest, IgnoresTrailers) {
  TestServer server(answer_with(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: head\r\n\r\n2\r\n{}\r\n0\r\nX-A: tail\r\n\r\n"));
  const auto response = fetch(server.url());
  ASSERT_THAT(response, Answers(200, "{}"));
  EXPECT_EQ(response->header("x-a"), "head");
}

TEST_F(CurlTransportTest, GivesRedirectsBackWithoutFollowing) {
  TestServer elsewhere(answer_with(ok("followed")));
  TestServer server(
      answer_with("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url() + "\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_THAT(fetch(server.url()), Answers(302, ""));
  EXPECT_EQ(elsewhere.accepted(), 0U);
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(CurlTransportTest, DecodesGzip) {
  TestServer server(answer_with(ok(gzip(R"({"a":1})"), "Content-Encoding: gzip\r\n")));
  EXPECT_THAT(fetch(server.url()), Answers(200, R"({"a":1})"));
}

// --- limits

TEST_F(CurlTransportTest, ABodyMayJustFillItsCap) {
  TestServer server(answer_with(ok(std::string(1000, 'x'))));
  HttpRequest request = get(server.url());
  request.max_body = 1000;
  EXPECT_THAT(fetch(request), Answers(200, std::string(1000, 'x')));
}

TEST_F(CurlTransportTest, StopsAtAnAnnouncedLengthOverTheCap) {
  TestServer server([](const FileDescriptor& peer) {
    receive_until(peer, "\r\n\r\n");
    send_all(peer, "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
    receive_some(peer);  // until the client goes
  });
  HttpRequest request = get(server.url());
  request.max_body = 1000;
  EXPECT_THAT(fetch(request),
              FailsWith(Reason::too_large, AllOf(StartsWith(server.url()), HasSubstr("over 1000 bytes"))));
}

TEST_F(CurlTransportTest, StopsABodyOfUnknownLengthAtTheCap) {
  TestServer server([](const FileDescriptor& peer) {
    receive_until(peer, "\r\n\r\n");
    send_all(peer, "HTTP/1.1 200 OK\r\n\r\n");
    while (send_all(peer, std::string(1000, 'x'))) {
    }
  });
  HttpRequest request = get(server.url());
  request.max_body = 5000;
  EXPECT_THAT(fetch(request), FailsWith(Reason::too_large, HasSubstr("over 5000 bytes")));
}

TEST_F(CurlTransportTest, StopsAGzipBombAtTheCap) {
  const std::string bomb = gzip(std::string(8'000'000, '0'));
  ASSERT_LT(bomb.size(), 20'000U);
  TestServer server(answer_with(ok(bomb, "Content-Encoding: gzip\r\n")));
  HttpRequest request = get(server.url());
  request.max_body = 100'000;
  EXPECT_THAT(fetch(request), FailsWith(Reason::too_large, HasSubstr("over 100000 bytes")));
}

TEST_F(CurlTransportTest, StopsAtTooManyHeaders) {
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  TestServer server(answer_with(ok("{}", many)));
  EXPECT_THAT(fetch(server.url()), FailsWith(Reason::too_large, HasSubstr("too many headers")));
}

TEST_F(CurlTransportTest, StopsAtTooLongHeaders) {
  for (const std::size_t size : {70'000U, 150'000U, 2'000'000U}) {
    TestServer server(answer_with(ok("{}", "X-Long: " + std::string(size, 'x') + "\r\n")));
    EXPECT_THAT(fetch(server.url()), FailsWith(Reason::too_large, HasSubstr("too many headers"))) << size;
  }
}

// --- faults

TEST_F(CurlTransportTest, NameThatDoesNotResolve) {
  // A label over 63 bytes: the resolver refuses it by itself, without asking anybody.
  const std::string host = std::string(70, 'a') + ".invalid";
  EXPECT_THAT(fetch("http://user:s3cret@" + host + "/x?key=s3cret"),
              FailsWith(Reason::dns, AllOf(StartsWith("http://" + host + "/x: "), Not(HasSubstr("s3cret")))));
}

TEST_F(CurlTransportTest, RefusedConnection) {
  std::uint16_t port = 0;
  { port = port_of_socket(listen_on_loopback()); }
  const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/";
  EXPECT_THAT(fetch(url + "?s3cret"),
              FailsWith(Reason::connect, url + ": cannot connect: Connection refused"));
}

// Accepts none: once its queue is full, the kernel drops the rest.
class FullServer {
 public:
  FullServer() {
    for (int i = 0; i < 4; ++i) {
      queue_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      getsockname(full_.get(), reinterpret_cast<sockaddr*>(&address), &size);
      const int result = connect(queue_.back().get(), reinterpret_cast<const sockaddr*>(&address), size);
      EXPECT_TRUE(result == 0 || errno == EINPROGRESS);
    }
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_of_socket(full_)); }

 private:
  FileDescriptor full_ = listen_on_loopback(0);
  std::vector<FileDescriptor> queue_;
};

TEST_F(CurlTransportTest, ConnectTimeout) {
  const FullServer full;
  transport = make({.connect_timeout = milliseconds(80)});
  EXPECT_THAT(fetch(full.url() + "/"), FailsWith(Reason::timeout, HasSubstr("no connection")));
}

TEST_F(CurlTransportTest, AProxyThatDoesNotAnswerIsNotTheProvider) {
  const FullServer full;
  transport = make({.connect_timeout = milliseconds(80)});
  HttpRequest sent = get("https://provider.invalid/usage");
  sent.connection =
      std::make_shared<const ConnectionSettings>(ConnectionSettings{.proxy_url = Secret(full.url())});
  EXPECT_THAT(fetch(sent),
              FailsWith(Reason::proxy, HasSubstr("the proxy " + full.url() + ": no connection")));
}

TEST_F(CurlTransportTest, ReadTimeout) {
  TestServer server([](const FileDescriptor& peer) { receive_to_end(peer); });
  HttpRequest request = get(server.url("/?s3cret"));
  request.timeout = milliseconds(80);
  EXPECT_THAT(fetch(request), FailsWith(Reason::timeout, server.url() + ": no complete answer within 80 ms"));
}

TEST_F(CurlTransportTest, AByteNowAndThenDoesNotStretchTheTimeout) {
  TestServer server([](const FileDescriptor& peer) {
    receive_until(peer, "\r\n\r\n");
    send_all(peer, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (!readable_within(peer, milliseconds(10)) && send_all(peer, "x")) {
    }
  });
  HttpRequest request = get(server.url());
  request.timeout = milliseconds(100);
  EXPECT_THAT(fetch(request), FailsWith(Reason::timeout, HasSubstr("no complete answer within 100 ms")));
}

TEST_F(CurlTransportTest, ConnectionsThatEndEarly) {
  const std::map<std::string, std::string> answers{
      {"nothing", ""},
      {"half a head", "HTTP/1.1 200 OK\r\nContent-Le"},
      {"short body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"},
      {"short chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n12345"},
      {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n"},
      {"not gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n12345"},
  };
  for (const auto& [name, answer] : answers) {
    TestServer server([&answer = answer](const FileDescriptor& peer) {
      receive_until(peer, "\r\n\r\n");
      send_all(peer, answer);
    });
    const auto outcome = fetch(server.url("/a?s3cret"));
    EXPECT_THAT(outcome, FailsWith(Reason::connect, StartsWith(server.url("/a") + ": "))) << name;
  }
}

TEST_F(CurlTransportTest, ResetInTheBody) {
  TestServer server([](const FileDescriptor& peer) {
    receive_until(peer, "\r\n\r\n");
    send_all(peer, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    reset_on_close(peer);
  });
  EXPECT_THAT(fetch(server.url()), FailsWith(Reason::connect, StartsWith(server.url())));
}

// --- proxies

TEST_F(CurlTransportTest, GoesThroughAConfiguredProxyOnly) {
  std::promise<std::string> request;
  TestServer proxy(hand_over(request));
  HttpRequest sent = get("http://provider.invalid/usage");
  sent.connection = std::make_shared<const ConnectionSettings>(
      ConnectionSettings{.proxy_url = Secret("http://me:s3cret@127.0.0.1:" + std::to_string(proxy.port()))});
  EXPECT_THAT(fetch(sent), Answers(200, "{}"));
  EXPECT_THAT(request.get_future().get(), StartsWith("GET http://provider.invalid/usage HTTP/1.1\r\n"));
}

TEST_F(CurlTransportTest, TheEnvironmentsProxyIsNotUsed) {
  setenv("http_proxy", "http://127.0.0.1:1/", 1);  // NOLINT(concurrency-mt-unsafe): no other thread runs
  TestServer server(answer_with(ok("{}")));
  EXPECT_THAT(fetch(server.url()), Answers(200, "{}"));
  unsetenv("http_proxy");  // NOLINT(concurrency-mt-unsafe)
}

TEST_F(CurlTransportTest, AProxyThatRefusesATunnel) {
  const std::map<int, Reason> reasons{{403, Reason::proxy}, {407, Reason::proxy}, {502, Reason::connect}};
  for (const auto& [status, reason] : reasons) {
    TestServer proxy(answer_with("HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 0\r\n\r\n"));
    HttpRequest sent = get("https://provider.invalid/usage?s3cret");
    sent.connection = std::make_shared<const ConnectionSettings>(ConnectionSettings{
        .proxy_url = Secret("http://me:s3cret@127.0.0.1:" + std::to_string(proxy.port()))});
    EXPECT_THAT(fetch(sent), FailsWith(reason, StartsWith("https://provider.invalid/usage: the proxy "
                                                          "http://127.0.0.1:" +
                                                          std::to_string(proxy.port()) + " answered " +
                                                          std::to_string(status))));
  }
}

TEST_F(CurlTransportTest, ADeadProxyIsNotTheProvider) {
  std::uint16_t port = 0;
  { port = port_of_socket(listen_on_loopback()); }
  const std::string proxy = "127.0.0.1:" + std::to_string(port);
  for (const std::string provider : {"http://provider.invalid/usage", "https://provider.invalid/usage"}) {
    HttpRequest sent = get(provider + "?s3cret");
    sent.connection = std::make_shared<const ConnectionSettings>(
        ConnectionSettings{.proxy_url = Secret("http://me:s3cret@" + proxy)});
    EXPECT_THAT(fetch(sent), FailsWith(Reason::proxy, provider + ": the proxy http://" + proxy +
                                                          ": cannot connect: Connection refused"));
  }
}

TEST_F(CurlTransportTest, AProxyWithoutANameIsNotTheProvider) {
  HttpRequest sent = get("https://127.0.0.1:1/usage");
  const std::string host = std::string(70, 'a') + ".invalid";
  sent.connection = std::make_shared<const ConnectionSettings>(
      ConnectionSettings{.proxy_url = Secret("http://me:s3cret@" + host + ":3128")});
  EXPECT_THAT(fetch(sent), FailsWith(Reason::proxy, "https://127.0.0.1:1/usage: the proxy http://" + host +
                                                        ":3128: its name cannot be resolved"));
}

TEST_F(CurlTransportTest, AProxyThatAnswersButNoProviderIsATimeout) {
  TestServer proxy([](const FileDescriptor& peer) { receive_to_end(peer); });
  HttpRequest sent = get("https://provider.invalid/usage");
  sent.timeout = milliseconds(80);
  sent.connection = std::make_shared<const ConnectionSettings>(
      ConnectionSettings{.proxy_url = Secret("http://127.0.0.1:" + std::to_string(proxy.port()))});
  EXPECT_THAT(fetch(sent), FailsWith(Reason::timeout, HasSubstr("no connection within 80 ms")));
}

// --- many

TEST_F(CurlTransportTest, ReusesItsConnection) {
  TestServer server(answer_with(ok("{}")));
  for (int i = 0; i < 20; ++i) ASSERT_THAT(fetch(server.url()), Answers(200, "{}"));
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(CurlTransportTest, TakesANewConnectionWhenTheKeptOneIsGone) {
  TestServer server([](const FileDescriptor& peer) {
    receive_until(peer, "\r\n\r\n");
    send_all(peer, ok("{}"));
  });
  for (int i = 0; i < 5; ++i) ASSERT_THAT(fetch(server.url()), Answers(200, "{}"));
  EXPECT_EQ(server.accepted(), 5U);
}

void allow_many_files() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

// Lets the transport work until the listener has a connection.
FileDescriptor accept_while_working(CurlTransport& transport, const FileDescriptor& listener) {
  while (!readable_within(listener, milliseconds(0))) {
    if (!transport.wait(milliseconds(1)).empty()) return {};
  }
  return FileDescriptor(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

TEST_F(CurlTransportTest, HoldsFiveHundredExchangesAtOnceOnOneThread) {
  allow_many_files();
  const FileDescriptor listener = listen_on_loopback();
  const std::string url = "http://127.0.0.1:" + std::to_string(port_of_socket(listener)) + "/";
  for (Transport::Id id = 0; id < 500; ++id) transport->start(id, get(url));
  std::vector<FileDescriptor> peers;
  while (peers.size() < 500) {
    peers.push_back(accept_while_working(*transport, listener));
    ASSERT_TRUE(peers.back());
  }
  for (const FileDescriptor& peer : peers) ASSERT_TRUE(send_all(peer, ok("{}")));
  std::size_t done = 0;
  while (done < 500) {
    const auto completions = transport->wait(seconds(10));
    ASSERT_THAT(completions, Not(IsEmpty()));
    for (const auto& completion : completions) EXPECT_THAT(completion.result, Answers(200, "{}"));
    done += completions.size();
  }
}

TEST_F(CurlTransportTest, ExchangesBeyondTheConnectionsWaitTheirTurn) {
  transport = make({.max_connections = 2});
  TestServer server(answer_with(ok("{}")));
  for (Transport::Id id = 0; id < 20; ++id) transport->start(id, get(server.url()));
  std::size_t done = 0;
  while (done < 20) {
    const auto completions = transport->wait(seconds(10));
    ASSERT_THAT(completions, Not(IsEmpty()));
    for (const auto& completion : completions) EXPECT_THAT(completion.result, Answers(200, "{}"));
    done += completions.size();
  }
  EXPECT_LE(server.accepted(), 2U);
}

// --- wait, wake, cancel

TEST_F(CurlTransportTest, WaitGivesNothingWhenNothingCompletes) {
  EXPECT_THAT(transport->wait(milliseconds(5)), IsEmpty());
  EXPECT_THAT(transport->wait(milliseconds(0)), IsEmpty());
}

TEST_F(CurlTransportTest, WakeEndsAWaitFromAnotherThread) {
  auto waiting = std::async(std::launch::async, [this] { return transport->wait(seconds(60)); });
  transport->wake();
  EXPECT_THAT(waiting.get(), IsEmpty());
}

TEST_F(CurlTransportTest, WakeBeforeTheWaitIsNotLost) {
  transport->wake();
  EXPECT_THAT(transport->wait(seconds(60)), IsEmpty());
}

TEST_F(CurlTransportTest, ACancelledExchangeNeverCompletes) {
  TestServer silent([](const FileDescriptor& peer) { receive_to_end(peer); });
  TestServer server(answer_with(ok("{}")));
  transport->start(1, get(silent.url()));
  transport->start(2, get(server.url()));
  ASSERT_THAT(transport->wait(seconds(10)), SizeIs(1));
  transport->cancel(1);
  transport->cancel(1);
  transport->cancel(99);
  EXPECT_THAT(fetch(server.url()), Answers(200, "{}"));  // takes the id anew
}

TEST_F(CurlTransportTest, CancelDropsWhatWasReadyToo) {
  transport->start(1, get("ftp://nowhere"));
  transport->cancel(1);
  EXPECT_THAT(transport->wait(milliseconds(0)), IsEmpty());
}

TEST_F(CurlTransportTest, EndsWithExchangesInFlight) {
  TestServer silent([](const FileDescriptor& peer) { receive_to_end(peer); });
  transport->start(1, get(silent.url()));
  EXPECT_THAT(transport->wait(milliseconds(5)), IsEmpty());
  transport.reset();
}

}  // namespace
}  // namespace cpaas::test
