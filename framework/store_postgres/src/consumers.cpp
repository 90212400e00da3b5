#include "columns.hpp"
#include "life_cycle.hpp"

namespace tidemark::store_postgres {
namespace {

Consumer read_consumer(const postgres::Rows& rows, int row) {
  return {.name = std::string(rows.text(row, 0)),
          .checkpoint = {.position = Position(read_number(rows, row, 1)),
                         .chain = read_hash(rows, row, 2)},
          .reported_at = UtcTime::from_micros(rows.integer(row, 3))};
}

}  // namespace

void put_consumers(postgres::Connection& connection, const std::vector<Consumer>& consumers) {
  std::vector<postgres::Statement> statements;
  statements.reserve(consumers.size());
  for (const auto& consumer : consumers) {
    statements.push_back({.sql = "INSERT INTO consumers(name, position, chain, reported_at) "
                                 "VALUES($1, $2, $3, $4) ON CONFLICT (name) DO UPDATE SET "
                                 "position = excluded.position, chain = excluded.chain, "
                                 "reported_at = excluded.reported_at",
                          .parameters = postgres::parameters(
                              consumer.name, consumer.checkpoint.position.value(),
                              as_bytes(consumer.checkpoint.chain), consumer.reported_at.micros())});
  }
  if (!statements.empty()) connection.pipeline(statements);
}

std::vector<Consumer> find_consumers(postgres::Connection& connection) {
  const auto rows =
      connection.query("SELECT name, position, chain, reported_at FROM consumers ORDER BY name");
  std::vector<Consumer> found;
  found.reserve(static_cast<std::size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row) found.push_back(read_consumer(rows, row));
  return found;
}

bool remove_consumer(postgres::Connection& connection, const std::string& name) {
  return connection.query("DELETE FROM consumers WHERE name = $1", postgres::parameters(name))
             .affected() > 0;
}

std::optional<Consumer> slowest_consumer(postgres::Connection& connection) {
  const auto rows = connection.query(
      "SELECT name, position, chain, reported_at FROM consumers ORDER BY position, name LIMIT 1");
  if (rows.empty()) return std::nullopt;
  return read_consumer(rows, 0);
}

}  // namespace tidemark::store_postgres
