#include "described/signer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <type_traits>

#include "described/encoding.h"

extern "C" {
#include <nettle/hmac.h>
#include <nettle/md5.h>
}

namespace cpaas::described {
namespace {

const std::uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

// Nettle 4 no longer takes the size.
template <class Digest, class Context, std::size_t size>
std::string hex_of(Digest digest, Context& context, std::array<std::uint8_t, size> result) {
  if constexpr (std::is_invocable_v<Digest, Context*, std::size_t, std::uint8_t*>) {
    digest(&context, result.size(), result.data());
  } else {
    digest(&context, result.data());
  }
  return hex({reinterpret_cast<const char*>(result.data()), result.size()});
}

std::string md5_hex(std::string_view text) {
  md5_ctx context{};
  md5_init(&context);
  md5_update(&context, text.size(), bytes(text));
  return hex_of(&nettle_md5_digest, context, std::array<std::uint8_t, MD5_DIGEST_SIZE>{});
}

std::string hmac_sha1_hex(std::string_view key, std::string_view text) {
  hmac_sha1_ctx context{};
  hmac_sha1_set_key(&context, key.size(), bytes(key));
  hmac_sha1_update(&context, text.size(), bytes(text));
  return hex_of(&nettle_hmac_sha1_digest, context, std::array<std::uint8_t, SHA1_DIGEST_SIZE>{});
}

// As HTML forms write a query, which is what PHP's http_build_query gives: a space is +, and ~ is encoded.
std::string as_form(std::string_view query) {
  std::string result;
  while (!query.empty()) {
    const bool is_space = query.starts_with("%20");
    result += is_space ? "+" : query.front() == '~' ? "%7E" : std::string(1, query.front());
    query.remove_prefix(is_space ? 3 : 1);
  }
  return result;
}

std::string sorted_by_name(std::string_view query) {
  std::vector<std::string_view> parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    parameters.push_back(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::ranges::stable_sort(parameters, {},
                           [](std::string_view each) { return each.substr(0, each.find('=')); });
  std::string result;
  for (const std::string_view each : parameters) result.append(result.empty() ? "" : "&").append(each);
  return result;
}

// Base64 of the hexadecimal digits of HMAC-SHA1 over path, sorted query and the query's MD5; behind the key.
void sign_sorted_query(HttpRequest& request, std::string_view key, std::string_view secret) {
  const std::string_view url = request.url;
  const auto question = std::min(url.find('?'), url.size());
  const auto host = url.find("://");
  const auto path_begin = std::min(url.find('/', host == std::string_view::npos ? 0 : host + 3), question);
  const std::string path(url.substr(path_begin, question - path_begin));
  const std::string query = sorted_by_name(as_form(url.substr(std::min(question + 1, url.size()))));
  const std::string signature = base64(hmac_sha1_hex(secret, path + query + md5_hex(query)));
  request.url = std::string(url.substr(0, question)) + (query.empty() ? "" : "?") + query;
  request.headers.push_back({"Authorization", Secret(std::string(key) + ":" + signature)});
}

struct Signer {
  std::string_view name;
  Sign sign;
};
constexpr std::array signers{Signer{"sorted_query_hmac_sha1", sign_sorted_query}};

}  // namespace

Sign find_signer(std::string_view name) {
  const auto* const found = std::ranges::find(signers, name, &Signer::name);
  return found == signers.end() ? nullptr : found->sign;
}

std::vector<std::string_view> signer_names() {
  std::vector<std::string_view> names;
  for (const Signer& each : signers) names.push_back(each.name);
  return names;
}

}  // namespace cpaas::described
