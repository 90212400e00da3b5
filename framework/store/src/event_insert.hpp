#pragma once

#include <cstdint>
#include <span>

#include "log_cache.hpp"
#include "tidemark/schema/envelope.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::store {

/// One row of `events`.
struct EventRow {
  EventView event;
  std::int64_t stream_id = 0;
  std::int64_t category_id = 0;
  std::int64_t type_id = 0;
  ChainHash chain{};
  /// Of data that are gone; only used for tombstones.
  ChainHash data_digest{};
};

/// Inserts events. Several at a time go in one statement, which costs two thirds of one statement
/// each: cursors are opened once.
class EventInsert {
 public:
  static constexpr std::size_t rows_max = 16;

  explicit EventInsert(sqlite::Database& database);

  /// Inserts at most `rows_max` rows. Returns how many were inserted: the event ids of the others
  /// are stored already.
  std::uint64_t insert(std::span<const EventRow> rows);

 private:
  sqlite::Database& database_;
  sqlite::Statement one_;
  sqlite::Statement four_;
  sqlite::Statement sixteen_;
};

}  // namespace tidemark::store
