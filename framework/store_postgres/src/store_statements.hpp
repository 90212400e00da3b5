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

/// Stores all events and outcomes in one statement. It stores nothing and affects no row when
/// the log is not at `revision` any more, and fails with "store.constraint" when its events are not
/// the next ones any more. `ids_unknown`: nobody has looked whether the appends are stored already;
/// then it may also store nothing because one is.
postgres::Statement store_statement(const GroupPlan& plan, std::int64_t revision, bool ids_unknown);

/// Tells who listens.
postgres::Statement notify_statement(const std::string& channel);

}  // namespace tidemark::store_postgres
