#pragma once

#include <cstdint>
#include <string>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

struct DelayedListQuery {
  std::string state = {};  ///< as `command::DelayedCommand::State`; empty: all
  bool overdue = false;    ///< only those that should have run
  std::uint64_t limit = 100;
};
/// Delayed commands by when they are due, from the index. Problem: "delayed.no_index" when the
/// application has never kept one.
Result<Report, Problem> delayed_list(const Site& site, const DelayedListQuery& query);

/// One delayed command with its payload and what became of it, from its own stream. Problems:
/// "command.not_scheduled", also for what is no id.
Result<Report, Problem> delayed_show(const Site& site, const std::string& id);

}  // namespace tidemark::admin
