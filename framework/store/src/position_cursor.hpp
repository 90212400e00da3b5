#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "event_files.hpp"
#include "tidemark/store/read.hpp"

namespace tidemark::store {

/// Finds the positions of events that are of a kind, in one direction. One thread at a time, the
/// same as uses the files.
class PositionCursor {
 public:
  virtual ~PositionCursor() = default;
  /// The nearest position from `from` on (itself too) in the cursor's direction; none when nothing
  /// follows. Always asked further along.
  virtual std::optional<std::uint64_t> seek(std::uint64_t from) = 0;
};

/// A cursor over the events that meet one of `criteria`; those that name something unknown to the
/// file meet nothing. `high` bounds it when it goes forward.
std::unique_ptr<PositionCursor> criteria_cursor(EventFiles& files,
                                                std::span<const Criterion> criteria,
                                                Direction direction, std::uint64_t high);

/// The next block, from `block` on in that direction, in which one of these types (empty: any), or
/// this category, occurs at all.
std::optional<std::uint64_t> next_type_block(sqlite::Database& database,
                                             std::span<const std::int64_t> type_ids,
                                             std::uint64_t block, Direction direction);
std::optional<std::uint64_t> next_category_block(sqlite::Database& database,
                                                 std::int64_t category_id, std::uint64_t block,
                                                 Direction direction);

/// The numbers of those names that the file knows.
std::vector<std::int64_t> type_ids(sqlite::Database& database, std::span<const std::string> names);

}  // namespace tidemark::store
