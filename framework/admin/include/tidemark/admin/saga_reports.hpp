#pragma once

#include <cstdint>
#include <string>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/saga/saga_index.hpp"

namespace tidemark::admin {

/// Lists and counts come from the index, which follows the journals; what is said of one instance
/// comes from its journal. Problems of all of them: "saga.unknown", and where an instance is named
/// "saga.no_such_instance"; of lists "saga.no_index" when the application has never kept one.

Result<Report, Problem> saga_list(const Site& site, const saga::InstanceQuery& query);
Result<Report, Problem> saga_count(const Site& site, const std::string& saga);

/// Names one instance.
struct InstanceName {
  std::string saga;
  std::string instance;
};
/// Where it is, what it knows, and what is open.
Result<Report, Problem> saga_show(const Site& site, const InstanceName& name);
/// Every record of its journal, oldest first.
Result<Report, Problem> saga_history(const Site& site, const InstanceName& name);
/// Why it is where it is: what happened last, and what it waits for.
Result<Report, Problem> saga_why(const Site& site, const InstanceName& name);

/// `format`: "mermaid" or "dot".
Result<Report, Problem> saga_chart(const Site& site, const std::string& saga,
                                   const std::string& format);

struct TimerQuery {
  std::string saga = {};  ///< empty: of all
  bool overdue = false;   ///< only those that should have fired
  std::uint64_t limit = 100;
};
/// Armed timers by when they are due.
Result<Report, Problem> timer_list(const Site& site, const TimerQuery& query);

}  // namespace tidemark::admin
