#include "exporter/adapters/web_login.h"

#include <crypt.h>
#include <sys/random.h>

#include <algorithm>
#include <optional>

#include "exporter/adapters/openssl_library.h"

namespace cpaas {
namespace {

constexpr std::size_t most_remembered = 100;

std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string result;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto value = letters.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    result += static_cast<char>((bits >> count) & 0xFFU);
  }
  return result;
}

struct NamePassword {
  std::string name;
  std::string password;
};

std::optional<NamePassword> read(std::string_view authorization) {
  constexpr std::string_view scheme = "basic ";
  const std::string_view begin = authorization.substr(0, scheme.size());
  const bool basic = std::ranges::equal(begin, scheme, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
  if (!basic) return std::nullopt;
  const auto pair = from_base64(authorization.substr(scheme.size()));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return NamePassword{pair->substr(0, colon), pair->substr(colon + 1)};
}

// In a time that does not depend on where they differ.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

bool matches(const std::string& password, const std::string& hash) {
  const auto work = std::make_unique<crypt_data>();
  const char* found = crypt_r(password.c_str(), hash.c_str(), work.get());
  // A NUL would end the text early: "good\0" is not "good".
  return found != nullptr && same(found, hash) && password.find('\0') == std::string::npos;
}

}  // namespace

WebLogin::WebLogin(Users users) : users_(std::move(users)), salt_(32, '\0') {
  // Without random numbers, which a running kernel always has, digests would be guessable and no more.
  static_cast<void>(getrandom(salt_.data(), salt_.size(), 0));
}

Result<std::shared_ptr<WebLogin>> WebLogin::create(Users users) {
  if (const auto ssl = load_openssl(); !ssl) return tl::unexpected(ssl.error());
  return std::shared_ptr<WebLogin>(new WebLogin(std::move(users)));
}

WebLogin::Digest WebLogin::digest_of(std::string_view authorization) const {
  const OpenSsl& ssl = **load_openssl();  // it could be loaded before
  const std::string text = salt_ + std::string(authorization);
  Digest digest{};
  ssl.EVP_Digest(text.data(), text.size(), digest.data(), nullptr, ssl.EVP_sha256(), nullptr);
  return digest;
}

bool WebLogin::known(std::string_view authorization) const {
  const Digest digest = digest_of(authorization);
  const std::lock_guard lock(mutex_);
  return good_.contains(digest);
}

bool WebLogin::check(std::string_view authorization) {
  const auto pair = read(authorization);
  const auto user = pair ? users_.find(pair->name) : users_.end();
  const bool exists = user != users_.end();
  const std::string& hash = (exists ? user->second : users_.begin()->second).reveal();
  const bool good = matches(pair ? pair->password : "", hash);
  if (!good || !exists) return false;
  const Digest digest = digest_of(authorization);
  const std::lock_guard lock(mutex_);
  if (good_.size() >= most_remembered) good_.clear();
  good_.insert(digest);
  return true;
}

}  // namespace cpaas
