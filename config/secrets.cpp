#include "config/secrets.h"

#include <algorithm>
#include <functional>

#include "config/rule.h"
#include "config/sections.h"

namespace cpaas::config {
namespace {

constexpr std::size_t longest_secret = 4096;
constexpr std::string_view blanks = " \t\r\n";

using Found = tl::expected<std::string, std::string>;  // the text, or what is wrong

Found from_file(const std::string& path, const std::filesystem::path& folder,
                const Environment& environment) {
  Found content = environment.read_file((folder / path).string());
  if (!content) return tl::unexpected("the file cannot be read: " + content.error());
  while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
  return content;
}

using Remark = std::function<void(std::string_view)>;

// Without what editors and shells leave at its ends: no header could carry it.
std::string cleaned(std::string text, const Remark& remark) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) {
    text.erase(0, byte_order_mark.size());
    remark("begins with a byte order mark, which is left out; save it without one");
  }
  const auto first = std::min(text.find_first_not_of(blanks), text.size());
  if (first > 0) remark("begins with a blank or an empty line, which is left out; take it away");
  text.erase(0, first);
  const auto end = text.find_last_not_of(blanks) + 1;  // npos + 1 is 0
  if (end < text.size()) remark("ends with a blank or an empty line, which is left out; take it away");
  text.erase(end);
  return text;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() > word.size() && text[word.size()] == ' ' &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

bool is_placeholder(std::string_view text) {
  return text.starts_with("${") || text.starts_with("$(") || text.starts_with("{{") ||
         (text.starts_with('<') && text.ends_with('>'));
}

bool is_in_quotes(std::string_view text) {
  return text.size() > 1 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Found from_variable(const std::string& name, const Environment& environment) {
  const auto value = environment.get_env(name);
  if (!value) return tl::unexpected(std::string("the environment variable is not set"));
  return *value;
}

Found checked(Found found) {
  if (!found) return found;
  if (found->empty()) return tl::unexpected(std::string("the secret is empty"));
  if (found->size() > longest_secret)
    return tl::unexpected(std::string("the secret is longer than 4096 bytes"));
  if (has_control(*found))
    return tl::unexpected(std::string("the secret holds a line break or another control character"));
  return found;
}

}  // namespace

std::array<std::string, 3> secret_keys(std::string_view name) {
  const std::string base(name);
  return {base, base + "_file", base + "_env"};
}

std::string doubt_of_key(std::string_view key) {
  if (std::ranges::any_of(std::array{"bearer", "basic", "token"},
                          [&](const char* word) { return starts_with_word(key, word); })) {
    return "begins with the word of an Authorization header; give the key alone, the rest is added";
  }
  if (key.find(' ') != std::string_view::npos) return "has a blank in it; give the key alone";
  if (is_placeholder(key)) return "looks like a placeholder that nothing was put in for; give the key itself";
  if (is_in_quotes(key)) return "stands in quotes, which are sent with it; take them away";
  return is_ascii(key) ? "" : "has characters that are not ASCII; copy it again";
}

std::string secret_choice(std::string_view name) {
  const auto [plain, file, env] = secret_keys(name);
  return "'" + plain + "', '" + file + "' or '" + env + "'";
}

Secret read_secret(SecretName name, const Node& map, const std::filesystem::path& folder,
                   const Environment& environment, Problems& problems) {
  const auto keys = secret_keys(name.name);
  Secret secret;
  bool given = false;
  for (const std::string& key : keys) {
    const Node* node = map.find(key);
    if (node == nullptr) continue;
    if (given) problems.add(*node, "give only one of " + secret_choice(name.name));
    given = true;
    if (node->type != Node::Type::scalar) {
      problems.add(*node, quoted(name.section, key) + " must be text");
      continue;
    }
    const Remark remark = [&](std::string_view what) {
      problems.warn(*node, quoted(name.section, key) + ": the secret " + std::string(what));
    };
    const Found found = checked((key == keys[1]   ? from_file(node->text, folder, environment)
                                 : key == keys[2] ? from_variable(node->text, environment)
                                                  : Found(node->text))
                                    .map([&](std::string text) { return cleaned(std::move(text), remark); }));
    if (found) {
      const std::string doubt = name.is_key ? doubt_of_key(*found) : "";
      if (!doubt.empty()) remark(doubt);
      secret = Secret(*found);
    } else {
      problems.add(*node, quoted(name.section, key) + ": " + found.error());
    }
  }
  return secret;
}

}  // namespace cpaas::config
