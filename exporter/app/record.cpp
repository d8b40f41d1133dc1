#include "exporter/app/record.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "exporter/app/body_members.h"
#include "exporter/core/calendar.h"

namespace cpaas::app {
namespace {

using nlohmann::ordered_json;
using Query = std::map<std::string, std::string, std::less<>>;

std::string decoded(std::string_view text) {
  std::string result;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool encoded = text[i] == '%' && i + 2 < text.size() &&
                         std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
                         std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0;
    result.push_back(encoded ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i]);
    if (encoded) i += 2;
  }
  return result;
}

std::string path_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto host = url.find("://");
  const auto path = url.find('/', host == std::string_view::npos ? 0 : host + 3);
  return path == std::string_view::npos ? "/" : std::string(url.substr(path));
}

Query query_of(std::string_view url) {
  Query query;
  const auto question = url.find('?');
  std::string_view rest = question == std::string_view::npos ? std::string_view() : url.substr(question + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    const auto equals = std::min(parameter.find('='), parameter.size());
    query.emplace(decoded(parameter.substr(0, equals)),
                  decoded(parameter.substr(std::min(equals + 1, parameter.size()))));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return query;
}

// What is behind the last segment with a secret: a replay compares how paths end.
std::string shown_path(std::string path, const Redactor& redactor) {
  while (redactor.has_secret(path)) {
    const auto slash = path.find('/', 1);
    if (slash == std::string::npos) return "/";
    path.erase(0, slash);
  }
  return path;
}

using Names = std::set<std::string, std::less<>>;

// By what requests with this path differ: times, keys and page sizes that all have alike say nothing.
Names telling_names(const std::vector<Query>& queries) {
  Names telling;
  for (const Query& query : queries) {
    for (const auto& [name, value] : query) {
      const bool alike = std::ranges::all_of(queries, [&name = name, &value = value](const Query& other) {
        const auto found = other.find(name);
        return found != other.end() && found->second == value;
      });
      if (!alike) telling.insert(name);
    }
  }
  return telling;
}

bool matters(std::string_view header) {
  return header == "link" || header == "retry-after" || header.find("next") != std::string_view::npos ||
         header.find("ratelimit") != std::string_view::npos ||
         header.find("rate-limit") != std::string_view::npos;
}

std::string file_name(std::size_t number, std::string_view path) {
  std::string name = number < 10 ? "0" : "";
  name += std::to_string(number) + "-";
  while (path.ends_with('/')) path.remove_suffix(1);
  for (const char c : path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1)) {
    name.push_back(std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_');
  }
  return name.substr(0, 60) + ".json";
}

class Writer {
 public:
  Writer(std::filesystem::path folder, Redactor redactor)
      : folder_(std::move(folder)), redactor_(std::move(redactor)) {}

  Result<void> write(TimePoint at, const std::vector<Exchange>& exchanges) {
    std::error_code failure;
    std::filesystem::create_directories(folder_, failure);
    if (failure) return fail(Reason::internal, folder_.string() + ": " + failure.message());
    const auto list = folder_ / "answers.yml";
    if (std::filesystem::exists(list))
      return fail(Reason::internal, list.string() + ": there is a recording already");
    std::map<std::string, std::vector<Query>> queries;
    std::map<std::string, std::vector<Query>> bodies;
    for (const Exchange& each : exchanges) {
      queries[path_of(each.url)].push_back(query_of(each.url));
      bodies[path_of(each.url)].push_back(body_members(each.body));
    }
    std::string text = "at: " + format_time(at) + "\nanswers:\n";
    for (const Exchange& each : exchanges) {
      const std::string path = path_of(each.url);
      auto line = answer(each, telling_names(queries.at(path)), telling_names(bodies.at(path)));
      if (!line) return tl::unexpected(line.error());
      text += "  - " + *line + "\n";
    }
    return put(list, text);
  }

 private:
  // One line of the list, as JSON, which is YAML too. The answer is written beside it.
  Result<std::string> answer(const Exchange& exchange, const Names& in_query, const Names& in_body) {
    const std::string path = shown_path(path_of(exchange.url), redactor_);
    const std::string file = file_name(++count_, path);
    if (auto written = put(folder_ / file, redactor_.body(exchange.response.body)); !written)
      return tl::unexpected(written.error());
    ordered_json line{{"path", redactor_.text(path)}};
    add_telling(line, "query", query_of(exchange.url), in_query);
    add_telling(line, "body", body_members(exchange.body), in_body);
    line["file"] = file;
    if (exchange.response.status != 200) line["status"] = exchange.response.status;
    for (const auto& [name, value] : exchange.response.headers) {
      if (matters(name)) line["headers"][name] = redactor_.text(value);
    }
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void add_telling(ordered_json& line, const char* key, const Query& values, const Names& telling) {
    for (const auto& [name, value] : values) {
      if (telling.contains(name) && !redactor_.has_secret(value)) line[key][name] = redactor_.text(value);
    }
  }

  static Result<void> put(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text << std::flush;
    if (!file) return fail(Reason::internal, path.string() + ": cannot be written");
    return {};
  }

  std::filesystem::path folder_;
  Redactor redactor_;
  std::size_t count_ = 0;
};

}  // namespace

void RecordingTransport::start(Id id, HttpRequest request) {
  asked_[id] = {request.url, request.body};
  for (const Header& header : request.headers) {
    const std::string& value = header.value.reveal();
    if (header.name == "Authorization") credentials_.insert(value.substr(value.find(' ') + 1));
  }
  other_.start(id, std::move(request));
}

void RecordingTransport::cancel(Id id) {
  asked_.erase(id);
  other_.cancel(id);
}

std::vector<Transport::Completion> RecordingTransport::wait(Duration at_most) {
  auto done = other_.wait(at_most);
  for (const Completion& each : done) {
    auto asked = asked_.extract(each.id);
    if (!asked || !each.result) continue;
    exchanges_.push_back({std::move(asked.mapped().url), std::move(asked.mapped().body), *each.result});
  }
  return done;
}

Result<void> write_recording(const std::string& folder, TimePoint at, const std::vector<Exchange>& exchanges,
                             Redactor redactor) {
  return Writer(folder, std::move(redactor)).write(at, exchanges);
}

}  // namespace cpaas::app
