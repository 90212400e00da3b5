#include "tidemark/store/read.hpp"

#include <algorithm>

namespace tidemark::store {

bool meets_any(const std::vector<Criterion>& criteria, const EventView& event) {
  if (criteria.empty()) return true;
  const auto has = [](const auto& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto tags = decode_extra(event.metadata.extra).value_or(Extra()).tags;
  return std::any_of(criteria.begin(), criteria.end(), [&](const Criterion& criterion) {
    return (criterion.types.empty() || has(criterion.types, event.type)) &&
           std::all_of(criterion.tags.begin(), criterion.tags.end(),
                       [&](const std::string& tag) { return has(tags, tag); });
  });
}

}  // namespace tidemark::store
