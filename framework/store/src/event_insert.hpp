#pragma once

#include <cstdint>
#include <span>

#include "log_cache.hpp"
#include "tidemark/schema/envelope.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// One row of `events`, but for what it has in common with its neighbours.
struct EventRow {
  EventView event;
  std::int64_t type_id = 0;
  ChainHash chain{};
};

/// Inserts events. Several at a time go in one statement, which costs two thirds of one statement
/// each: cursors are opened once.
class EventInsert {
 public:
  static constexpr std::size_t rows_max = 16;

  explicit EventInsert(sqlite::Database& database);

  /// Inserts rows of one stream, one append and one moment, at most `rows_max`. Returns how many
  /// were inserted: the event ids of the others are stored already.
  std::uint64_t insert(const StreamState& stream, std::span<const EventRow> rows);

 private:
  void run(sqlite::Statement& statement, const StreamState& stream, std::span<const EventRow> rows);

  sqlite::Database& database_;
  sqlite::Statement one_;
  sqlite::Statement four_;
  sqlite::Statement sixteen_;
};

}  // namespace tidemark::store
