#include "feed_tables.hpp"

#include <fmt/format.h>

#include "tidemark/base/failure.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/sqlite/transaction.hpp"

namespace tidemark::feed {
namespace {

constexpr std::int64_t format = 1;

constexpr const char* tables = R"(
CREATE TABLE feed_state(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  format INTEGER NOT NULL,
  paused INTEGER NOT NULL DEFAULT 0,
  pause_reason TEXT NOT NULL DEFAULT '',
  event_time INTEGER NOT NULL DEFAULT 0,
  committed_at INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE feed_checkpoint(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  position INTEGER NOT NULL,
  chain BLOB NOT NULL,
  store_id BLOB NOT NULL) STRICT;
CREATE TABLE feed_offsets(
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  newest INTEGER NOT NULL DEFAULT 0,
  first_offset INTEGER,
  first_time INTEGER NOT NULL DEFAULT 0,
  end_offset INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, partition)) STRICT, WITHOUT ROWID;
CREATE TABLE feed_topics(
  topic TEXT PRIMARY KEY,
  partitions INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE feed_categories(
  category TEXT PRIMARY KEY,
  unknown_type TEXT,
  unknown_at TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE feed_facts(
  event_id BLOB PRIMARY KEY,
  event_time INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX feed_facts_by_time ON feed_facts(event_time);
CREATE TABLE feed_facts_state(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  kept INTEGER NOT NULL,
  kept_from INTEGER NOT NULL,
  repeated INTEGER NOT NULL,
  beyond INTEGER NOT NULL) STRICT;
CREATE TABLE feed_facts_beyond(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  at INTEGER NOT NULL,
  event_id BLOB NOT NULL,
  event_time INTEGER NOT NULL) STRICT;
CREATE TABLE feed_parked(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('retrying', 'parked', 'queued')),
  topic TEXT,
  partition INTEGER,
  place INTEGER NOT NULL,
  stream TEXT NOT NULL,
  type TEXT NOT NULL,
  event_id BLOB NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  parked_at INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  data BLOB NOT NULL,
  schema INTEGER NOT NULL,
  version INTEGER NOT NULL,
  append_id BLOB NOT NULL,
  event_time INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  ingested_at INTEGER,
  correlation_id TEXT NOT NULL,
  causation_id TEXT NOT NULL,
  traceparent TEXT NOT NULL,
  tenant TEXT NOT NULL,
  extra BLOB NOT NULL,
  position INTEGER NOT NULL,
  copied INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX feed_parked_by_key ON feed_parked(key, id);
CREATE INDEX feed_parked_first ON feed_parked(state, copied) WHERE state <> 'queued';
CREATE TABLE feed_dropped(
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL,
  state TEXT NOT NULL,
  topic TEXT,
  partition INTEGER,
  place INTEGER NOT NULL,
  stream TEXT NOT NULL,
  type TEXT NOT NULL,
  event_id BLOB NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  parked_at INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  data BLOB NOT NULL,
  copied INTEGER NOT NULL,
  why TEXT NOT NULL) STRICT;
CREATE TABLE feed_actions(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  verb TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL) STRICT;
)";

}  // namespace

void create_feed_tables(sqlite::Database& file) {
  const auto check = [&] {
    auto state = file.statement("SELECT format FROM feed_state");
    if (state.next() && state.integer(0) == format) return;
    throw Failure(
        {.code = "feed.newer_format",
         .message = fmt::format("{} was written by a later version", file.file().string()),
         .hint = "run that version, or rebuild what is in this file"});
  };
  if (file.has_table("feed_state")) return check();
  sqlite::in_transaction(file, [&] {
    if (file.has_table("feed_state")) return;
    file.execute(tables);
    auto insert = file.prepare("INSERT INTO feed_state(id, format) VALUES (1, ?1)");
    insert.bind(1, format).run();
  });
}

void note_action(sqlite::Database& file, std::string_view verb, std::string_view subject,
                 std::string_view reason) {
  constexpr int kept = 10'000;
  auto insert =
      file.statement("INSERT INTO feed_actions(verb, subject, reason) VALUES (?1, ?2, ?3)");
  insert.bind_all(verb, subject, reason).run();
  auto trim = file.statement("DELETE FROM feed_actions WHERE id <= ?1");
  trim.bind(1, file.last_insert_rowid() - kept).run();
}

}  // namespace tidemark::feed
