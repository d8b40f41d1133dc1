#include "exporter/adapters/web_guard.h"

#include <algorithm>

namespace cpaas {

bool RequestLimit::allows(TimePoint now) {
  const TimePoint next = std::max(full_at_, now) + limit_.interval;
  if (next - now > limit_.interval * static_cast<Duration::rep>(limit_.burst)) return false;
  full_at_ = next;
  return true;
}

Result<std::shared_ptr<const WebGuard>> make_guard(const WebSettings& settings) {
  auto guard = std::make_shared<WebGuard>();
  guard->headers = settings.headers;
  if (settings.rate_limit) guard->limit = std::make_shared<RequestLimit>(*settings.rate_limit);
  if (settings.tls) {
    auto tls = make_tls(*settings.tls);
    if (!tls) return tl::unexpected(tls.error());
    guard->tls = std::move(*tls);
  }
  if (!settings.users.empty()) {
    auto login = WebLogin::create(settings.users);
    if (!login) return tl::unexpected(login.error());
    guard->login = std::move(*login);
  }
  return guard;
}

}  // namespace cpaas
