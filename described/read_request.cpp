#include "described/read_request.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "config/base_url.h"
#include "config/sections.h"
#include "config/spelling.h"
#include "exporter/core/number.h"

namespace cpaas::described {
namespace {

bool is_header_name(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

std::vector<NamedTemplate> read_headers(const Node& node, std::string_view what, const Context& context) {
  auto headers = read_named_templates(node, what, context);
  for (const Node* key : node.keys) {
    if (!is_header_name(key->text)) context.problems.add(*key, "this is not the name of a header");
  }
  return headers;
}

void read_basic(const Node& node, Authentication& result, const Context& context) {
  if (!is_map(node, "'basic'", {"user", "password"}, context.problems)) return;
  const Node* user = require(node, "user", " of basic", context.problems);
  const Node* password = node.find("password");
  if (password != nullptr) result.password = read_template(*password, context);
  if (user == nullptr) return;
  if (user->type != Node::Type::sequence) {
    result.user.push_back(read_template(*user, context));
    return;
  }
  for (const Node* each : user->values) result.user.push_back(read_template(*each, context));
}

std::optional<Signature> read_signature(const Node& node, const Context& context) {
  if (!is_map(node, "'signed'", {"by", "key", "secret"}, context.problems)) return std::nullopt;
  const Node* by = require(node, "by", " of signed", context.problems);
  const Node* key = require(node, "key", " of signed", context.problems);
  const Node* secret = require(node, "secret", " of signed", context.problems);
  if (by == nullptr || key == nullptr || secret == nullptr) return std::nullopt;
  const Sign sign = find_signer(by->text);
  if (sign == nullptr) context.problems.add(*by, "'by' must be one of " + config::join(signer_names()));
  if (sign == nullptr) return std::nullopt;
  return Signature{sign, read_template(*key, context), read_template(*secret, context)};
}

// A path behind base_url, or an https URL; without a query.
bool is_token_url(std::string_view text) {
  if (text.find_first_of("?# {") != std::string_view::npos || text.starts_with("//")) return false;
  const auto url = config::parse_base_url(text);
  return text.starts_with('/') || (url && (url->tls || url->local));
}

std::optional<Login> read_login(const Node& node, const Context& context) {
  const std::vector<std::string> keys{"token_url", "client_id", "client_secret", "send", "form", "token"};
  if (!is_map(node, "'oauth2'", keys, context.problems)) return std::nullopt;
  const Node* url = require(node, "token_url", " of oauth2", context.problems);
  const Node* id = require(node, "client_id", " of oauth2", context.problems);
  const Node* secret = require(node, "client_secret", " of oauth2", context.problems);
  if (url == nullptr || id == nullptr || secret == nullptr) return std::nullopt;
  if (!is_token_url(url->text))
    context.problems.add(*url, "'token_url' must be a path behind base_url, or an https URL without a query");
  Login login{.url = url->text};
  login.client_id = read_template(*id, context);
  login.client_secret = read_template(*secret, context);
  login.basic = read_choice(node, "send", {"form", "basic"}, context.problems) == 1;
  if (const Node* form = node.find("form")) login.form = read_named_templates(*form, "'form'", context);
  login.token = {0, {"access_token"}, "access_token"};
  if (const auto token = read_root_pointer(node, "token", context.problems)) login.token = *token;
  return login;
}

// --- bodies

using nlohmann::json;

json read_scalar(const Node& node, RequestSpec& request, const Context& context) {
  if (node.plain && (node.text == "true" || node.text == "false")) return node.text == "true";
  if (node.plain) {
    if (const auto number = parse_decimal(node.text)) {
      return *number == std::floor(*number) && std::abs(*number) < 1e15
                 ? json(static_cast<std::int64_t>(*number))
                 : json(*number);
    }
  }
  if (node.text.find('{') == std::string::npos) return node.text;
  const std::string mark = "cpaas-mark-" + std::to_string(request.body_values.size());
  request.body_values.push_back({mark, read_template(node, context)});
  return mark;
}

json read_json(const Node& node, RequestSpec& request, const Context& context) {
  switch (node.type) {
    case Node::Type::null:
      return nullptr;
    case Node::Type::scalar:
      return read_scalar(node, request, context);
    case Node::Type::sequence: {
      json list = json::array();
      for (const Node* each : node.values) list.push_back(read_json(*each, request, context));
      return list;
    }
    case Node::Type::map: {
      json map = json::object();
      for (std::size_t i = 0; i < node.keys.size(); ++i) {
        map[node.keys[i]->text] = read_json(*node.values[i], request, context);
      }
      return map;
    }
  }
  return nullptr;
}

// --- repeat

Template read_path(const Node& node, const Context& context) {
  if (!node.text.starts_with('/') || node.text.find_first_of("?# ") != std::string::npos)
    context.problems.add(node, "'path' must begin with / and have no query");
  return read_template(node, context);
}

// `{path: /projects, each: /data, pointer: /id}`
std::optional<ListSpec> read_list(const Node& node, const Context& context) {
  Problems& problems = context.problems;
  const std::vector<std::string> keys{"path", "query", "each", "pointer", "total", "most"};
  if (!is_map(node, "what to repeat for", keys, problems)) return std::nullopt;
  ListSpec list;
  if (const Node* path = require(node, "path", " of the list", problems))
    list.path = read_path(*path, context);
  if (const Node* query = node.find("query")) list.query = read_named_templates(*query, "'query'", context);
  if (const Node* each = require(node, "each", " of the list", problems)) {
    auto keys_of_each = each->type == Node::Type::scalar ? parse_pointer(each->text) : std::nullopt;
    if (!keys_of_each) problems.add(*each, "'each' must be a JSON pointer, such as /data");
    for (const std::string& key : keys_of_each.value_or(std::vector<std::string>()))
      list.each.shown.append(list.each.shown.empty() ? "" : ".").append(key);
    if (list.each.shown.empty()) list.each.shown = "$";
    list.each.keys = keys_of_each.value_or(std::vector<std::string>());
  }
  require(node, "pointer", " of the list's rows", problems);
  if (const auto pointer = read_root_pointer(node, "pointer", problems)) list.pointer = *pointer;
  list.pointer.shown = list.each.shown + "[]." + list.pointer.shown;
  list.total = read_root_pointer(node, "total", problems);
  if (const auto most = read_number(node, "most", {config::Type::number, 1, 1000, true}, problems))
    list.most = static_cast<std::size_t>(*most);
  return list;
}

// `repeat: {product: [a, b]}`, or `{project_id: project_ids}` for a list of the account.
Repeat read_repeat(const Node& node, Context& context) {
  Repeat repeat;
  if (!config::expect_map(node, "'repeat'", context.problems)) return repeat;
  if (node.keys.size() != 1 || !is_name(node.keys.front()->text)) {
    context.problems.add(node, "'repeat' must have one key, a name, and what to repeat for");
    return repeat;
  }
  repeat.name = node.keys.front()->text;
  const Node& values = *node.values.front();
  if (values.type == Node::Type::map) {
    repeat.list = read_list(values, context);
    context.names.each.push_back(repeat.name);
    return repeat;
  }
  if (values.type == Node::Type::scalar) {
    const auto option = context.names.options.find(values.text);
    const bool is_list = option != context.names.options.end() && option->second == OptionKind::list;
    if (!is_list) context.problems.add(values, "must be a list, or the name of an option that is a list");
    repeat.option = values.text;
  } else {
    repeat.values = read_texts(node, repeat.name, context.problems);
    if (repeat.values.size() > 100) context.problems.add(values, "'repeat' must have at most 100 values");
  }
  context.names.each.push_back(repeat.name);
  return repeat;
}

}  // namespace

std::vector<NamedTemplate> read_named_templates(const Node& node, std::string_view what,
                                                const Context& context) {
  std::vector<NamedTemplate> result;
  if (!config::expect_map(node, what, context.problems)) return result;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const Node& value = *node.values[i];
    if (value.type != Node::Type::sequence) {
      result.push_back({node.keys[i]->text, read_template(value, context)});
      continue;
    }
    for (const Node* each : value.values) {
      result.push_back({node.keys[i]->text, read_template(*each, context)});
    }
  }
  return result;
}

Authentication read_authentication(const Node& node, const Context& context) {
  Authentication result;
  const std::vector<std::string> keys{"basic", "bearer", "headers", "oauth2", "query", "signed"};
  if (!is_map(node, "'authentication'", keys, context.problems)) return result;
  if (const Node* basic = node.find("basic")) read_basic(*basic, result, context);
  if (const Node* bearer = node.find("bearer")) {
    Node with_scheme = *bearer;
    with_scheme.text = "Bearer " + bearer->text;
    result.headers.push_back({"Authorization", read_template(with_scheme, context)});
  }
  if (const Node* oauth2 = node.find("oauth2")) {
    result.login = read_login(*oauth2, context);
    if (node.find("basic") != nullptr || node.find("bearer") != nullptr)
      context.problems.add(*oauth2, "the token of oauth2 is the authorization: there is no basic nor bearer");
  }
  if (const Node* headers = node.find("headers")) {
    for (auto& each : read_headers(*headers, "'headers'", context)) result.headers.push_back(std::move(each));
  }
  if (const Node* query = node.find("query")) result.query = read_named_templates(*query, "'query'", context);
  if (const Node* signature = node.find("signed")) result.signature = read_signature(*signature, context);
  return result;
}

RequestSpec read_request(const Node& node, Context& context) {
  RequestSpec request;
  if (!is_map(node, "'request'", {"path", "query", "body", "repeat"}, context.problems)) return request;
  if (const Node* repeat = node.find("repeat")) request.repeat = read_repeat(*repeat, context);
  if (const Node* path = require(node, "path", " of the request", context.problems))
    request.path = read_path(*path, context);
  if (const Node* query = node.find("query"))
    request.query = read_named_templates(*query, "'query'", context);
  if (const Node* body = node.find("body")) request.body = read_json(*body, request, context).dump();
  return request;
}

std::optional<Pointer> read_root_pointer(const Node& map, std::string_view key, Problems& problems) {
  const Node* node = map.find(key);
  if (node == nullptr) return std::nullopt;
  auto keys = node->type == Node::Type::scalar ? parse_pointer(node->text) : std::nullopt;
  if (!keys || keys->empty()) {
    problems.add(*node, config::quoted("", key) + " must be a JSON pointer, such as /meta/next");
    return std::nullopt;
  }
  Pointer pointer{0, std::move(*keys), ""};
  for (const std::string& each : pointer.keys)
    pointer.shown.append(pointer.shown.empty() ? "" : ".").append(each);
  return pointer;
}

Pages read_pages(const Node& node, const Context& context) {
  Pages pages;
  Problems& problems = context.problems;
  const std::vector<std::string> keys{"next",      "link_header", "cursor", "last_page", "offset",
                                      "parameter", "more",        "total",  "size"};
  if (!is_map(node, "'pages'", keys, problems)) return pages;
  std::size_t ways = 0;
  const auto take = [&](std::string_view key, Pages::Way way) {
    const auto pointer = read_root_pointer(node, key, problems);
    if (node.find(key) == nullptr) return;
    ++ways;
    pages.way = way;
    if (pointer) pages.pointer = *pointer;
  };
  take("next", Pages::Way::next);
  take("cursor", Pages::Way::cursor);
  take("last_page", Pages::Way::number);
  if (const auto header = read_text(node, "link_header", problems)) {
    ++ways;
    pages.way = Pages::Way::link_header;
    pages.header = *header;
    for (char& c : pages.header) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (const auto offset = read_flag(node, "offset", problems); offset == true) {
    ++ways;
    pages.way = Pages::Way::offset;
  }
  if (ways != 1)
    problems.add(node, "'pages' must have one of next, link_header, cursor, last_page and offset: true");
  pages.more = read_root_pointer(node, "more", problems);
  pages.total = read_root_pointer(node, "total", problems);
  pages.parameter = read_text(node, "parameter", problems).value_or("");
  const bool by_link = pages.way == Pages::Way::next || pages.way == Pages::Way::link_header;
  if (ways == 1 && by_link != pages.parameter.empty()) {
    problems.add(node, by_link ? "'parameter' has no meaning where pages have a link to the next one"
                               : "'parameter' is missing: the query's, for the next page");
  }
  if (const auto size = read_number(node, "size", {config::Type::number, 1, 100'000, true}, problems))
    pages.size = static_cast<std::size_t>(*size);
  const bool ends = pages.total || pages.size > 0;
  if (pages.way == Pages::Way::offset && !ends)
    problems.add(node, "offset needs 'total', or the 'size' of a full page");
  return pages;
}

}  // namespace cpaas::described
