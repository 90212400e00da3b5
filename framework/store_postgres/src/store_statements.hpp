#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include "store_names.hpp"

#include "group_plan.hpp"
#include "tidemark/postgres/connection.hpp"

namespace tidemark::store_postgres {

/// Stores names and blocks that are new, and forgets outcomes that never were.
std::vector<postgres::Statement> name_statements(const GroupPlan& plan,
                                                 const std::vector<AppendId>& expired);

/// What goes with the rows of a plan.
struct Storing {
  std::int64_t revision = 0;
  const std::string& channel;
  /// Nobody has looked whether the appends are stored already.
  bool ids_unknown = false;
};
/// Stores all events and outcomes in one statement, and tells who listens on `channel`. It stores
/// nothing and answers with no row when the log is not at `revision` any more or an append may be
/// stored already, and fails with "store.constraint" when its events are not the next ones any
/// more.
postgres::Statement store_statement(const GroupPlan& plan, const Storing& storing);

}  // namespace tidemark::store_postgres
