#include "verify_appends.hpp"

#include <algorithm>
#include <cstring>

#include "columns.hpp"
#include "scatter.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t page_size = 10'000;

std::uint64_t weight(const AppendId& append, std::uint64_t first, std::uint64_t events) {
  std::uint64_t halves[2];
  std::memcpy(halves, append.uuid().bytes().data(), sizeof halves);
  return scatter(scatter(scatter(halves[0]) + halves[1]) + scatter(first) + events);
}

Damage damage_at(std::uint64_t position, std::string message) {
  return {.position = Position(position), .code = "verify.append", .message = std::move(message)};
}

/// The first append of the log whose stored outcome is missing or another.
std::optional<Damage> find_in_events(LogReader& reader, Position end) {
  auto rows = reader.database().statement(
      "SELECT least FROM (SELECT append_id AS id, min(position) AS least, count(*) AS number "
      "                   FROM events WHERE position <= ?1 GROUP BY append_id) "
      "LEFT JOIN appends ON append_id = id "
      "WHERE (first IS NOT least OR events IS NOT number) AND NOT (first IS NULL AND EXISTS "
      "(SELECT 1 FROM events WHERE event_id = id AND position = least)) ORDER BY least LIMIT 1");
  if (!rows.bind(1, end.value()).next()) return std::nullopt;
  return damage_at(read_number(rows, 0), "the outcome stored for its append is another");
}

/// An outcome that tells of events which are not there.
std::optional<Damage> find_in_outcomes(LogReader& reader, Position end) {
  auto rows = reader.database().statement(
      "SELECT first FROM appends WHERE events > 0 AND first <= ?1 AND NOT EXISTS "
      "(SELECT 1 FROM events WHERE position = first AND events.append_id = appends.append_id) "
      "ORDER BY first LIMIT 1");
  if (!rows.bind(1, end.value()).next()) return std::nullopt;
  return damage_at(read_number(rows, 0), "an outcome is stored for an append without events");
}

}  // namespace

void AppendTally::add_event(const EventView& event) {
  const auto& metadata = event.metadata;
  if (events_ == 0 || metadata.append_id != append_) {
    sum_ = sum();
    append_ = metadata.append_id;
    told_by_events_ = metadata.event_id.uuid() == append_.uuid();
    first_ = metadata.position.value();
    events_ = 0;
  }
  ++events_;
}

void AppendTally::add(const AppendId& append, std::uint64_t first, std::uint64_t events) {
  sum_ += weight(append, first, events);
}

std::uint64_t AppendTally::sum() const {
  return events_ == 0 || told_by_events_ ? sum_ : sum_ + weight(append_, first_, events_);
}

std::optional<Damage> check_appends(LogReader& reader, const AppendTally& events, Position end) {
  AppendTally outcomes;
  std::uint64_t last = 0;
  std::string after;
  for (bool more = true; more;) {
    const auto page_after = after;
    auto rows = reader.database().statement(
        "SELECT append_id, first, events FROM appends WHERE append_id > ?1 ORDER BY append_id "
        "LIMIT ?2");
    rows.bind_all(sqlite::Blob{page_after}, page_size);
    more = false;
    while (rows.next()) {
      more = true;
      const auto count = read_number(rows, 2);
      const auto first = read_number(rows, 1);
      // In a damaged tree they may follow in any order, and the pages would never come to an end.
      if (rows.blob(0) <= after) {
        return damage_at(std::clamp<std::uint64_t>(first, 1, end.value() + 1),
                         "the outcomes of appends do not stand in their order");
      }
      after = rows.blob(0);
      if (count == 0) continue;
      last = std::max(last, first + count - 1);
      if (first <= end.value()) outcomes.add(read_id<AppendId>(rows, 0), first, count);
    }
  }
  if (last > end.value() && last > reader.last_position().value()) {
    return damage_at(end.value() + 1,
                     "the log ends before an append of which an outcome is stored");
  }
  if (outcomes.sum() == events.sum()) return std::nullopt;
  auto damage = find_in_events(reader, end);
  return damage ? damage : find_in_outcomes(reader, end);
}

}  // namespace tidemark::store
