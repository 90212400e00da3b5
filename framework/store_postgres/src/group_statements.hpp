#pragma once

#include <string>
#include <vector>

#include "group_plan.hpp"
#include "log_facts.hpp"
#include "tidemark/postgres/connection.hpp"

namespace tidemark::store {

/// Asks for everything that deciding these appends takes; the first statement takes the lock of all
/// who write, so the others see what was committed before. To be sent in a transaction.
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

/// What a commit moves.
struct Move {
  std::int64_t revision = 0;  ///< before
  const Head& head;           ///< after
  const std::string& channel;
};
/// Stores all events and outcomes in one statement, which also takes the lock, and does nothing
/// when the log is not at that revision any more: it answers with one number, 1 when it is done.
postgres::Statement store_statement(const GroupPlan& plan, const Move& move);

}  // namespace tidemark::store
