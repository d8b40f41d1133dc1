#include "exporter/core/settings.h"

namespace cpaas {
namespace {

template <class Map>
const typename Map::mapped_type& value_or_empty(const Map& map, std::string_view name) {
  static const typename Map::mapped_type empty{};
  const auto found = map.find(name);
  return found == map.end() ? empty : found->second;
}

}  // namespace

const std::string& Settings::text(std::string_view name) const {
  return value_or_empty(texts, name);
}
const std::vector<std::string>& Settings::list(std::string_view name) const {
  return value_or_empty(lists, name);
}
const Secret& Settings::secret(std::string_view name) const {
  return value_or_empty(secrets, name);
}

}  // namespace cpaas
