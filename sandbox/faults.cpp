#include "sandbox/faults.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "sandbox/distort.h"
#include "sandbox/random.h"

namespace sandbox {

namespace {

struct Kind {
  std::string_view name;
  int status;         // the default
  std::int64_t size;  // the default
  std::string_view value;
};
constexpr std::array<Kind, 22> kKinds{{{"latency", 200, 0, ""},
                                       {"status", 500, 0, ""},
                                       {"headers", 200, 0, ""},
                                       {"close", 200, 0, ""},
                                       {"truncated", 200, 0, ""},
                                       {"slow", 200, 0, ""},
                                       {"malformed", 200, 0, ""},
                                       {"empty", 200, 0, ""},
                                       {"html", 200, 0, ""},
                                       {"redirect", 302, 0, ""},
                                       {"wrong_type", 200, 0, "{\"unexpected\":true}"},
                                       {"nan", 200, 0, "NaN"},
                                       {"big_numbers", 200, 0, "1e400"},
                                       {"duplicate_keys", 200, 0, ""},
                                       {"invalid_utf8", 200, 0, ""},
                                       {"deep", 200, 100'000, ""},
                                       {"huge", 200, 32 << 20, ""},
                                       {"gzip", 200, 0, ""},
                                       {"gzip_bomb", 200, 256 << 20, ""},
                                       {"zeros", 200, 0, ""},
                                       {"absent", 200, 0, ""},
                                       {"lagging", 200, 0, ""}}};

// Reads optional members of an object and remembers the first that has the wrong type.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}
  template <typename T>
  void read(const char* key, T& into) {
    const auto found = object_.find(key);
    if (found == object_.end()) return;
    try {
      found->get_to(into);
    } catch (const Json::exception&) {
      if (problem.empty()) problem = fmt::format("{} has the wrong type", key);
    }
  }
  std::string problem;

 private:
  const Json& object_;
};

void read_retry_after(const Json& fault, std::string& into) {
  const auto found = fault.find("retry_after");
  if (found == fault.end()) return;
  into = found->is_string() ? found->get<std::string>() : found->dump();
}

bool matches(const std::string& glob, std::string_view text) {
  return fnmatch(glob.c_str(), std::string{text}.c_str(), 0) == 0;
}

std::string out_of_range(const Fault& fault) {
  if (fault.ms < 0 || fault.ms > 600'000) return "ms must be between 0 and 600000";
  if (fault.status < 100 || fault.status > 599) return "status must be between 100 and 599";
  if (fault.size < 0 || fault.size > (4LL << 30)) return "size must be between 0 and 4294967296";
  if (fault.answers < 0 || fault.answers > 1000) return "answers must be between 0 and 1000";
  if (fault.kind == "absent" && fault.entity.empty()) return "absent needs an entity";
  if (fault.probability < 0 || fault.probability > 1) return "probability must be between 0 and 1";
  return {};
}

void replace_body(Response& response, std::string text) {
  response.body = std::move(text);
}

void make_huge(Response& response, std::int64_t size) {
  const std::string right = response.body;
  response.filler = size;
  if (right.starts_with('{') && right.size() > 2) {
    response.body = "{\"padding\":\"";
    response.tail = "\"," + right.substr(1);
  } else {
    response.body = "[\"";
    response.tail = "\"]";
  }
}

void compress(Response& response, std::string data) {
  response.body = std::move(data);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

void spoil_transfer(Response& response, const Fault& fault) {
  if (fault.kind == "latency") response.delay_ms += fault.ms;
  if (fault.kind == "slow") response.byte_ms = std::max<std::int64_t>(fault.ms, 1);
  if (fault.kind == "close") response.hang_up = true;
  if (fault.kind == "truncated") response.cut_body = response.body.size() / 2;
}

void spoil_answer(Response& response, const Fault& fault, const Json& error) {
  if (fault.kind == "status") {
    response.status = fault.status;
    replace_body(response, error.dump());
  }
  if (fault.kind == "redirect") {
    response.status = fault.status;
    response.headers.emplace_back("Location", fault.location);
    response.body.clear();
  }
  if (fault.kind == "html") {
    response.status = fault.status;
    response.type = "text/html; charset=utf-8";
    replace_body(response, "<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>");
  }
  if (fault.kind == "empty") response.body.clear();
}

void spoil_body(Response& response, const Fault& fault, const Json& right) {
  const std::string& kind = fault.kind;
  if (kind == "malformed")
    response.body.resize(response.body.size() - std::min<std::size_t>(response.body.size(), 1));
  if (kind == "wrong_type" || kind == "nan" || kind == "big_numbers") {
    replace_body(response, with_numbers_replaced(right, fault.value));
  }
  if (kind == "duplicate_keys") replace_body(response, with_duplicate_keys(right));
  if (kind == "invalid_utf8") replace_body(response, with_invalid_utf8(right.dump()));
  if (kind == "deep") replace_body(response, nested_arrays(fault.size));
  if (kind == "huge") make_huge(response, fault.size);
  if (kind == "gzip") compress(response, gzip(response.body));
  if (kind == "gzip_bomb") compress(response, gzip_bomb(fault.size));
}

}  // namespace

ParsedFault parse_fault(const Json& body) {
  if (!body.is_object() || !body.contains("fault") || !body["fault"].is_object()) {
    return {{}, "a fault needs an object \"fault\" with a \"kind\""};
  }
  Fault fault;
  Reader inner{body["fault"]};
  inner.read("kind", fault.kind);
  const auto kind = std::ranges::find(kKinds, fault.kind, &Kind::name);
  if (kind == kKinds.end()) return {{}, "unknown kind of fault"};
  fault.status = kind->status;
  fault.size = kind->size;
  fault.value = kind->value;
  inner.read("ms", fault.ms);
  inner.read("status", fault.status);
  inner.read("location", fault.location);
  inner.read("size", fault.size);
  inner.read("value", fault.value);
  inner.read("keys", fault.keys);
  inner.read("entity", fault.entity);
  inner.read("answers", fault.answers);
  inner.read("retry_after_seconds", fault.retry_after_seconds);
  inner.read("rate_limit_headers", fault.rate_limit_headers);
  read_retry_after(body["fault"], fault.retry_after);
  Reader outer{body};
  outer.read("provider", fault.provider);
  outer.read("endpoint", fault.endpoint);
  outer.read("count", fault.count);
  outer.read("probability", fault.probability);
  for (const std::string& problem : {inner.problem, outer.problem, out_of_range(fault)}) {
    if (!problem.empty()) return {{}, problem};
  }
  return {fault, {}};
}

Json fault_json(const Fault& fault) {
  return {{"id", fault.id},
          {"provider", fault.provider},
          {"endpoint", fault.endpoint},
          {"fault",
           {{"kind", fault.kind},
            {"ms", fault.ms},
            {"status", fault.status},
            {"retry_after", fault.retry_after},
            {"location", fault.location},
            {"size", fault.size},
            {"value", fault.value},
            {"keys", fault.keys},
            {"entity", fault.entity},
            {"answers", fault.answers},
            {"rate_limit_headers", fault.rate_limit_headers}}},
          {"count", fault.count},
          {"probability", fault.probability},
          {"hits", fault.hits}};
}

int Faults::add(Fault fault) {
  fault.id = next_id_++;
  faults_.push_back(std::move(fault));
  return faults_.back().id;
}

void Faults::clear() {
  faults_.clear();
  laggards_.clear();
}

bool Faults::remove(int id) {
  laggards_.erase(id);
  return std::erase_if(faults_, [&](const Fault& fault) { return fault.id == id; }) > 0;
}

std::vector<Fault> Faults::take(std::string_view provider, std::string_view endpoint, std::string_view path) {
  std::vector<Fault> hit;
  for (Fault& fault : faults_) {
    if (!matches(fault.provider, provider)) continue;
    if (!matches(fault.endpoint, endpoint) && !matches(fault.endpoint, path)) continue;
    if (fault.count >= 0 && fault.hits >= fault.count) continue;
    Draw draw{seed_, static_cast<std::uint64_t>(fault.id), tries_[fault.id]++};
    if (!draw.chance(fault.probability)) continue;
    ++fault.hits;
    hit.push_back(fault);
  }
  return hit;
}

Json Faults::told(const Fault& fault, const Json& right, const Ask& ask) {
  if (fault.kind == "zeros") return with_zeros(right, fault.keys);
  if (fault.kind == "absent") return without_entity(right, fault.entity);
  if (fault.kind == "lagging") return laggards_[fault.id].instead_of(right, ask, fault.answers);
  return right;
}

void spoil(Response& response, const Fault& fault, const Json& right, const Json& error, TimePoint now) {
  spoil_answer(response, fault, error);
  spoil_body(response, fault, right);
  spoil_transfer(response, fault);
  if (!fault.retry_after.empty()) {
    const bool dated = fault.retry_after == "date";
    const TimePoint until = now + std::chrono::seconds{fault.retry_after_seconds};
    response.headers.emplace_back("Retry-After", dated ? http_date_text(until) : fault.retry_after);
  }
  for (const auto& [name, value] : fault.rate_limit_headers) response.headers.emplace_back(name, value);
}

}  // namespace sandbox
