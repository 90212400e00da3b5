#include "facts.hpp"

#include <string>

#include "columns.hpp"

namespace tidemark::store {
namespace {

std::uint64_t number(sqlite::Database& database, std::string_view sql) {
  auto select = database.statement(sql);
  return select.next() ? read_number(select, 0) : 0;
}

std::vector<StoreFacts::PerName> counts(sqlite::Database& database, std::string_view sql) {
  std::vector<StoreFacts::PerName> found;
  auto rows = database.statement(sql);
  while (rows.next()) {
    found.push_back({.name = std::string(rows.text(0)),
                     .events = read_number(rows, 1),
                     .data_bytes = read_number(rows, 2)});
  }
  return found;
}

}  // namespace

void read_facts(LogReader& reader, bool with_counts, StoreFacts& facts) {
  auto& database = reader.database();
  const auto last = reader.last_position();
  facts.events = last.value();
  facts.head = reader.chain_at(last).value_or(ChainHash{});
  // Numbers of streams have no gaps either.
  facts.streams = number(database, "SELECT coalesce(max(id), 0) FROM streams");
  facts.types = number(database, "SELECT count(*) FROM types");
  facts.file_bytes = number(database, "PRAGMA page_count") * number(database, "PRAGMA page_size");
  facts.wal_bytes = database.wal_size();
  if (!with_counts) return;
  facts.appends = number(database,
                         "SELECT (SELECT count(*) FROM appends) + (SELECT count(*) FROM events "
                         "WHERE event_id = events.append_id AND NOT EXISTS "
                         "(SELECT 1 FROM appends WHERE append_id = events.append_id))");
  facts.per_type = counts(database,
                          "SELECT name, count(*), sum(coalesce(length(data), 0)) FROM events "
                          "JOIN types ON types.id = type_id GROUP BY type_id ORDER BY name");
  facts.per_category =
      counts(database,
             "SELECT name, count(*), sum(coalesce(length(data), 0)) FROM events "
             "JOIN categories ON categories.id = category_id GROUP BY category_id ORDER BY name");
}

}  // namespace tidemark::store
