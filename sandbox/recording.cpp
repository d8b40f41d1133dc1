#include "sandbox/recording.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace sandbox {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const YAML::Mark& mark, const std::string& message) {
  throw std::runtime_error(fmt::format("{}:{}: {}", file.string(), mark.line + 1, message));
}

std::string contents(const fs::path& file) {
  const std::ifstream stream{file, std::ios::binary};
  if (!stream) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

class RecordingReader {
 public:
  explicit RecordingReader(const fs::path& folder) : folder_(folder), file_(folder / "answers.yml") {}

  void add_to(Recording& recording) const {
    const YAML::Node root = load();
    if (!root.IsMap()) refuse(file_, root.Mark(), "a recording is a map with 'answers'");
    if (root["at"] && !recording.at) recording.at = parse_time(text_of(root["at"], "'at'"));
    if (!root["answers"] || !root["answers"].IsSequence())
      refuse(file_, root.Mark(), "'answers' must be a list");
    for (const YAML::Node& each : root["answers"]) recording.answers.push_back(read_answer(each));
  }

 private:
  YAML::Node load() const {
    try {
      return YAML::Load(contents(file_));
    } catch (const YAML::Exception& error) {
      refuse(file_, error.mark, error.msg);
    }
  }

  std::string text_of(const YAML::Node& node, const std::string& name) const {
    if (!node || !node.IsScalar()) refuse(file_, node ? node.Mark() : YAML::Mark{}, name + " must be a text");
    return node.Scalar();
  }

  RecordedAnswer read_answer(const YAML::Node& node) const {
    if (!node.IsMap()) refuse(file_, node.Mark(), "an answer must be a map");
    RecordedAnswer answer;
    answer.path = text_of(node["path"], "'path'");
    if (!answer.path.starts_with('/')) refuse(file_, node.Mark(), "'path' must begin with /");
    for (const auto& [name, value] : texts_of(node["query"], "'query'")) answer.query.emplace(name, value);
    for (const auto& [name, value] : texts_of(node["body"], "'body'")) answer.body.emplace(name, value);
    answer.headers = texts_of(node["headers"], "'headers'");
    if (node["status"]) answer.status = status_of(node["status"]);
    answer.text = contents(folder_ / text_of(node["file"], "'file'"));
    return answer;
  }

  int status_of(const YAML::Node& node) const {
    const auto status = whole(text_of(node, "'status'"));
    if (!status || *status < 100 || *status > 599) refuse(file_, node.Mark(), "'status' must be 100 to 599");
    return static_cast<int>(*status);
  }

  std::vector<std::pair<std::string, std::string>> texts_of(const YAML::Node& node,
                                                            const std::string& name) const {
    std::vector<std::pair<std::string, std::string>> texts;
    if (!node) return texts;
    if (!node.IsMap()) refuse(file_, node.Mark(), name + " must be a map");
    for (const auto& each : node) texts.emplace_back(each.first.Scalar(), text_of(each.second, name));
    return texts;
  }

  fs::path folder_;
  fs::path file_;
};

// --- which answer

// By JSON pointers what a body says; of one that is no JSON "" and itself.
std::map<std::string, std::string> members_of(const std::string& body) {
  std::map<std::string, std::string> members;
  const auto document = nlohmann::json::parse(body, nullptr, false);
  if (body.empty()) return members;
  if (!document.is_structured()) return {{"", body}};
  const nlohmann::json flat = document.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    members.emplace(pointer, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return members;
}

bool says_all(const std::map<std::string, std::string>& request,
              const std::map<std::string, std::string>& answer) {
  return std::ranges::all_of(answer, [&](const auto& each) {
    const auto found = request.find(each.first);
    return found != request.end() && found->second == each.second;
  });
}

// How much the answer says of the request; nothing if it is another's.
std::optional<std::size_t> fit(const RecordedAnswer& answer, const Ask& ask) {
  if (!ask.path.ends_with(answer.path)) return std::nullopt;
  if (!says_all(ask.query, answer.query)) return std::nullopt;
  if (!answer.body.empty() && !says_all(members_of(ask.body), answer.body)) return std::nullopt;
  return answer.query.size() + answer.body.size();
}

const RecordedAnswer* best(const Recording& recording, const Ask& ask) {
  const RecordedAnswer* found = nullptr;
  std::size_t named = 0;
  for (const RecordedAnswer& each : recording.answers) {
    const auto fits = fit(each, ask);
    if (!fits || (found != nullptr && *fits <= named)) continue;
    found = &each;
    named = *fits;
  }
  return found;
}

// --- links

struct Link {
  std::string_view origin;  // https://api.example
  std::string_view path;
};

std::optional<Link> link_in(std::string_view text) {
  if (!text.starts_with("https://") && !text.starts_with("http://")) return std::nullopt;
  const auto path = text.find('/', text.find("://") + 3);
  if (path == std::string_view::npos) return std::nullopt;
  return Link{text.substr(0, path), text.substr(path, text.find_first_of("?#>", path) - path)};
}

bool is_recorded(const Recording& recording, std::string_view path) {
  return std::ranges::any_of(recording.answers,
                             [&](const RecordedAnswer& each) { return path.ends_with(each.path); });
}

void find_origin(const Recording& recording, std::string_view text, std::set<std::string>& origins) {
  const auto link = link_in(text);
  if (link && is_recorded(recording, link->path)) origins.emplace(link->origin);
}

void find_origins(const Recording& recording, const Json& body, std::set<std::string>& origins) {
  if (body.is_string()) return find_origin(recording, body.get_ref<const std::string&>(), origins);
  if (!body.is_structured()) return;
  for (const Json& each : body) find_origins(recording, each, origins);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// JSON may write / as \/.
std::string escaped(std::string_view url) {
  return replaced(std::string{url}, "/", "\\/");
}

std::string with_own_links(const Recording& recording, std::string text, const Json& body,
                           const std::string& own) {
  std::set<std::string> origins;
  find_origins(recording, body, origins);
  for (const std::string& origin : origins) {
    text = replaced(replaced(std::move(text), origin + "/", own + "/"), escaped(origin + "/"), own + "/");
  }
  return text;
}

// Of a header such as `<https://api.example/list?page=2>; rel="next"`, or a link alone.
std::string header_with_own_link(const Recording& recording, std::string value, const std::string& own) {
  std::set<std::string> origins;
  find_origin(recording, std::string_view{value}.substr(value.starts_with('<') ? 1 : 0), origins);
  for (const std::string& origin : origins) value = replaced(std::move(value), origin + "/", own + "/");
  return value;
}

}  // namespace

Recording load_recording(const std::vector<std::string>& folders) {
  Recording recording;
  for (const std::string& folder : folders) RecordingReader{folder}.add_to(recording);
  return recording;
}

Answer replayed_answer(const Recording& recording, const Ask& ask) {
  const RecordedAnswer* found = best(recording, ask);
  if (found == nullptr) return {.status = 404, .body = replay_error(404), .endpoint = "unknown"};
  Answer answer{.status = found->status, .endpoint = found->path};
  const Json body = Json::parse(found->text, nullptr, false);
  answer.text = with_own_links(recording, found->text, body, ask.prefix);
  answer.body = body.is_discarded() ? Json(*answer.text) : Json::parse(*answer.text, nullptr, false);
  for (const auto& [name, value] : found->headers) {
    answer.headers.emplace_back(name, header_with_own_link(recording, value, ask.prefix));
  }
  return answer;
}

Json replay_error(int status) {
  return {{"message", status == 404 ? "there is no recorded answer" : "this is a fault"}};
}

}  // namespace sandbox
