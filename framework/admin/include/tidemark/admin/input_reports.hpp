#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// The files in which inputs of the application keep how far they are, by name. Where the files are
/// not the system's, only that of the input named "input" is known.
std::vector<std::string> input_files(const Site& site);

/// Every input that the application has read: where from, how far, and what became of its lines.
Report input_list(const Site& site);

struct RefusedInput {
  std::string input = "input";
  std::optional<std::int64_t> after = {};  ///< those behind this id; none: the newest
  bool failed_only = false;
  std::uint64_t limit = 100;
};
/// Commands of an input's lines that nothing came of, oldest first. Problems: "input.unknown".
Result<Report, Problem> input_refused(const Site& site, const RefusedInput& query);

}  // namespace tidemark::admin
