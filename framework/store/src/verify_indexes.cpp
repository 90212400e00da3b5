#include "verify_indexes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "columns.hpp"
#include "scatter.hpp"
#include "tidemark/schema/envelope.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t page_size = 10'000;

std::uint64_t weight(std::int64_t tag_id, std::uint64_t position) {
  return scatter(scatter(static_cast<std::uint64_t>(tag_id)) + position);
}

/// Each tag once; of what cannot be read none, which is the chain's to notice.
std::vector<std::string> tags_in(std::string_view extra) {
  auto decoded = decode_extra(extra);
  if (!decoded) return {};
  auto tags = std::move(decoded->tags);
  std::ranges::sort(tags);
  tags.erase(std::ranges::unique(tags).begin(), tags.end());
  return tags;
}

/// Goes through all entries of `event_tags` up to `end`, page by page. False: a damaged index gives
/// them in another order, and the pages would never come to an end.
template <typename Visit>
bool visit_entries(sqlite::Database& database, Position end, Visit visit) {
  std::pair<std::int64_t, std::int64_t> at{std::numeric_limits<std::int64_t>::min(), 0};
  for (bool more = true; more;) {
    auto rows = database.statement(
        "SELECT tag_id, position FROM event_tags WHERE (tag_id, position) > (?1, ?2) "
        "ORDER BY tag_id, position LIMIT ?3");
    rows.bind_all(at.first, at.second, page_size);
    more = false;
    while (rows.next()) {
      const std::pair next(rows.integer(0), rows.integer(1));
      if (next <= at) return false;
      more = true;
      at = next;
      if (at.second <= static_cast<std::int64_t>(end.value())) visit(at.first, at.second);
    }
  }
  return true;
}

}  // namespace

void IndexCheck::report(Position position, std::string_view code, std::string message) {
  if (damage_ && damage_->position <= position) return;
  damage_ = Damage{
      .position = position, .code = fmt::format("verify.{}", code), .message = std::move(message)};
}

void IndexCheck::add(const Row& row) {
  const auto block = block_of(row.position);
  if (!has_block(type_blocks_, "SELECT 1 FROM type_blocks WHERE type_id = ?1 AND block = ?2",
                 row.type_id, block)) {
    report(row.position, "blocks", "readers that ask for its type do not find it");
  }
  if (!has_block(category_blocks_,
                 "SELECT 1 FROM category_blocks WHERE category_id = ?1 AND block = ?2",
                 row.category_id, block)) {
    report(row.position, "blocks", "readers that ask for its category do not find it");
  }
  if (!row.extra.empty()) add_tags(row.position, row.extra);
}

bool IndexCheck::has_block(Blocks& last, std::string_view sql, std::int64_t id,
                           std::uint64_t block) {
  const auto [known, first] = last.try_emplace(id, block);
  if (!first && known->second == block) return true;
  known->second = block;
  return database_.statement(sql).bind_all(id, block).next();
}

/// 0: no event can be found by it.
std::int64_t IndexCheck::tag_id(const std::string& name) {
  if (const auto* known = tag_ids_.find(name)) return *known;
  auto select = database_.statement("SELECT id FROM tags WHERE name = ?1");
  const bool found = select.bind(1, std::string_view(name)).next();
  return tag_ids_.put(name, found ? select.integer(0) : 0);
}

void IndexCheck::add_tags(Position position, std::string_view extra) {
  for (const auto& tag : tags_in(extra)) tag_sum_ += weight(tag_id(tag), position.value());
}

void IndexCheck::finish(Position end) {
  std::uint64_t sum = 0;
  const bool in_order = visit_entries(database_, end, [&](std::int64_t tag, std::int64_t position) {
    sum += weight(tag, static_cast<std::uint64_t>(position));
  });
  if (!in_order) report(end, "tags", "the entries of tags do not stand in their order");
  if (!in_order || sum == tag_sum_) return;
  find_missing_tags(end);
  find_stray_tags(end);
}

void IndexCheck::find_missing_tags(Position end) {
  PositionRange left{.low = 1, .high = end.value()};
  while (left.low <= left.high) {
    const LogMoment moment(files_);
    auto page = left;
    page.high = std::min(left.high, left.low + page_size - 1);
    page = files_.clip(page, Direction::forward);
    const auto file = files_.holding(page.low);
    auto rows = file->statement(
        "SELECT position, extra FROM events "
        "WHERE position BETWEEN ?1 AND ?2 AND extra IS NOT NULL ORDER BY position");
    rows.bind_all(page.low, page.high);
    auto select =
        database_.statement("SELECT 1 FROM event_tags WHERE tag_id = ?1 AND position = ?2");
    while (rows.next()) {
      for (const auto& tag : tags_in(rows.blob(1))) {
        const bool found = select.bind_all(tag_id(tag), rows.integer(0)).next();
        select.reset();
        if (found) continue;
        report(Position(read_number(rows, 0)), "tags",
               fmt::format("readers that ask for its tag {} do not find it", tag));
        return;
      }
    }
    left.low = page.high + 1;
  }
}

void IndexCheck::find_stray_tags(Position end) {
  const LogMoment moment(files_);
  EventRows rows(files_, "SELECT extra FROM events WHERE position = ?1");
  const auto look = [&](std::int64_t tag, std::int64_t position) {
    auto name = database_.statement("SELECT name FROM tags WHERE id = ?1");
    const auto* row = rows.find(static_cast<std::uint64_t>(std::max<std::int64_t>(position, 0)));
    if (row != nullptr && name.bind(1, tag).next()) {
      const auto tags = tags_in(row->blob(0));
      if (std::ranges::find(tags, name.text(0)) != tags.end()) return;
    }
    report(Position(static_cast<std::uint64_t>(std::max<std::int64_t>(position, 0))), "tags",
           "readers find it by a tag that it does not have");
  };
  static_cast<void>(visit_entries(database_, end, look));  // in order, as it was the first time
}

}  // namespace tidemark::store
