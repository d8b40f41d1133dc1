#include "exporter/adapters/web_request_reader.h"

#include <gmock/gmock.h>

namespace cpaas {
namespace {

using State = WebRequestReader::State;

// "METHOD PATH?QUERY rest", the status of a refusal, or "more".
std::string outcome(std::string text, std::size_t at_a_time = std::string::npos) {
  WebRequestReader reader;
  std::string input;
  State state = State::more;
  while (state == State::more && !text.empty()) {
    input += text.substr(0, at_a_time);
    text.erase(0, at_a_time);
    state = reader.read(input);
  }
  if (state == State::more) return "more";
  if (state == State::refused) return std::to_string(reader.status());
  const ReadRequest& request = reader.request();
  return request.method + " " + request.path + "?" + request.query + " " + input + text;
}

std::string get(const std::string& fields, const std::string& body = "") {
  return "GET /a?b HTTP/1.1\r\n" + fields + "\r\n" + body;
}

struct Case {
  const char* what;
  std::string request;
  std::string outcome;
};

std::string body_of(std::string text) {
  WebRequestReader reader;
  EXPECT_EQ(reader.read(text), State::complete);
  return reader.request().body;
}

TEST(WebRequestReader, KeepsTheBeginningOfABody) {
  EXPECT_EQ(body_of(get("Host: h\r\nContent-Length: 3\r\n", "xyzN")), "xyz");
  EXPECT_EQ(body_of(get("Host: h\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")),
            "abcde");
  EXPECT_EQ(body_of(get("Host: h\r\nContent-Length: 3000\r\n", std::string(3000, 'x'))),
            std::string(1024, 'x'));
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"plain", get("Host: h\r\n"), "GET /a?b "},
      {"the next request stays", get("Host: h\r\n", "NEXT"), "GET /a?b NEXT"},
      {"an empty line before", "\r\n" + get("Host: h\r\n"), "GET /a?b "},
      {"an empty Host", get("Host:\r\n"), "GET /a?b "},
      {"an old version needs no Host", "GET / HTTP/1.0\r\n\r\n", "GET /? "},
      {"a body of a length", get("Host: h\r\nContent-Length: 3\r\n", "xyzN"), "GET /a?b N"},
      {"a body of no length", get("Host: h\r\nContent-Length: 0\r\n", "N"), "GET /a?b N"},
      {"chunks",
       get("Host: h\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\nN"),
       "GET /a?b N"},
      {"chunks, a trailer", get("Host: h\r\nTransfer-Encoding: Chunked\r\n", "1\r\na\r\n0\r\nX: y\r\n\r\nN"),
       "GET /a?b N"},
      {"an absolute target", "GET http://h:1/p?q HTTP/1.1\r\nHost: h\r\n\r\n", "GET /p?q "},
      {"an absolute target without a path", "GET HTTP://h?q HTTP/1.1\r\nHost: h\r\n\r\n", "GET /? "},
      {"decoded once", "GET /%2541%2f HTTP/1.1\r\nHost: h\r\n\r\n", "GET /%41/? "},
      {"an asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS *? "},
      {"bytes above ASCII in a field", get("Host: h\r\nX: \xC3\xA9\r\n"), "GET /a?b "},

