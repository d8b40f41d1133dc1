#include "exporter/app/replay.h"

#include <algorithm>
#include <filesystem>

#include "config/environment.h"
#include "config/sections.h"
#include "config/yaml_node.h"
#include "exporter/app/body_members.h"
#include "exporter/core/calendar.h"
#include "exporter/core/number.h"

namespace cpaas::app {
namespace {

using config::Node;
using config::Problems;

class RecordingReader {
 public:
  RecordingReader(std::filesystem::path folder, Problems& problems)
      : folder_(std::move(folder)), problems_(problems), environment_(config::system_environment()) {}

  Recording read(const Node& root) {
    Recording recording;
    if (!config::expect_map(root, "the recording", problems_)) return recording;
    config::refuse_unknown_keys(root, "", {"at", "answers"}, problems_);
    if (const Node* at = root.find("at")) {
      recording.at = parse_time(at->text);
      if (!recording.at) problems_.add(*at, "'at' must be a time, such as 2026-06-15T12:00:00Z");
    }
    const Node* answers = root.find("answers");
    if (answers == nullptr || answers->type != Node::Type::sequence) {
      problems_.add(answers == nullptr ? root : *answers, "'answers' must be a list");
      return recording;
    }
    for (const Node* node : answers->values) recording.answers.push_back(read_answer(*node));
    return recording;
  }

 private:
  static std::string text_of(const Node& map, std::string_view key) {
    const Node* node = map.find(key);
    return node == nullptr ? std::string() : node->text;
  }

  RecordedAnswer read_answer(const Node& node) {
    RecordedAnswer answer;
    if (!config::expect_map(node, "an answer", problems_)) return answer;
    config::refuse_unknown_keys(node, "", {"path", "query", "body", "file", "status", "headers"}, problems_);
    answer.path = text_of(node, "path");
    if (!answer.path.starts_with('/')) problems_.add(node, "'path' must begin with /");
    const auto status = parse_decimal(text_of(node, "status"));
    answer.response.status = status && *status >= 100 && *status <= 599 ? static_cast<int>(*status) : 200;
    each_text(node, "query",
              [&](const std::string& name, const std::string& value) { answer.query.emplace(name, value); });
    each_text(node, "body",
              [&](const std::string& name, const std::string& value) { answer.body.emplace(name, value); });
    each_text(node, "headers", [&](std::string name, const std::string& value) {
      std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      answer.response.headers.emplace(std::move(name), value);
    });
    read_body(node, answer);
    return answer;
  }

  template <class Use>
  void each_text(const Node& map, std::string_view key, const Use& use) {
    const Node* node = map.find(key);
    if (node == nullptr || !config::expect_map(*node, key, problems_)) return;
    for (std::size_t i = 0; i < node->keys.size(); ++i) use(node->keys[i]->text, node->values[i]->text);
  }

  void read_body(const Node& node, RecordedAnswer& answer) {
    const Node* file = node.find("file");
    if (file == nullptr) {
      problems_.add(node, "'file' is missing");
      return;
    }
    auto body = environment_.read_file((folder_ / file->text).string());
    if (body) {
      answer.response.body = std::move(*body);
    } else {
      problems_.add(*file, "the answer cannot be read: " + body.error());
    }
  }

  std::filesystem::path folder_;
  Problems& problems_;
  config::Environment environment_;
};

using Members = std::map<std::string, std::string, std::less<>>;

// How much the answer says of the request; nothing if the request is another.
std::optional<std::size_t> fit(const RecordedAnswer& answer, const std::string& url, const Members& body) {
  const auto question = std::min(url.find('?'), url.size());
  if (!std::string_view(url).substr(0, question).ends_with(answer.path)) return std::nullopt;
  const std::string query = "&" + url.substr(std::min(question + 1, url.size())) + "&";
  for (const auto& [name, value] : answer.query) {
    const std::string parameter = "&" + percent_encode(name) + "=" + percent_encode(value) + "&";
    if (query.find(parameter) == std::string::npos) return std::nullopt;
  }
  for (const auto& [name, value] : answer.body) {
    const auto found = body.find(name);
    if (found == body.end() || found->second != value) return std::nullopt;
  }
  return answer.query.size() + answer.body.size();
}

}  // namespace

LoadedRecording load_recording(const std::string& folder) {
  const std::string file = (std::filesystem::path(folder) / "answers.yml").string();
  const auto text = config::system_environment().read_file(file);
  if (!text) return {{}, {file + ":1:1: the file cannot be read: " + text.error()}};
  Problems problems(file);
  const config::Tree tree = config::read_yaml(*text, problems);
  LoadedRecording loaded;
  if (tree.root != nullptr) loaded.recording = RecordingReader(folder, problems).read(*tree.root);
  if (tree.root == nullptr && problems.none()) problems.add(1, 1, "the file is empty: 'answers' is missing");
  for (const config::Diagnostic& problem : problems.sorted()) loaded.problems.push_back(to_string(problem));
  return loaded;
}

SteadyPoint ReplayClock::steady() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

HttpResponse ReplayTransport::answer(const HttpRequest& request) const {
  const Members body = body_members(request.body);
  const RecordedAnswer* best = nullptr;
  std::size_t named = 0;
  for (const RecordedAnswer& each : recording_.answers) {
    const auto parameters = fit(each, request.url, body);
    if (!parameters || (best != nullptr && *parameters <= named)) continue;
    best = &each;
    named = *parameters;
  }
  HttpResponse response;
  response.status = 404;
  response.body = R"({"message": "there is no recorded answer"})";
  if (best != nullptr) response = best->response;
  response.headers.emplace("date", format_http_date(clock_.now()));
  return response;
}

void ReplayTransport::start(Id id, HttpRequest request) {
  done_.push_back({id, answer(request)});
}

void ReplayTransport::cancel(Id id) {
  std::erase_if(done_, [&](const Completion& each) { return each.id == id; });
}

std::vector<Transport::Completion> ReplayTransport::wait(Duration at_most) {
  if (done_.empty()) {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, at_most, [&] { return wake_; });
    wake_ = false;
  }
  return std::exchange(done_, {});
}

void ReplayTransport::wake() {
  {
    const std::lock_guard lock(mutex_);
    wake_ = true;
  }
  woken_.notify_one();
}

}  // namespace cpaas::app
