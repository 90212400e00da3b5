#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tidemark/admin/manifest.hpp"
#include "tidemark/admin/report.hpp"

namespace tidemark::admin {

/// Texts as a JSON array; nothing when there are none.
Value json_list(const std::vector<std::string>& texts);
/// Pairs as a JSON array of arrays, because names need not be unique; nothing when there are none.
Value json_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace tidemark::admin
