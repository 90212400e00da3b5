#pragma once

#include <string>
#include "store_names.hpp"

#include "tidemark/postgres/rows.hpp"
#include "tidemark/store/replica.hpp"

namespace tidemark::store_postgres {

/// The columns that `read_event` reads, in its order, but for the last: `data`, or what stands for
/// them. Of `events e`, `streams s`, `types t`.
constexpr std::string_view event_columns =
    "e.position, s.name, e.version, t.name, e.schema, e.event_id, e.append_id, e.event_time, "
    "e.recorded_at, e.ingested_at, e.correlation_id, e.causation_id, e.traceparent, e.tenant, "
    "e.extra";

/// The event in the first row. A view of it.
EventView read_event(const postgres::Rows& row);

/// Events as they are stored, with positions between $1 and $2, at most $3.
const std::string& stored_rows_sql();
/// Throws `Failure` "store.corrupt" when a digest does not have its size. The digest of data that
/// are there is computed, unless one is stored.
StoredEvent read_stored(const postgres::Rows& row);
[[nodiscard]] bool has_stored_digest(const postgres::Rows& row);

}  // namespace tidemark::store_postgres
