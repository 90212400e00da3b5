#pragma once

#include <string>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// All consumer groups of the log, with how far they are.
Report group_list(const Site& site);

/// One group: its members, lanes, parked keys and what was dropped. Problem: "group.unknown".
Result<Report, Problem> group_show(const Site& site, const std::string& group);

}  // namespace tidemark::admin
