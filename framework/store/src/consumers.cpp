#include "consumers.hpp"

#include "columns.hpp"

namespace tidemark::store {
namespace {

Consumer read_consumer(const sqlite::Statement& row) {
  return {.name = std::string(row.text(0)),
          .checkpoint = {.position = Position(read_number(row, 1)), .chain = read_hash(row, 2)},
          .reported_at = UtcTime::from_micros(row.integer(3))};
}

}  // namespace

void put_consumer(sqlite::Database& database, const Consumer& consumer) {
  database
      .statement(
          "INSERT OR REPLACE INTO consumers(name, position, chain, reported_at) "
          "VALUES(?1, ?2, ?3, ?4)")
      .bind_all(std::string_view(consumer.name), consumer.checkpoint.position.value(),
                as_blob(consumer.checkpoint.chain), consumer.reported_at.micros())
      .run();
}

bool remove_consumer(sqlite::Database& database, const std::string& name) {
  database.statement("DELETE FROM consumers WHERE name = ?1").bind(1, std::string_view(name)).run();
  return database.changes() > 0;
}

std::vector<Consumer> find_consumers(sqlite::Database& database) {
  std::vector<Consumer> found;
  auto rows =
      database.statement("SELECT name, position, chain, reported_at FROM consumers ORDER BY name");
  while (rows.next()) found.push_back(read_consumer(rows));
  return found;
}

std::optional<Consumer> slowest_consumer(sqlite::Database& database) {
  auto rows = database.statement(
      "SELECT name, position, chain, reported_at FROM consumers ORDER BY position, name LIMIT 1");
  if (!rows.next()) return std::nullopt;
  return read_consumer(rows);
}

}  // namespace tidemark::store
