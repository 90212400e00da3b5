#include "tidemark/aggregate/boundary.hpp"

#include <algorithm>

namespace tidemark {

bool meets(const Criterion& criterion, std::string_view type,
           const std::vector<std::string>& tags) {
  const auto has = [&](const std::string& tag) { return std::ranges::count(tags, tag) > 0; };
  return std::ranges::all_of(criterion.tags, has) &&
         (criterion.types.empty() || std::ranges::count(criterion.types, type) > 0);
}

std::vector<Criterion> with_types(std::vector<Criterion> criteria,
                                  const std::vector<const google::protobuf::Descriptor*>& events) {
  for (auto& criterion : criteria) {
    if (!criterion.types.empty()) continue;
    for (const auto* event : events) criterion.types.push_back(event->full_name());
  }
  return criteria;
}

}  // namespace tidemark
