#include <fmt/format.h>

#include <algorithm>

#include "feed_tables.hpp"
#include "parked_rows.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::feed {
namespace {

constexpr std::uint64_t list_max = 100'000;

/// Key and id of the first entry of the key that entry `id` belongs to.
struct First {
  std::int64_t id = 0;
  std::string key;
};
std::optional<First> first_of(sql::Database& file, std::int64_t id) {
  auto look = file.statement(
      "SELECT other.id, other.key FROM feed_parked entry"
      " JOIN feed_parked other ON other.key = entry.key WHERE entry.id = ?1"
      " ORDER BY other.id LIMIT 1");
  look.bind(1, id);
  if (!look.next()) return std::nullopt;
  return First{.id = look.integer(0), .key = std::string(look.blob(1))};
}

/// What is set aside from now on gets none of the ids that dropped entries have.
void name_behind_dropped(sql::Database& file) {
  auto last = file.statement("SELECT max(id) FROM feed_dropped");
  if (last.next() && !last.is_null(0)) file.number_behind("feed_parked", last.integer(0));
}

}  // namespace

void copy_dropped(sql::Database& from, sql::Database& to) {
  auto rows = from.statement(fmt::format("SELECT {}, why FROM feed_dropped", parked_columns));
  sql::in_transaction(to, [&] {
    auto insert = to.statement(
        "INSERT INTO feed_dropped VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
        " ?14, ?15, ?16) ON CONFLICT DO NOTHING");
    while (rows.next()) {
      for (int i = 0; i < rows.column_count(); ++i) insert.bind_value(i + 1, rows.value(i));
      insert.run();
    }
    name_behind_dropped(to);
  });
}

std::vector<Parked> ParkingDesk::list(std::uint64_t limit, std::int64_t after_id) const {
  auto rows = file_.statement(
      fmt::format("SELECT {} FROM feed_parked WHERE id > ?1 ORDER BY id LIMIT ?2", parked_columns));
  rows.bind_all(after_id, std::min(limit, list_max));
  std::vector<Parked> entries;
  while (rows.next()) entries.push_back(read_parked(rows));
  return entries;
}

std::optional<Parked> ParkingDesk::show(std::int64_t id) const {
  auto rows =
      file_.statement(fmt::format("SELECT {} FROM feed_parked WHERE id = ?1", parked_columns));
  rows.bind(1, id);
  if (!rows.next()) return std::nullopt;
  return read_parked(rows);
}

std::uint64_t ParkingDesk::count() const {
  auto rows = file_.statement("SELECT count(*) FROM feed_parked");
  rows.next();
  return static_cast<std::uint64_t>(rows.integer(0));
}

bool ParkingDesk::is_first(std::int64_t id) const {
  const auto first = first_of(file_, id);
  return first && first->id == id;
}

bool ParkingDesk::retry(std::int64_t id, const std::string& reason) {
  return sql::in_transaction(file_, [&] {
    const auto first = first_of(file_, id);
    if (!first) return false;
    auto due = file_.statement(
        "UPDATE feed_parked SET state = 'retrying', next_attempt_at = 0 WHERE id = ?1");
    due.bind(1, first->id).run();
    note_action(file_, "retry", std::to_string(id), reason);
    return true;
  });
}

bool ParkingDesk::drop(std::int64_t id, const std::string& reason) {
  return sql::in_transaction(file_, [&] {
    const auto first = first_of(file_, id);
    if (!first || first->id != id) return false;
    auto keep = file_.statement(fmt::format(
        "INSERT INTO feed_dropped SELECT {}, ?2 FROM feed_parked WHERE id = ?1", parked_columns));
    keep.bind_all(id, std::string_view(reason)).run();
    remove_first(file_, id, first->key);
    note_action(file_, "drop", std::to_string(id), reason);
    return true;
  });
}

std::vector<Dropped> ParkingDesk::dropped(std::uint64_t limit, std::int64_t after_id) const {
  auto rows = file_.statement(fmt::format(
      "SELECT {}, why FROM feed_dropped WHERE id > ?1 ORDER BY id LIMIT ?2", parked_columns));
  rows.bind_all(after_id, std::min(limit, list_max));
  std::vector<Dropped> entries;
  while (rows.next()) {
    entries.push_back({.entry = read_parked(rows), .why = std::string(rows.text(15))});
  }
  return entries;
}

void FeedDesk::pause(const std::string& reason) {
  sql::in_transaction(file_, [&] {
    auto set = file_.statement("UPDATE feed_state SET paused = 1, pause_reason = ?1");
    set.bind(1, std::string_view(reason)).run();
    note_action(file_, "pause", "", reason);
  });
}

void FeedDesk::resume(const std::string& reason) {
  sql::in_transaction(file_, [&] {
    auto set = file_.statement("UPDATE feed_state SET paused = 0, pause_reason = ''");
    set.run();
    note_action(file_, "resume", "", reason);
  });
}

std::optional<std::string> FeedDesk::paused() const {
  auto row = file_.statement("SELECT pause_reason FROM feed_state WHERE paused = 1");
  if (!row.next()) return std::nullopt;
  return std::string(row.text(0));
}

FeedDesk::Progress FeedDesk::progress() const {
  auto row = file_.statement(
      "SELECT (SELECT position FROM feed_checkpoint), event_time, committed_at FROM feed_state");
  if (!row.next()) return {};
  return {.position = Position(static_cast<std::uint64_t>(row.integer(0))),
          .event_time = UtcTime::from_micros(row.integer(1)),
          .committed_at = UtcTime::from_micros(row.integer(2))};
}

std::vector<FeedDesk::Partition> FeedDesk::partitions() const {
  auto rows = file_.statement(
      "SELECT topic, partition, first_offset, first_time, next_offset, end_offset"
      " FROM feed_offsets ORDER BY topic, partition");
  std::vector<Partition> partitions;
  while (rows.next()) {
    partitions.push_back(
        {.topic = std::string(rows.text(0)),
         .partition = static_cast<std::int32_t>(rows.integer(1)),
         .first_offset = rows.is_null(2) ? std::nullopt : std::optional(rows.integer(2)),
         .first_time = UtcTime::from_micros(rows.integer(3)),
         .next_offset = rows.integer(4),
         .end_offset = rows.integer(5)});
  }
  return partitions;
}

std::optional<store::Origin> FeedDesk::origin() const {
  auto row = file_.statement("SELECT position, chain, store_id FROM feed_checkpoint");
  if (!row.next()) return std::nullopt;
  return store::read_origin(Position(static_cast<std::uint64_t>(row.integer(0))), row.blob(1),
                            row.blob(2));
}

}  // namespace tidemark::feed
