#include "position_cursor.hpp"

#include <algorithm>

#include "columns.hpp"
#include "log_cache.hpp"

namespace tidemark::store {
namespace {

using Found = std::optional<std::uint64_t>;

std::optional<std::int64_t> id_of(sqlite::Database& database, std::string_view sql,
                                  std::string_view name) {
  auto select = database.statement(sql);
  if (!select.bind(1, name).next()) return std::nullopt;
  return select.integer(0);
}

/// The one row of a statement that asks for one number.
Found number(sqlite::Statement& select) {
  if (!select.next()) return std::nullopt;
  return read_number(select, 0);
}

/// The nearer of two along `direction`.
Found nearer(Found a, Found b, Direction direction) {
  if (!a || !b) return a ? a : b;
  return direction == Direction::forward ? std::min(*a, *b) : std::max(*a, *b);
}

bool contains(std::span<const std::int64_t> ids, std::int64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

/// Events with all of these tags: the postings of each are asked in turn until all agree.
class TagsCursor final : public PositionCursor {
 public:
  TagsCursor(sqlite::Database& database, std::vector<std::int64_t> tag_ids, Direction direction)
      : database_(database), tag_ids_(std::move(tag_ids)), direction_(direction) {}

  Found seek(std::uint64_t from) override {
    auto select = database_.statement(
        direction_ == Direction::forward
            ? "SELECT position FROM event_tags WHERE tag_id = ?1 AND position >= ?2 "
              "ORDER BY position ASC LIMIT 1"
            : "SELECT position FROM event_tags WHERE tag_id = ?1 AND position <= ?2 "
              "ORDER BY position DESC LIMIT 1");
    std::size_t agreed = 0;
    for (std::size_t at = 0; agreed < tag_ids_.size(); at = (at + 1) % tag_ids_.size()) {
      const auto found = number(select.bind_all(tag_ids_[at], from));
      select.reset();
      if (!found) return std::nullopt;
      agreed = *found == from ? agreed + 1 : 1;
      from = *found;
    }
    return from;
  }

 private:
  sqlite::Database& database_;
  std::vector<std::int64_t> tag_ids_;
  Direction direction_;
};

/// Events of one of these types, block by block; no type: every event.
class TypesCursor final : public PositionCursor {
 public:
  TypesCursor(EventFiles& files, std::vector<std::int64_t> ids, Direction direction,
              std::uint64_t high)
      : files_(files), ids_(std::move(ids)), direction_(direction), high_(high) {}

  Found seek(std::uint64_t from) override {
    if (from == 0 || from > high_) return std::nullopt;
    if (ids_.empty()) return from;
    const bool forward = direction_ == Direction::forward;
    while (true) {
      const auto block = next_type_block(files_.log(), ids_, block_of(Position(from)), direction_);
      if (!block) return std::nullopt;
      const auto first = *block * block_size + 1;
      const auto last = first + block_size - 1;
      const PositionRange of_block{.low = forward ? std::max(first, from) : first,
                                   .high = std::min(last, forward ? high_ : from)};
      const auto stretch = files_.clip(of_block, direction_);
      if (const auto found = find_in(stretch)) return found;
      if (forward ? stretch.high >= high_ : stretch.low == 1) return std::nullopt;
      from = forward ? stretch.high + 1 : stretch.low - 1;
    }
  }

 private:
  Found find_in(const PositionRange& stretch) {
    const auto file = files_.holding(stretch.low);
    auto select = file->statement(direction_ == Direction::forward
                                      ? "SELECT position, type_id FROM events WHERE "
                                        "position BETWEEN ?1 AND ?2 ORDER BY position"
                                      : "SELECT position, type_id FROM events WHERE "
                                        "position BETWEEN ?1 AND ?2 ORDER BY position DESC");
    select.bind_all(stretch.low, stretch.high);
    while (select.next()) {
      if (contains(ids_, select.integer(1))) return read_number(select, 0);
    }
    return std::nullopt;
  }

  EventFiles& files_;
  std::vector<std::int64_t> ids_;
  Direction direction_;
  std::uint64_t high_;
};

/// Those positions of another cursor whose events are of one of these types.
class OfTypes final : public PositionCursor {
 public:
  OfTypes(EventFiles& files, std::unique_ptr<PositionCursor> inner, std::vector<std::int64_t> ids,
          Direction direction)
      : rows_(files, "SELECT type_id FROM events WHERE position = ?1"),
        inner_(std::move(inner)),
        ids_(std::move(ids)),
        direction_(direction) {}

  Found seek(std::uint64_t from) override {
    while (const auto found = inner_->seek(from)) {
      const auto* row = rows_.find(*found);
      if (row != nullptr && contains(ids_, row->integer(0))) return found;
      if (direction_ == Direction::backward && *found <= 1) break;
      from = direction_ == Direction::forward ? *found + 1 : *found - 1;
    }
    return std::nullopt;
  }

 private:
  EventRows rows_;
  std::unique_ptr<PositionCursor> inner_;
  std::vector<std::int64_t> ids_;
  Direction direction_;
};

/// Positions of any of several cursors. Each is asked again only when it was passed.
class AnyOf final : public PositionCursor {
 public:
  AnyOf(std::vector<std::unique_ptr<PositionCursor>> cursors, Direction direction)
      : direction_(direction) {
    places_.reserve(cursors.size());
    for (auto& cursor : cursors) places_.push_back({.cursor = std::move(cursor)});
  }

  Found seek(std::uint64_t from) override {
    Found nearest;
    for (auto& place : places_) {
      const bool forward = direction_ == Direction::forward;
      if (!place.asked || (place.next && (forward ? *place.next < from : *place.next > from))) {
        place.next = place.cursor->seek(from);
        place.asked = true;
      }
      nearest = nearer(nearest, place.next, direction_);
    }
    return nearest;
  }

 private:
  struct Place {
    std::unique_ptr<PositionCursor> cursor;
    Found next = {};
    bool asked = false;
  };
  std::vector<Place> places_;
  Direction direction_;
};

/// None when it names something that the file does not know.
std::unique_ptr<PositionCursor> criterion_cursor(EventFiles& files, const Criterion& criterion,
                                                 Direction direction, std::uint64_t high) {
  auto& database = files.log();
  auto types = type_ids(database, criterion.types);
  if (types.empty() && !criterion.types.empty()) return nullptr;
  if (criterion.tags.empty()) {
    return std::make_unique<TypesCursor>(files, std::move(types), direction, high);
  }
  std::vector<std::int64_t> tags;
  tags.reserve(criterion.tags.size());
  for (const auto& tag : criterion.tags) {
    const auto id = id_of(database, "SELECT id FROM tags WHERE name = ?1", tag);
    if (!id) return nullptr;
    tags.push_back(*id);
  }
  auto tagged = std::make_unique<TagsCursor>(database, std::move(tags), direction);
  if (types.empty()) return tagged;
  return std::make_unique<OfTypes>(files, std::move(tagged), std::move(types), direction);
}

std::optional<std::uint64_t> next_block(sqlite::Database& database, std::string_view forward,
                                        std::string_view backward, std::int64_t id,
                                        std::pair<std::uint64_t, Direction> from) {
  auto select = database.statement(from.second == Direction::forward ? forward : backward);
  return number(select.bind_all(id, from.first));
}

}  // namespace

std::vector<std::int64_t> type_ids(sqlite::Database& database, std::span<const std::string> names) {
  std::vector<std::int64_t> ids;
  ids.reserve(names.size());
  for (const auto& name : names) {
    if (const auto id = id_of(database, "SELECT id FROM types WHERE name = ?1", name)) {
      ids.push_back(*id);
    }
  }
  return ids;
}

std::unique_ptr<PositionCursor> criteria_cursor(EventFiles& files,
                                                std::span<const Criterion> criteria,
                                                Direction direction, std::uint64_t high) {
  std::vector<std::unique_ptr<PositionCursor>> cursors;
  for (const auto& criterion : criteria) {
    if (auto cursor = criterion_cursor(files, criterion, direction, high)) {
      cursors.push_back(std::move(cursor));
    }
  }
  if (cursors.size() == 1) return std::move(cursors.front());
  return std::make_unique<AnyOf>(std::move(cursors), direction);
}

std::optional<std::uint64_t> next_type_block(sqlite::Database& database,
                                             std::span<const std::int64_t> type_ids,
                                             std::uint64_t block, Direction direction) {
  std::optional<std::uint64_t> nearest;
  for (const auto id : type_ids) {
    nearest = nearer(nearest,
                     next_block(database,
                                "SELECT block FROM type_blocks WHERE type_id = ?1 AND block >= ?2 "
                                "ORDER BY block ASC LIMIT 1",
                                "SELECT block FROM type_blocks WHERE type_id = ?1 AND block <= ?2 "
                                "ORDER BY block DESC LIMIT 1",
                                id, {block, direction}),
                     direction);
    if (nearest == block) break;
  }
  return nearest;
}

std::optional<std::uint64_t> next_category_block(sqlite::Database& database,
                                                 std::int64_t category_id, std::uint64_t block,
                                                 Direction direction) {
  return next_block(database,
                    "SELECT block FROM category_blocks WHERE category_id = ?1 AND block >= ?2 "
                    "ORDER BY block ASC LIMIT 1",
                    "SELECT block FROM category_blocks WHERE category_id = ?1 AND block <= ?2 "
                    "ORDER BY block DESC LIMIT 1",
                    category_id, {block, direction});
}

}  // namespace tidemark::store
