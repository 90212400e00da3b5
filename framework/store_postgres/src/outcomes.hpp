#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
#include "store_names.hpp"

#include "tidemark/postgres/rows.hpp"
#include "tidemark/store/append.hpp"

namespace tidemark::store_postgres {

/// The columns that `read_outcome` reads, in its order.
constexpr std::string_view outcome_columns =
    "append_id, first, events, skipped, versions, answer, expires_at";

/// The outcome in one row of `appends`. An answer that expired before `now` is forgotten; none when
/// the append was nothing but its answer: then it never was.
std::optional<Appended> read_outcome(const postgres::Rows& rows, int row, UtcTime now);

/// Whether the events of an append say all there is to say of its outcome, so that it needs no row
/// in `appends`: its id is that of its first event, every stream it names gets events, none may be
/// left out, and there is no answer.
bool is_told_by_events(const Append& append);

/// The events of those appends among $1 (uuid[]) that are told by their events, in order, for
/// `read_told`.
const std::string& told_sql();
std::unordered_map<AppendId, Appended> read_told(const postgres::Rows& rows);

/// The versions as they are stored: unsigned LEB128, one number for each stream of the append.
std::string encode_versions(const std::vector<StreamVersion>& versions);

/// How many events were stored.
std::uint64_t event_count(const Appended& outcome);

}  // namespace tidemark::store_postgres
