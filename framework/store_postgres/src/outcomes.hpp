#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemark/postgres/rows.hpp"
#include "tidemark/store/append.hpp"

namespace tidemark::store {

/// The columns that `read_outcome` reads, in its order.
constexpr std::string_view outcome_columns =
    "append_id, first, events, skipped, versions, answer, expires_at";

/// The outcome in one row of `appends`. An answer that expired before `now` is forgotten; none when
/// the append was nothing but its answer: then it never was.
std::optional<Appended> read_outcome(const postgres::Rows& rows, int row, UtcTime now);

/// The versions as they are stored: unsigned LEB128, one number for each stream of the append.
std::string encode_versions(const std::vector<StreamVersion>& versions);

/// How many events were stored.
std::uint64_t event_count(const Appended& outcome);

}  // namespace tidemark::store
