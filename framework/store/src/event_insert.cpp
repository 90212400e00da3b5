#include "event_insert.hpp"

#include <fmt/format.h>

#include <string>

#include "columns.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::store {
namespace {

constexpr int row_parameters = 19;

// OR IGNORE: an event id that is stored already shows in the number of changes, at no cost for the
// others, and without the savepoint that an error would need to spare the transaction.
std::string insert_sql(std::size_t rows) {
  std::string sql =
      "INSERT OR IGNORE INTO events(position, stream_id, category_id, version, type_id, schema, "
      "event_id, append_id, event_time, recorded_at, ingested_at, correlation_id, causation_id, "
      "traceparent, tenant, extra, chain, data_digest, data) VALUES ";
  int parameter = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    for (int column = 0; column < row_parameters; ++column) {
      sql += fmt::format("{}?{}", column > 0 ? ", " : row == 0 ? "(" : ", (", ++parameter);
    }
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
      .bind(before + 2, row.stream_id)
      .bind(before + 3, row.category_id)
      .bind(before + 4, metadata.version.value())
      .bind(before + 5, row.type_id)
      .bind(before + 6, row.event.schema)
      .bind(before + 7, as_blob(metadata.event_id))
      .bind(before + 8, as_blob(metadata.append_id))
      .bind(before + 9, metadata.event_time.micros())
      .bind(before + 10, metadata.recorded_at.micros());
  if (metadata.ingested_at) {
    statement.bind(before + 11, metadata.ingested_at->micros());
  } else {
    statement.bind(before + 11, nullptr);
  }
  bind_or_null(statement, before + 12, metadata.correlation_id);
  bind_or_null(statement, before + 13, metadata.causation_id);
  bind_or_null(statement, before + 14, metadata.traceparent);
  bind_or_null(statement, before + 15, metadata.tenant);
  if (metadata.extra.empty()) {
    statement.bind(before + 16, nullptr);
  } else {
    statement.bind(before + 16, sqlite::Blob{metadata.extra});
  }
  statement.bind(before + 17, as_blob(row.chain));
  if (row.event.tombstone) {
    statement.bind(before + 18, as_blob(row.data_digest)).bind(before + 19, nullptr);
  } else {
    statement.bind(before + 18, nullptr).bind(before + 19, sqlite::Blob{row.event.data});
  }
}

}  // namespace

EventInsert::EventInsert(sqlite::Database& database)
    : database_(database),
      one_(database.prepare(insert_sql(1))),
      four_(database.prepare(insert_sql(4))),
      sixteen_(database.prepare(insert_sql(16))) {}

std::uint64_t EventInsert::insert(std::span<const EventRow> rows) {
  TIDEMARK_ASSERT(rows.size() <= rows_max, "no more rows than the largest statement takes");
  std::uint64_t inserted = 0;
  while (!rows.empty()) {
    const std::size_t count = rows.size() >= 16 ? 16 : rows.size() >= 4 ? 4 : 1;
    auto& statement = count == 16 ? sixteen_ : count == 4 ? four_ : one_;
    int before = 0;
    for (const auto& row : rows.first(count)) {
      bind_row(statement, before, row);
      before += row_parameters;
    }
    statement.run();
    inserted += database_.changes();
    rows = rows.subspan(count);
  }
  return inserted;
}

}  // namespace tidemark::store
