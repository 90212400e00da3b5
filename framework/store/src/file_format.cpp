#include "file_format.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "columns.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/schema/envelope.hpp"
#include "tidemark/sql/transaction.hpp"
#include "tidemark/sqlite/migration.hpp"

namespace tidemark::store {
namespace {

/// Format 1 kept tags with the events only.
void index_tags(sqlite::Database& database) {
  auto insert_tag = database.prepare("INSERT OR IGNORE INTO tags(name) VALUES(?1)");
  auto insert = database.prepare(
      "INSERT OR IGNORE INTO event_tags(tag_id, position) "
      "SELECT id, ?2 FROM tags WHERE name = ?1");
  auto rows = database.prepare("SELECT position, extra FROM events WHERE extra IS NOT NULL");
  while (rows.next()) {
    const auto extra = decode_extra(rows.blob(1));
    if (!extra) continue;  // as it is; verify names it
    for (const auto& tag : extra->tags) {
      insert_tag.bind(1, std::string_view(tag)).run();
      insert.bind_all(std::string_view(tag), rows.integer(0)).run();
    }
  }
}

// No version is kept in `streams`: it would be one more page in the WAL for each append, and the
// unique index (stream_id, version) answers the same question with one seek.
// In `events`, `data` stands last, so that reading the envelope of a large event does not walk its
// overflow pages; `category_id` repeats that of the stream, so that a filter needs no join.
constexpr std::string_view format_1 = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE properties(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE categories(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE types(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE schemas(
  type_id INTEGER NOT NULL, schema INTEGER NOT NULL, fingerprint TEXT NOT NULL,
  PRIMARY KEY(type_id, schema), UNIQUE(type_id, fingerprint)) STRICT, WITHOUT ROWID;
CREATE TABLE streams(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, category_id INTEGER NOT NULL) STRICT;
CREATE TABLE events(
  position INTEGER PRIMARY KEY,
  stream_id INTEGER NOT NULL,
  category_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  type_id INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  event_id BLOB NOT NULL,
  append_id BLOB NOT NULL,
  event_time INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  ingested_at INTEGER,
  correlation_id TEXT,
  causation_id TEXT,
  traceparent TEXT,
  tenant TEXT,
  extra BLOB,
  chain BLOB NOT NULL,
  data_digest BLOB,
  data BLOB) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events(stream_id, version);
CREATE UNIQUE INDEX events_by_id ON events(event_id);
CREATE INDEX events_by_correlation ON events(correlation_id) WHERE correlation_id IS NOT NULL;
CREATE TABLE appends(
  append_id BLOB PRIMARY KEY,
  first INTEGER NOT NULL,
  events INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  versions BLOB NOT NULL,
  answer BLOB,
  expires_at INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX appends_by_expiry ON appends(expires_at) WHERE expires_at IS NOT NULL;
)sql";

// `type_blocks` and `category_blocks` say in which stretches of 1,024 positions a name occurs: a
// row for a stretch and not one for each event, and a read for a rare name passes over the rest.
// `lives` holds what people did to streams, `skips` to events; both are few. `change` is the number
// of `life_changes` in `meta` when a row was last changed. `archived_streams` says of each stream
// in an archive which version it comes to there, and where; `archived_ids` has the ids of archived
// events that do not grow with time, so that no archive is asked for a new one. What only finds
// things faster, such as events by correlation id, is in the side store: it costs an append nothing
// there.
constexpr std::string_view format_2 = R"sql(
CREATE TABLE tags(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE event_tags(
  tag_id INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY(tag_id, position)) STRICT, WITHOUT ROWID;
CREATE TABLE type_blocks(
  type_id INTEGER NOT NULL, block INTEGER NOT NULL,
  PRIMARY KEY(type_id, block)) STRICT, WITHOUT ROWID;
CREATE TABLE category_blocks(
  category_id INTEGER NOT NULL, block INTEGER NOT NULL,
  PRIMARY KEY(category_id, block)) STRICT, WITHOUT ROWID;
CREATE TABLE lives(
  stream_id INTEGER PRIMARY KEY,
  gone INTEGER NOT NULL,
  deleted_through INTEGER NOT NULL,
  truncated_before INTEGER NOT NULL,
  erased_before INTEGER NOT NULL,
  count_max INTEGER,
  age_max INTEGER,
  who TEXT NOT NULL,
  reason TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  change INTEGER NOT NULL) STRICT;
CREATE INDEX lives_by_change ON lives(change);
CREATE INDEX lives_to_erase ON lives(stream_id) WHERE erased_before < truncated_before;
CREATE INDEX lives_to_retain ON lives(stream_id) WHERE count_max > 0 OR age_max > 0;
CREATE TABLE skips(
  position INTEGER PRIMARY KEY,
  stream_id INTEGER NOT NULL,
  who TEXT NOT NULL,
  reason TEXT NOT NULL,
  skipped_at INTEGER NOT NULL) STRICT;
CREATE TABLE consumers(
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  chain BLOB NOT NULL,
  reported_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints(
  position INTEGER PRIMARY KEY,
  chain BLOB NOT NULL,
  root BLOB NOT NULL,
  issued_at INTEGER NOT NULL,
  note TEXT NOT NULL) STRICT;
CREATE TABLE merkle(
  level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY(level, number)) STRICT, WITHOUT ROWID;
CREATE TABLE archives(
  number INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  file TEXT NOT NULL,
  chain BLOB,
  id_least BLOB,
  id_greatest BLOB,
  recorded_first INTEGER,
  recorded_last INTEGER,
  told INTEGER,
  bytes INTEGER) STRICT;
CREATE TABLE archived_streams(
  stream_id INTEGER NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY(stream_id, version)) STRICT, WITHOUT ROWID;
CREATE TABLE archived_ids(
  event_id BLOB PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
DROP INDEX events_by_correlation;
INSERT INTO type_blocks SELECT DISTINCT type_id, (position - 1) / 1024 FROM events;
INSERT INTO category_blocks SELECT DISTINCT category_id, (position - 1) / 1024 FROM events;
)sql";

constexpr std::array<sqlite::Migration, 2> migrations{
    {{.to_format = 1, .sql = format_1}, {.to_format = 2, .sql = format_2, .then = &index_tags}}};
constexpr sqlite::FileFormat format{
    .name = "store", .application_id = 0x54494445, .migrations = migrations};  // "TIDE"
static_assert(migrations.size() == file_format);

constexpr std::uint64_t page_size = 4096;

enum class Use : std::uint8_t { reading, committing };

sqlite::Database open(const SqliteStoreOptions& options, sqlite::OpenMode mode, Use use) {
  return sqlite::Database::open({.file = options.file,
                                 .mode = mode,
                                 .busy_timeout = options.busy_timeout,
                                 .vfs = options.vfs,
                                 .area = "store",
                                 .checkpoint_pages = 0,
                                 .gather_wal_writes = use == Use::committing});
}

/// Runs `work`; what shows that the file is no store is told so.
template <typename Work>
auto naming_strangers(const SqliteStoreOptions& options, Work&& work) {
  try {
    return work();
  } catch (const Failure& failure) {
    if (failure.code() != "store.foreign" && failure.code() != "store.not_a_database") throw;
    throw Failure({.code = "store.not_a_store",
                   .message = fmt::format("{} is no Tidemark store", options.file.string()),
                   .hint = "check the path; the file was left as it is"});
  }
}

void use_wal(sqlite::Database& database) {
  const auto mode = database.set_pragma("journal_mode", "wal");
  if (mode == "wal") return;
  throw Failure({.code = "store.io",
                 .message = fmt::format("{}: no WAL here, journal mode is {}",
                                        database.file().string(), mode),
                 .hint = "a store needs a local file system"});
}

}  // namespace

sqlite::Database open_for_writing(const SqliteStoreOptions& options) {
  const auto mode = options.must_exist ? sqlite::OpenMode::read_write : sqlite::OpenMode::create;
  return naming_strangers(options, [&] {
    auto database = open(options, mode, Use::committing);
    database.set_pragma("page_size", fmt::to_string(page_size));  // of a new file
    sqlite::migrate(database, format);
    use_wal(database);
    database.set_pragma("synchronous", options.durability == Durability::full ? "full" : "normal");
    database.set_pragma("cache_size", "-16384");  // KiB: the leaves that random event ids touch
    database.set_pragma("secure_delete", "on");   // data that go leave no bytes in free pages
    database.set_pragma("journal_size_limit", fmt::to_string(options.wal_soft_bytes));
    return database;
  });
}

sqlite::Database open_for_reading(const SqliteStoreOptions& options) {
  return naming_strangers(options, [&] {
    auto database = open(
        options, options.read_only ? sqlite::OpenMode::read_only : sqlite::OpenMode::read_write,
        Use::reading);
    sqlite::check_format(database, format);
    database.set_pragma("query_only", "1");
    return database;
  });
}

void give_identity(sqlite::Database& database, const Identity& identity) {
  sql::in_transaction(database, [&] {
    auto insert = database.statement("INSERT OR IGNORE INTO meta(name, value) VALUES(?1, ?2)");
    insert.bind_all("store_id", as_blob(identity.store_id)).run();
    insert.bind_all("created_at", identity.created_at.micros()).run();
  });
}

Identity read_identity(sqlite::Database& database) {
  auto select = database.statement("SELECT value FROM meta WHERE name = ?1");
  Identity identity;
  if (select.bind(1, "store_id").next()) identity.store_id = read_id<StoreId>(select, 0);
  select.reset();
  if (select.bind(1, "created_at").next()) {
    identity.created_at = UtcTime::from_micros(select.integer(0));
  }
  return identity;
}

}  // namespace tidemark::store
