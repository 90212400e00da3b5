#pragma once

#include <string>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// Every build of every read model: how far it is, and what it set aside.
Report projection_list(const Site& site);

/// One projection: its definition, its builds, and the progress of one that is under way. Counts
/// the rows. Problems: "projection.unknown".
Result<Report, Problem> projection_show(const Site& site, const std::string& name);

}  // namespace tidemark::admin
