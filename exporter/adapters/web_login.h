// Who may in: names and passwords against hashes of bcrypt, each good pair hashed only once.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "exporter/core/result.h"
#include "exporter/core/secret.h"

namespace cpaas {

// Thread-safe.
class WebLogin {
 public:
  using Users = std::map<std::string, Secret, std::less<>>;

  // At least one user. An error is internal: OpenSSL cannot be loaded.
  static Result<std::shared_ptr<WebLogin>> create(Users users);

  // Whether this Authorization header was found good before; takes microseconds.
  bool known(std::string_view authorization) const;
  // Whether it is good; takes as long as bcrypt does, for names that nobody has as well.
  bool check(std::string_view authorization);

 private:
  using Digest = std::array<unsigned char, 32>;
  explicit WebLogin(Users users);
  Digest digest_of(std::string_view authorization) const;

  Users users_;
  std::string salt_;  // of this process, so that digests are of no use elsewhere
  mutable std::mutex mutex_;
  std::set<Digest> good_;
};

}  // namespace cpaas
