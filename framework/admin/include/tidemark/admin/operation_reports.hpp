#pragma once

#include <cstdint>
#include <string>

#include "tidemark/admin/operation.hpp"
#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// The newest operations, newest first: who asked for what and why, and what came of it. Looks at
/// the names of all there ever were.
Report operation_list(const Site& site, std::uint64_t limit);

/// One of them. Problems: "operation.unknown".
Result<Report, Problem> operation_show(const Site& site, const std::string& id);

/// What is known of an operation as a report; one that failed is a finding.
Report operation_report(const OperationRecord& record);

}  // namespace tidemark::admin
