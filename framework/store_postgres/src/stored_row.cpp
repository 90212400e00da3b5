#include "stored_row.hpp"

#include <fmt/format.h>

#include "columns.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::store_postgres {
namespace {

constexpr int data_column = 15;
constexpr int chain_column = 16;
constexpr int digest_column = 17;

}  // namespace

EventView read_event(const postgres::Rows& row) {
  EventView event;
  auto& metadata = event.metadata;
  metadata.position = Position(read_number(row, 0, 0));
  metadata.stream = row.text(0, 1);
  metadata.version = StreamVersion(read_number(row, 0, 2));
  event.type = row.text(0, 3);
  event.schema = static_cast<std::uint32_t>(row.integer(0, 4));
  metadata.event_id = EventId(row.uuid(0, 5));
  metadata.append_id = AppendId(row.uuid(0, 6));
  metadata.event_time = UtcTime::from_micros(row.integer(0, 7));
  metadata.recorded_at = UtcTime::from_micros(row.integer(0, 8));
  if (!row.is_null(0, 9)) metadata.ingested_at = UtcTime::from_micros(row.integer(0, 9));
  metadata.correlation_id = row.text(0, 10);
  metadata.causation_id = row.text(0, 11);
  metadata.traceparent = row.text(0, 12);
  metadata.tenant = row.text(0, 13);
  metadata.extra = row.bytes(0, 14);
  event.tombstone = row.is_null(0, data_column);
  if (!event.tombstone) event.data = row.bytes(0, data_column);
  return event;
}

const std::string& stored_rows_sql() {
  static const auto sql = fmt::format(
      "SELECT {}, e.data, e.chain, e.data_digest FROM events e "
      "JOIN streams s ON s.id = e.stream_id JOIN types t ON t.id = e.type_id "
      "WHERE e.position BETWEEN $1 AND $2 ORDER BY e.position LIMIT $3",
      event_columns);
  return sql;
}

StoredEvent read_stored(const postgres::Rows& row) {
  StoredEvent stored{.event = read_event(row)};
  stored.chain = read_hash(row, 0, chain_column);
  stored.data_digest = has_stored_digest(row) ? read_hash(row, 0, digest_column)
                                              : security::digest(stored.event.data);
  return stored;
}

bool has_stored_digest(const postgres::Rows& row) { return !row.is_null(0, digest_column); }

}  // namespace tidemark::store_postgres
