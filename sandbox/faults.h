// Faults on demand: which requests are answered wrongly, and how.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sandbox/answer.h"
#include "sandbox/lies.h"
#include "sandbox/response.h"

namespace sandbox {

// Kinds, and the fields that belong to them (defaults in Fault):
//   latency         ms                    the right answer, later
//   status          status                the provider's own error body with that status
//   headers                               the right answer; for rate_limit_headers alone
//   close                                 the connection is closed without an answer
//   truncated                             half of the promised body, then the connection is closed
//   slow            ms                    one byte of the body every `ms`
//   malformed                             no JSON: the body lacks its end
//   empty                                 no body at all
//   html                                  a page of HTML with `status` (200 unless given)
//   redirect        status 302, location
//   wrong_type      value                 every number, and every string that holds
//                                         one, is replaced by the JSON `value`
//   nan                                   ... by NaN, which is no JSON
//   big_numbers                           ... by 1e400, beyond what a double holds
//   duplicate_keys                        every number's key comes twice, the second
//                                         time with another value
//   invalid_utf8                          the first string begins with bytes that are
//                                         no UTF-8
//   deep            size 100000           so many nested arrays
//   huge            size 33554432         the right JSON with a string of so many bytes
//   gzip                                  the right answer, compressed
//   gzip_bomb       size 268435456        a small gzip body that becomes so many bytes
// These look right and are not; they come to good answers only, and before the others:
//   zeros           keys *                0 in the place of every number whose member's
//                                         name matches the glob
//   absent          entity                without the row of the customer, organization
//                                         or user with that id
//   lagging         answers 1             what was right so many answers to the same
//                                         request ago
struct Fault {
  int id = 0;
  std::string provider = "*";  // or tingting, vobiz, teli, agentphone, replay
  std::string endpoint = "*";  // glob over the endpoint's short name or the path below the provider's prefix
  std::string kind;
  std::int64_t ms = 1000;
  int status = 500;
  std::string
      retry_after;  // the header's value; `date` is replaced by the sandbox's time plus retry_after_seconds
  std::int64_t retry_after_seconds = 30;
  std::string location = "/elsewhere";
  std::int64_t size = 0;
  std::string value;
  std::string keys = "*";
  std::string entity;
  std::int64_t answers = 1;
  std::map<std::string, std::string> rate_limit_headers;  // sent with the answer, whatever the kind
  std::int64_t count = -1;                                // so many times; -1: until cleared
  double probability = 1;
  std::int64_t hits = 0;
};

// A fault from {"provider","endpoint","fault":{"kind",...},"count","probability"}, or why it is none.
struct ParsedFault {
  Fault fault;
  std::string problem;
};
ParsedFault parse_fault(const Json& body);
Json fault_json(const Fault& fault);

// The faults in force, in the order they were added. Not thread-safe.
class Faults {
 public:
  explicit Faults(std::uint64_t seed) : seed_(seed) {}
  int add(Fault fault);
  void clear();
  bool remove(int id);
  const std::vector<Fault>& all() const { return faults_; }
  // Those that hit this request; each hit counts. Chance is a function of the seed, the fault and its earlier
  // tries.
  std::vector<Fault> take(std::string_view provider, std::string_view endpoint, std::string_view path);
  // What is told in the place of `right`, which answers `ask`, where `fault` is one that looks right.
  Json told(const Fault& fault, const Json& right, const Ask& ask);

 private:
  std::uint64_t seed_;
  std::vector<Fault> faults_;
  std::map<int, std::uint64_t> tries_;
  std::map<int, Laggard> laggards_;  // by fault
  int next_id_ = 1;
};

// Spoils `response`, whose body is `right`. `error` is the provider's error body for the fault's status.
void spoil(Response& response, const Fault& fault, const Json& right, const Json& error, TimePoint now);

}  // namespace sandbox
