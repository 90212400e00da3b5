#include "json_list.hpp"

#include <nlohmann/json.hpp>

namespace tidemark::admin {

Value json_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  if (pairs.empty()) return {};
  return Json{nlohmann::json(pairs).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

}  // namespace tidemark::admin
