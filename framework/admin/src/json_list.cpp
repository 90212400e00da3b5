#include "json_list.hpp"

#include <nlohmann/json.hpp>

namespace tidemark::admin {
namespace {

Value as_value(const nlohmann::json& json) {
  if (json.empty()) return {};
  return Json{json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

}  // namespace

Value json_list(const std::vector<std::string>& texts) { return as_value(texts); }

Value json_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  return as_value(pairs);
}

}  // namespace tidemark::admin
