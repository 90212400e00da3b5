#pragma once

#include <optional>
#include <string>

#include "event_files.hpp"
#include "tidemark/store/append.hpp"

namespace tidemark::store {

/// The outcome of an append, from its row or from its events. An answer that expired before `now`
/// is forgotten; an append that was nothing but its answer then never was.
std::optional<Appended> find_outcome(EventFiles& files, const AppendId& id, UtcTime now);

/// Only from its row. None: there is none, or it holds nothing but an answer that expired.
struct OutcomeRow {
  std::optional<Appended> outcome;
  bool is_over = false;  ///< it is there, and says nothing any more
};
OutcomeRow find_outcome_row(sqlite::Database& database, const AppendId& id, UtcTime now);
/// Only from its events.
std::optional<Appended> find_told_outcome(EventFiles& files, const AppendId& id);

/// Stores the outcome of an append, inside its transaction. False, and nothing stored, when the id
/// is known.
bool record_outcome(sqlite::Database& database, const AppendId& id,
                    const std::optional<Answer>& answer, const Appended& outcome);

/// Replaces the outcome of an append of the same transaction.
void amend_outcome(sqlite::Database& database, const AppendId& id, const Appended& outcome);

/// Takes back the outcome of an append.
void remove_outcome(sqlite::Database& database, const AppendId& id);

/// Forgets at most `count_max` answers that expired before `now`; how many.
std::uint64_t forget_answers(sqlite::Database& database, UtcTime now, std::uint64_t count_max);

}  // namespace tidemark::store
