#include "config/secrets.h"

#include "config/rule.h"
#include "config/sections.h"

namespace cpaas::config {
namespace {

constexpr std::size_t longest_secret = 4096;

using Found = tl::expected<std::string, std::string>;  // the text, or what is wrong

Found from_file(const std::string& path, const std::filesystem::path& folder,
                const Environment& environment) {
  Found content = environment.read_file((folder / path).string());
  if (!content) return tl::unexpected("the file cannot be read: " + content.error());
  while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
  return content;
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
    const Found found = checked(key == keys[1]   ? from_file(node->text, folder, environment)
                                : key == keys[2] ? from_variable(node->text, environment)
                                                 : Found(node->text));
    if (found) {
      secret = Secret(*found);
    } else {
      problems.add(*node, quoted(name.section, key) + ": " + found.error());
    }
  }
  return secret;
}

}  // namespace cpaas::config
