#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

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

/// The events of those appends among $1 (uuid[]) that are told by their events, in order, for
/// `read_told`.
const std::string& told_sql();
std::unordered_map<AppendId, Appended> read_told(const postgres::Rows& rows);

}  // namespace tidemark::store_postgres
