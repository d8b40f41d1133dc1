#include "config/web_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "config/duration.h"
#include "config/rule.h"
#include "config/sections.h"
#include "config/spelling.h"
#include "config/yaml_node.h"

namespace cpaas::config {
namespace {

constexpr std::string_view tls_section = "tls_server_config";
constexpr std::string_view http_section = "http_server_config";
constexpr std::string_view limit_section = "rate_limit";

template <class Value>
using Names = std::vector<std::pair<std::string_view, Value>>;

const Names<int>& versions() {
  static const Names<int> all{{"TLS10", 0x0301}, {"TLS11", 0x0302}, {"TLS12", 0x0303}, {"TLS13", 0x0304}};
  return all;
}

const Names<ClientCertificate>& client_types() {
  static const Names<ClientCertificate> all{
      {"NoClientCert", ClientCertificate::none},
      {"RequestClientCert", ClientCertificate::request},
      {"RequireAnyClientCert", ClientCertificate::require_any},
      {"RequireClientCert", ClientCertificate::require_any},
      {"VerifyClientCertIfGiven", ClientCertificate::verify_if_given},
      {"RequireAndVerifyClientCert", ClientCertificate::require_and_verify}};
  return all;
}

const Names<std::string>& curves() {
  static const Names<std::string> all{
      {"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}};
  return all;
}

// Those of TLS 1.3 cannot be chosen, and have no effect.
const Names<std::string>& ciphers() {
  static const Names<std::string> all{
      {"TLS_AES_128_GCM_SHA256", ""},
      {"TLS_AES_256_GCM_SHA384", ""},
      {"TLS_CHACHA20_POLY1305_SHA256", ""},
      {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
      {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
      {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
      {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
      {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
      {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
      {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
      {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
      {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
      {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}};
  return all;
}

template <class Value>
const Value* find(const Names<Value>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name, [](const auto& each) { return each.first; });
  return found == names.end() ? nullptr : &found->second;
}

template <class Value>
std::string listed(const Names<Value>& names) {
  std::vector<std::string_view> words;
  for (const auto& each : names) words.push_back(each.first);
  return join(words);
}

// Reads one file; knows where the texts that it names are.
class Reader {
 public:
  Reader(const std::filesystem::path& folder, const Environment& environment, Problems& problems)
      : folder_(folder), environment_(environment), problems_(problems) {}

  WebSettings read(const Node& root) {
    WebSettings settings;
    if (!expect_map(root, "the web configuration", problems_)) return settings;
    refuse_unknown_keys(
        root, "",
        {std::string(tls_section), std::string(http_section), "basic_auth_users", std::string(limit_section)},
        problems_);
    if (const Node* tls = map(root, tls_section)) settings.tls = read_tls(*tls);
    if (const Node* http = map(root, http_section)) {
      refuse_unknown_keys(*http, http_section, {"http2", "headers"}, problems_);
      flag(*http, http_section, "http2", true);
      if (const Node* headers = map(*http, "headers")) settings.headers = read_headers(*headers);
    }
    if (const Node* users = map(root, "basic_auth_users")) settings.users = read_users(*users);
    if (const Node* limit = map(root, limit_section)) settings.rate_limit = read_limit(*limit);
    return settings;
  }

 private:
  const Node* map(const Node& node, std::string_view key) {
    const Node* found = node.find(key);
    return found != nullptr && expect_map(*found, quoted("", key), problems_) ? found : nullptr;
  }

  const Node* text(const Node& node, std::string_view section, std::string_view key) {
    const Node* found = node.find(key);
    if (found == nullptr || (found->type == Node::Type::scalar && !found->text.empty())) return found;
    problems_.add(*found, quoted(section, key) + " must be text");
    return nullptr;
  }

  bool flag(const Node& node, std::string_view section, std::string_view key, bool otherwise) {
    const Node* found = node.find(key);
    if (found == nullptr) return otherwise;
    if (found->type == Node::Type::scalar && found->plain && found->text == "true") return true;
    if (found->type != Node::Type::scalar || !found->plain || found->text != "false") {
      problems_.add(*found, quoted(section, key) + " must be true or false");
    }
    return false;
  }

  template <class Value>
  Value choice(const Node& node, std::string_view key, const Names<Value>& names, Value otherwise) {
    const Node* found = text(node, tls_section, key);
    if (found == nullptr) return otherwise;
    if (const Value* value = find(names, found->text)) return *value;
    problems_.add(*found, quoted(tls_section, key) + " must be one of " + listed(names));
    return otherwise;
  }

  std::vector<const Node*> list(const Node& node, std::string_view key) {
    const Node* found = node.find(key);
    if (found == nullptr) return {};
    const bool texts =
        found->type == Node::Type::sequence && std::ranges::all_of(found->values, [](const Node* each) {
          return each->type == Node::Type::scalar && !each->text.empty();
        });
    if (!texts) problems_.add(*found, quoted(tls_section, key) + " must be a list of texts");
    return texts ? found->values : std::vector<const Node*>{};
  }

  std::vector<std::string> choices(const Node& node, std::string_view key, const Names<std::string>& names) {
    std::vector<std::string> result;
    for (const Node* each : list(node, key)) {
      const std::string* value = find(names, each->text);
      if (value == nullptr) {
        problems_.add(*each, quoted(tls_section, key) + " may hold " + listed(names));
      } else if (!value->empty()) {
        result.push_back(*value);
      }
    }
    return result;
  }

  // The text that stands under `key`, or in the file that `key`_file names.
  std::string content(const Node& node, std::string_view key, bool required) {
    const std::string file_key = std::string(key) + "_file";
    const Node* here = text(node, tls_section, key);
    const Node* file = text(node, tls_section, file_key);
    if (here != nullptr && file != nullptr) {
      problems_.add(*file, quoted(tls_section, file_key) + " and " + quoted(tls_section, key) +
                               " must not both be given");
    }
    if (here != nullptr) return here->text;
    if (file == nullptr) {
      if (required && node.find(key) == nullptr && node.find(file_key) == nullptr) {
        problems_.add(node,
                      quoted(tls_section, file_key) + " or " + quoted(tls_section, key) + " is missing");
      }
      return {};
    }
    const auto read = environment_.read_file((folder_ / file->text).string());
    if (!read) problems_.add(*file, quoted(tls_section, file_key) + ": cannot be read: " + read.error());
    return read.value_or("");
  }

  WebTlsSettings read_tls(const Node& node) {
    refuse_unknown_keys(node, tls_section,
                        {"cert", "cert_file", "key", "key_file", "client_ca", "client_ca_file",
                         "client_auth_type", "client_allowed_sans", "min_version", "max_version",
                         "cipher_suites", "curve_preferences", "prefer_server_cipher_suites"},
                        problems_);
    WebTlsSettings tls;
    tls.certificate = content(node, "cert", true);
    tls.key = Secret(content(node, "key", true));
    tls.client_authorities = content(node, "client_ca", false);
    tls.client = choice(node, "client_auth_type", client_types(), ClientCertificate::none);
    for (const Node* each : list(node, "client_allowed_sans")) tls.client_names.push_back(each->text);
    tls.min_version = choice(node, "min_version", versions(), tls.min_version);
    tls.max_version = choice(node, "max_version", versions(), tls.max_version);
    tls.ciphers = choices(node, "cipher_suites", ciphers());
    tls.curves = choices(node, "curve_preferences", curves());
    tls.prefer_server_ciphers = flag(node, tls_section, "prefer_server_cipher_suites", true);
    check(node, tls);
    return tls;
  }

  void check(const Node& node, const WebTlsSettings& tls) {
    const bool verified = tls.client == ClientCertificate::verify_if_given ||
                          tls.client == ClientCertificate::require_and_verify;
    const bool authorities = node.find("client_ca") != nullptr || node.find("client_ca_file") != nullptr;
    const Node* type = node.find("client_auth_type");
    if (verified && !authorities) {
      problems_.add(*type, "this 'client_auth_type' needs 'client_ca_file' or 'client_ca'");
    }
    if (authorities && tls.client == ClientCertificate::none) {
      problems_.add(node, "with 'client_ca' a 'client_auth_type' must ask for certificates");
    }
    if (const Node* names = node.find("client_allowed_sans"); names != nullptr && !verified) {
      problems_.add(*names, "'client_allowed_sans' needs a 'client_auth_type' that verifies certificates");
    }
    if (tls.min_version > tls.max_version) problems_.add(node, "'min_version' is above 'max_version'");
  }

  std::vector<std::pair<std::string, std::string>> read_headers(const Node& node) {
    static const std::array<std::string_view, 5> allowed{
        "Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options",
        "X-XSS-Protection"};
    std::vector<std::pair<std::string, std::string>> result;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const Node& value = *node.values[i];
      if (std::ranges::count(allowed, node.keys[i]->text) == 0) {
        problems_.add(*node.keys[i], "'headers' may hold " + join(allowed));
      } else if (value.type != Node::Type::scalar || has_control(value.text)) {
        problems_.add(value, "a header must be one line of text");
      } else if (!value.text.empty()) {
        result.emplace_back(node.keys[i]->text, value.text);
      }
    }
    return result;
  }

  static bool is_bcrypt(std::string_view text) {
    constexpr std::size_t size = 60;
    if (text.size() != size || !text.starts_with("$2") || text[3] != '$' || text[6] != '$') return false;
    if (text[2] != 'a' && text[2] != 'b' && text[2] != 'y') return false;
    int cost = 0;
    if (std::from_chars(text.data() + 4, text.data() + 6, cost).ptr != text.data() + 6) return false;
    constexpr std::string_view letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return cost >= 4 && cost <= 31 && text.substr(7).find_first_not_of(letters) == std::string_view::npos;
  }

  std::map<std::string, Secret, std::less<>> read_users(const Node& node) {
    std::map<std::string, Secret, std::less<>> result;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const Node& hash = *node.values[i];
      if (hash.type != Node::Type::scalar || !is_bcrypt(hash.text)) {
        problems_.add(hash, "a user's value must be a hash of bcrypt: $2a$, $2b$ or $2y$");
      } else if (node.keys[i]->text.find(':') != std::string::npos) {
        problems_.add(*node.keys[i], "the name of a user must not hold a colon");
      } else {
        result.emplace(node.keys[i]->text, Secret(hash.text));
      }
    }
    if (node.keys.empty()) problems_.add(node, "'basic_auth_users' must name a user");
    return result;
  }

  std::optional<WebRateLimit> read_limit(const Node& node) {
    refuse_unknown_keys(node, limit_section, {"burst", "interval"}, problems_);
    WebRateLimit limit{Duration{1'000}, 1};
    if (const Node* interval = text(node, limit_section, "interval")) {
      const auto length = parse_duration(interval->text);
      if (!length)
        problems_.add(*interval, quoted(limit_section, "interval") + " must be a length of time, such as 1s");
      limit.interval = length.value_or(limit.interval);
    }
    if (const Node* burst = text(node, limit_section, "burst")) {
      const char* end = burst->text.data() + burst->text.size();
      const auto read = std::from_chars(burst->text.data(), end, limit.burst);
      if (read.ec != std::errc{} || read.ptr != end || limit.burst == 0) {
        problems_.add(*burst, quoted(limit_section, "burst") + " must be a whole number of at least 1");
      }
    }
    return limit.interval > Duration{0} ? std::optional(limit) : std::nullopt;
  }

  const std::filesystem::path& folder_;
  const Environment& environment_;
  Problems& problems_;
};

}  // namespace

LoadedWeb parse_web(std::string_view text, const std::string& file_name, const Environment& environment) {
  Problems problems(file_name);
  const Tree tree = read_yaml(text, problems);
  const auto folder = std::filesystem::path(file_name).parent_path();
  LoadedWeb loaded;
  if (tree.root != nullptr) loaded.settings = Reader(folder, environment, problems).read(*tree.root);
  loaded.problems = problems.sorted();
  if (tree.root == nullptr && loaded.problems.empty()) {
    loaded.problems.push_back({file_name, 1, 1, "the file is empty"});
  }
  if (!loaded.problems.empty()) loaded.settings = {};
  return loaded;
}

LoadedWeb load_web(const std::string& path, const Environment& environment) {
  const auto text = environment.read_file(path);
  if (!text) return {{}, {{path, 1, 1, "the file cannot be read: " + text.error()}}};
  return parse_web(*text, path, environment);
}

}  // namespace cpaas::config
