#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "group_plan.hpp"
#include "log_facts.hpp"
#include "tidemark/postgres/connection.hpp"

namespace tidemark::store {

/// Makes the rest of the transaction wait for those of others that did the same. What follows sees
/// what they committed.
std::string_view lock_sql();

/// Asks for everything that deciding these appends takes.
std::vector<postgres::Statement> facts_statements(
    std::span<const std::shared_ptr<PendingAppend>> group);
/// What they answered. `now`: answers that expired before it are forgotten.
LogFacts read_facts(std::span<const postgres::Rows> answers, UtcTime now);
/// Outcomes in those answers that are nothing but an expired answer: they must go before another
/// takes their place.
std::vector<AppendId> expired_outcomes(std::span<const postgres::Rows> answers, UtcTime now);

/// Stores names that are new, and forgets outcomes that never were.
std::vector<postgres::Statement> name_statements(const GroupPlan& plan,
                                                 const std::vector<AppendId>& expired);

/// Stores all events and outcomes in one statement, and tells who listens on `channel`. It stores
/// nothing and answers with no row when the log is not at `revision` any more, and fails with
/// "store.constraint" when its events are not the next ones any more.
postgres::Statement store_statement(const GroupPlan& plan, std::int64_t revision,
                                    const std::string& channel);

}  // namespace tidemark::store
