#include "file_format.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "columns.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/migration.hpp"
#include "tidemark/sqlite/transaction.hpp"

namespace tidemark::store {
namespace {

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

constexpr std::array<sqlite::Migration, 1> migrations{{{.to_format = 1, .sql = format_1}}};
constexpr sqlite::FileFormat format{
    .name = "store", .application_id = 0x54494445, .migrations = migrations};  // "TIDE"
static_assert(migrations.size() == file_format);

constexpr std::uint64_t page_size = 4096;

sqlite::Database open(const SqliteStoreOptions& options, sqlite::OpenMode mode) {
  return sqlite::Database::open({.file = options.file,
                                 .mode = mode,
                                 .busy_timeout = options.busy_timeout,
                                 .vfs = options.vfs,
                                 .area = "store",
                                 .checkpoint_pages = 0});
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
    auto database = open(options, mode);
    database.set_pragma("page_size", fmt::to_string(page_size));  // of a new file
    sqlite::migrate(database, format);
    use_wal(database);
    database.set_pragma("synchronous", options.durability == Durability::full ? "full" : "normal");
    database.set_pragma("cache_size", "-16384");  // KiB: the leaves that random event ids touch
    database.set_pragma("journal_size_limit", fmt::to_string(options.wal_soft_bytes));
    return database;
  });
}

sqlite::Database open_for_reading(const SqliteStoreOptions& options) {
  return naming_strangers(options, [&] {
    auto database = open(
        options, options.read_only ? sqlite::OpenMode::read_only : sqlite::OpenMode::read_write);
    sqlite::check_format(database, format);
    database.set_pragma("query_only", "1");
    return database;
  });
}

void give_identity(sqlite::Database& database, const Clock& clock, Random& random) {
  sqlite::in_transaction(database, [&] {
    const auto created_at = clock.now();
    const StoreId store_id(Uuid::version7(created_at, random));
    auto insert = database.statement("INSERT OR IGNORE INTO meta(name, value) VALUES(?1, ?2)");
    insert.bind_all("store_id", as_blob(store_id)).run();
    insert.bind_all("created_at", created_at.micros()).run();
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
