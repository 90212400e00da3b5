#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tidemark/admin/report.hpp"

namespace tidemark::admin {

/// Pairs as a JSON array of arrays, because names need not be unique; nothing when there are none.
Value json_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace tidemark::admin
