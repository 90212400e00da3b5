#include "event_insert.hpp"

#include <fmt/format.h>

#include <string>

#include "columns.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::store {
namespace {

constexpr int shared_parameters = 4;
constexpr int row_parameters = 14;

// OR IGNORE: an event id that is stored already shows in the number of changes, at no cost for the
// others, and without the savepoint that an error would need to spare the transaction.
std::string insert_sql(std::size_t rows) {
  std::string sql =
      "INSERT OR IGNORE INTO events(stream_id, category_id, append_id, recorded_at, position, "
      "version, type_id, schema, event_id, event_time, ingested_at, correlation_id, causation_id, "
      "traceparent, tenant, extra, chain, data) VALUES ";
  int parameter = shared_parameters;
  for (std::size_t row = 0; row < rows; ++row) {
    sql += row == 0 ? "(?1, ?2, ?3, ?4" : ", (?1, ?2, ?3, ?4";
    for (int column = 0; column < row_parameters; ++column)
      sql += fmt::format(", ?{}", ++parameter);
    sql += ")";
  }
  return sql;
}

void bind_or_null(sqlite::Statement& statement, int parameter, std::string_view text) {
  if (text.empty()) {
    statement.bind(parameter, nullptr);
  } else {
    statement.bind(parameter, text);
  }
}

/// Binds one row to the parameters after `before`.
void bind_row(sqlite::Statement& statement, int before, const EventRow& row) {
  const auto& metadata = row.event.metadata;
  statement.bind(before + 1, metadata.position.value())
      .bind(before + 2, metadata.version.value())
      .bind(before + 3, row.type_id)
      .bind(before + 4, row.event.schema)
      .bind(before + 5, as_blob(metadata.event_id))
      .bind(before + 6, metadata.event_time.micros());
  if (metadata.ingested_at) {
    statement.bind(before + 7, metadata.ingested_at->micros());
  } else {
    statement.bind(before + 7, nullptr);
  }
  bind_or_null(statement, before + 8, metadata.correlation_id);
  bind_or_null(statement, before + 9, metadata.causation_id);
  bind_or_null(statement, before + 10, metadata.traceparent);
  bind_or_null(statement, before + 11, metadata.tenant);
  if (metadata.extra.empty()) {
    statement.bind(before + 12, nullptr);
  } else {
    statement.bind(before + 12, sqlite::Blob{metadata.extra});
  }
  statement.bind(before + 13, as_blob(row.chain)).bind(before + 14, sqlite::Blob{row.event.data});
}

}  // namespace

EventInsert::EventInsert(sqlite::Database& database)
    : database_(database),
      one_(database.prepare(insert_sql(1))),
      four_(database.prepare(insert_sql(4))),
      sixteen_(database.prepare(insert_sql(16))) {}

std::uint64_t EventInsert::insert(const StreamState& stream, std::span<const EventRow> rows) {
  TIDEMARK_ASSERT(rows.size() <= rows_max, "no more rows than the largest statement takes");
  std::uint64_t inserted = 0;
  while (!rows.empty()) {
    const std::size_t count = rows.size() >= 16 ? 16 : rows.size() >= 4 ? 4 : 1;
    run(count == 16 ? sixteen_ : count == 4 ? four_ : one_, stream, rows.first(count));
    inserted += database_.changes();
    rows = rows.subspan(count);
  }
  return inserted;
}

void EventInsert::run(sqlite::Statement& statement, const StreamState& stream,
                      std::span<const EventRow> rows) {
  const auto& metadata = rows.front().event.metadata;
  statement.bind(1, stream.id)
      .bind(2, stream.category_id)
      .bind(3, as_blob(metadata.append_id))
      .bind(4, metadata.recorded_at.micros());
  int before = shared_parameters;
  for (const auto& row : rows) {
    bind_row(statement, before, row);
    before += row_parameters;
  }
  statement.run();
}

}  // namespace tidemark::store
