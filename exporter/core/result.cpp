#include "exporter/core/result.h"

namespace cpaas {

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::dns:
      return "dns";
    case Reason::connect:
      return "connect";
    case Reason::tls:
      return "tls";
    case Reason::timeout:
      return "timeout";
    case Reason::auth:
      return "auth";
    case Reason::rate_limited:
      return "rate_limited";
    case Reason::http_4xx:
      return "http_4xx";
    case Reason::http_5xx:
      return "http_5xx";
    case Reason::proxy:
      return "proxy";
    case Reason::redirect:
      return "redirect";
    case Reason::too_large:
      return "too_large";
    case Reason::parse:
      return "parse";
    case Reason::schema:
      return "schema";
    case Reason::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace cpaas
