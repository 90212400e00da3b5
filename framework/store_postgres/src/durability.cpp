#include "durability.hpp"

#include <fmt/format.h>

#include "columns.hpp"

namespace tidemark::store_postgres {
namespace {

/// Whether the whole log of the server is on disk: all that was committed before this is asked. A
/// standby has only what is on disk where it came from.
constexpr std::string_view is_durable_sql =
    "CASE WHEN pg_is_in_recovery() THEN true "
    "ELSE pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() END";

void flush(postgres::Connection& connection) {
  const auto statement = flush_statement();
  connection.query(statement.sql, statement.parameters);
}

}  // namespace

std::string_view commit_early_sql() {
  return "set_config('synchronous_commit', CASE current_setting('synchronous_standby_names') "
         "WHEN '' THEN 'off' ELSE current_setting('synchronous_commit') END, true)";
}

postgres::Statement flush_statement() {
  // A commit waits for the disk when its transaction wrote something, and then for all before it.
  // This is the least that can be written; nobody reads it.
  return {.sql = "SELECT pg_logical_emit_message(true, 'tidemark', '')"};
}

void make_durable(postgres::Connection& connection) {
  static const auto sql = fmt::format("SELECT {}", is_durable_sql);
  if (!connection.query(sql).boolean(0, 0)) flush(connection);
}

Checkpoint durable_end(postgres::Connection& connection, Position known) {
  static const auto sql = fmt::format(
      "SELECT position, chain, {} FROM events ORDER BY position DESC LIMIT 1", is_durable_sql);
  const auto rows = connection.query(sql);
  if (rows.empty()) return {};
  const Checkpoint end{.position = Position(read_number(rows, 0, 0)),
                       .chain = read_hash(rows, 0, 1)};
  if (end.position > known && !rows.boolean(0, 2)) flush(connection);
  return end;
}

}  // namespace tidemark::store_postgres