      {"no Host", get("X: y\r\n"), "400"},
      {"two Hosts", get("Host: h\r\nHost: h\r\n"), "400"},
      {"a Host that is none", get("Host: h/x\r\n"), "400"},
      {"a Host with a user", get("Host: a@h\r\n"), "400"},
      {"two lengths", get("Host: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n", "ab"), "400"},
      {"the same length twice", get("Host: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n", "a"), "400"},
      {"a list of lengths", get("Host: h\r\nContent-Length: 1, 1\r\n", "a"), "400"},
      {"a length with a sign", get("Host: h\r\nContent-Length: +1\r\n", "a"), "400"},
      {"a negative length", get("Host: h\r\nContent-Length: -1\r\n", "a"), "400"},
      {"a hexadecimal length", get("Host: h\r\nContent-Length: 0x1\r\n", "a"), "400"},
      {"a length beyond all numbers", get("Host: h\r\nContent-Length: 99999999999999999999\r\n"), "400"},
      {"a length of nothing", get("Host: h\r\nContent-Length: \r\n"), "400"},
      {"a length and chunks", get("Host: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"), "400"},
      {"chunks and a length", get("Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n"), "400"},
      {"another coding", get("Host: h\r\nTransfer-Encoding: gzip\r\n"), "400"},
      {"a coding before chunks", get("Host: h\r\nTransfer-Encoding: gzip, chunked\r\n"), "400"},
      {"a coding after chunks", get("Host: h\r\nTransfer-Encoding: chunked, identity\r\n"), "400"},
      {"chunks twice", get("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "400"},
      {"a coding of nothing", get("Host: h\r\nTransfer-Encoding:\r\n"), "400"},
      {"chunks in an old version", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
      {"a chunk without a size", get("Host: h\r\nTransfer-Encoding: chunked\r\n", "\r\nabc\r\n"), "400"},
      {"a chunk of a wrong size", get("Host: h\r\nTransfer-Encoding: chunked\r\n", "2\r\nabc\r\n0\r\n\r\n"),
       "400"},
      {"a chunk size with a sign", get("Host: h\r\nTransfer-Encoding: chunked\r\n", "+1\r\na\r\n"), "400"},
      {"a chunk size with 0x", get("Host: h\r\nTransfer-Encoding: chunked\r\n", "0x1\r\na\r\n"), "400"},
      {"a chunk size beyond all numbers",
       get("Host: h\r\nTransfer-Encoding: chunked\r\n", "11111111111111111\r\na\r\n"), "400"},
      {"a chunk size of nothing but an extension", get("Host: h\r\nTransfer-Encoding: chunked\r\n", ";x\r\n"),
       "400"},
      {"a chunk size and a word", get("Host: h\r\nTransfer-Encoding: chunked\r\n", "1 x\r\na\r\n"), "400"},
      {"a chunk that ends in a line feed alone", get("Host: h\r\nTransfer-Encoding: chunked\r\n", "1\na\r\n"),
       "400"},
      {"a trailer that is none", get("Host: h\r\nTransfer-Encoding: chunked\r\n", "0\r\nx y: z\r\n\r\n"),
       "400"},
      {"a folded line", get("Host: h\r\nX: a\r\n b\r\n"), "400"},
      {"a folded first line", get(" Host: h\r\n"), "400"},
      {"a blank before the colon", get("Host : h\r\n"), "400"},
      {"a line without a colon", get("Host: h\r\nNo colon\r\n"), "400"},
      {"line feeds alone", "GET / HTTP/1.1\nHost: h\n\n", "400"},
      {"a carriage return alone", get("Host: h\r\nX: a\rb\r\n"), "400"},
      {"a NUL", get(std::string("Host: h\r\nX: a\0b\r\n", 16)), "400"},
      {"a control character in the target", "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"a relative target", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"a fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"half an escape", "GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"an escape that is none", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"a blank in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"a method that is no word", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"no version", "GET /\r\nHost: h\r\n\r\n", "400"},
      {"TLS where none is", "\x16\x03\x01\x02\x01\x01\xfc", "400"},

      {"another version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
      {"a body that is too long", get("Host: h\r\nContent-Length: 65537\r\n"), "413"},
      {"a head that is too long", get("Host: h\r\nX: " + std::string(16 * 1024, 'a') + "\r\n"), "431"},
      {"an endless head", "GET /" + std::string(20'000, 'a'), "431"},
      {"another expectation", get("Host: h\r\nExpect: tea\r\n"), "417"},

      {"half a head", "GET / HTTP/1.1\r\nHost", "more"},
      {"half a body", get("Host: h\r\nContent-Length: 3\r\n", "ab"), "more"},
      {"half a chunk", get("Host: h\r\nTransfer-Encoding: chunked\r\n", "3\r\na"), "more"},
  };
  return all;
}

TEST(WebRequestReader, ReadsOrRefuses) {
  for (const Case& each : cases()) EXPECT_EQ(outcome(each.request), each.outcome) << each.what;
}

TEST(WebRequestReader, PiecesChangeNothing) {
  for (const Case& each : cases()) {
    for (const std::size_t size : {1U, 3U}) {
      EXPECT_EQ(outcome(each.request, size), each.outcome) << each.what << " by " << size;
    }
  }
}

TEST(WebRequestReader, RefusesTooManyFields) {
  std::string fields = "Host: h\r\n";
  for (int i = 0; i < 99; ++i) fields += "X: y\r\n";
  EXPECT_EQ(outcome(get(fields)), "GET /a?b ");
  EXPECT_EQ(outcome(get(fields + "X: y\r\n")), "431");
}

TEST(WebRequestReader, RefusesChunksThatNeverEnd) {
  std::string chunks;
  for (int i = 0; i < 70; ++i) chunks += "400\r\n" + std::string(0x400, 'a') + "\r\n";
  EXPECT_EQ(outcome(get("Host: h\r\nTransfer-Encoding: chunked\r\n", chunks)), "413");
  EXPECT_EQ(outcome(get("Host: h\r\nTransfer-Encoding: chunked\r\n", "1;" + std::string(20'000, 'a'))),
            "400");
}

TEST(WebRequestReader, KeepsTheConnectionAsAsked) {
  const auto keeps = [](const std::string& version, const std::string& fields) {
    WebRequestReader reader;
    std::string input = "GET / HTTP/" + version + "\r\nHost: h\r\n" + fields + "\r\n";
    EXPECT_EQ(reader.read(input), State::complete);
    return reader.request().keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: foo, Close\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

TEST(WebRequestReader, ReadsOneRequestAfterTheOther) {
  WebRequestReader reader;
  std::string input = get("Host: h\r\nAuthorization: Basic eA==\r\n") + get("Host: g\r\n");
  EXPECT_EQ(reader.read(input), State::complete);
  EXPECT_EQ(reader.request().authorization, "Basic eA==");
  reader.reset();
  EXPECT_EQ(reader.read(input), State::complete);
  EXPECT_EQ(reader.request().host, "g");
  EXPECT_EQ(reader.request().authorization, "");
  EXPECT_EQ(input, "");
}

TEST(WebRequestReader, SaysOnceThatTheClientWaits) {
  WebRequestReader reader;
  std::string input = get("Host: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n");
  EXPECT_EQ(reader.read(input), State::more);
  EXPECT_TRUE(reader.take_continue());
  EXPECT_FALSE(reader.take_continue());
}

}  // namespace
}  // namespace cpaas
