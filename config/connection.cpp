#include "config/connection.h"

#include <algorithm>

#include "config/base_url.h"
#include "config/secrets.h"
#include "config/sections.h"

namespace cpaas::config {
namespace {

constexpr std::string_view section = connection_section.name;

std::vector<std::string> allowed_keys() {
  std::vector<std::string> names;
  add_names(connection_keys(), names);
  for (std::string& key : secret_keys(proxy_key)) names.push_back(std::move(key));
  return names;
}

// Makes `file`, which stands at `node`, whole.
void find_file(const Node* node, std::string_view key, const std::filesystem::path& folder,
               const Environment& environment, std::string& file, Problems& problems) {
  if (node == nullptr || file.empty()) return;
  file = (folder / file).string();
  const auto content = environment.read_file(file);
  if (!content) problems.add(*node, quoted(section, key) + ": the file cannot be read: " + content.error());
}

void read_proxy(const Node& node, const std::filesystem::path& folder, const Environment& environment,
                ConnectionSettings& connection, Problems& problems) {
  if (const Node* given = node.find(proxy_key); given != nullptr && is_none(*given)) {
    const auto keys = secret_keys(proxy_key);
    const bool more = node.find(keys[1]) != nullptr || node.find(keys[2]) != nullptr;
    if (more) problems.add(*given, "give only one of " + secret_choice(proxy_key));
    connection.proxy_url = {};
    return;
  }
  const Secret url = read_secret({proxy_key, section}, node, folder, environment, problems);
  if (url.empty()) return;
  if (!is_proxy_url(url.reveal())) {
    problems.add(node, quoted(section, proxy_key) + " must be http://[user:password@]host:port, or none");
  }
  connection.proxy_url = url;
}

}  // namespace

bool is_proxy_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!text.starts_with(scheme)) return false;
  const std::string_view authority = text.substr(scheme.size());
  const auto at = authority.rfind('@');
  const std::string_view host_port = at == std::string_view::npos ? authority : authority.substr(at + 1);
  const bool port = host_port.rfind(':') != std::string_view::npos && !host_port.ends_with(']');
  return port && host_port.find('/') == std::string_view::npos &&
         parse_base_url(std::string(scheme).append(host_port));
}

void read_connection(const Node& map, const std::filesystem::path& folder, const Environment& environment,
                     Draft& draft, Problems& problems) {
  const Node* node = map.find(section);
  if (node == nullptr || !expect_map(*node, quoted("", section), problems)) return;
  refuse_unknown_keys(*node, section, allowed_keys(), problems);
  ConnectionSettings connection;
  if (draft.account.connection) connection = *draft.account.connection;
  read_keys(*node, connection_keys(), section, connection, problems);
  find_file(node->find("ca_file"), "ca_file", folder, environment, connection.ca_file, problems);
  find_file(node->find("certificate_file"), "certificate_file", folder, environment,
            connection.certificate_file, problems);
  find_file(node->find("key_file"), "key_file", folder, environment, connection.key_file, problems);
  read_proxy(*node, folder, environment, connection, problems);
  if (!connection.key_file.empty() && connection.certificate_file.empty()) {
    problems.add(*node, quoted(section, "key_file") + " needs a 'certificate_file'");
  }
  draft.account.connection = std::make_shared<const ConnectionSettings>(std::move(connection));
}

}  // namespace cpaas::config
