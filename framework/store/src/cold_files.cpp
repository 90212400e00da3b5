#include "cold_files.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <system_error>

#include "columns.hpp"
#include "tidemark/sql/transaction.hpp"
#include "tidemark/sqlite/file.hpp"
#include "tidemark/sqlite/migration.hpp"

namespace tidemark::store {
namespace {

// The columns of the log's table `events`, so that a row is the same in both.
constexpr std::string_view format_1 = R"sql(
CREATE TABLE about(name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
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
)sql";

/// When all events are there: sorting them costs less than keeping an order.
constexpr const char* indexes_sql =
    "CREATE UNIQUE INDEX events_by_stream ON events(stream_id, version);"
    "CREATE UNIQUE INDEX events_by_id ON events(event_id)";

constexpr std::array migrations{sqlite::Migration{.to_format = 1, .sql = format_1}};
constexpr sqlite::FileFormat format{
    .name = "cold file", .application_id = 0x54494443, .migrations = migrations};  // "TIDC"

constexpr unsigned version_by_time = 7;

[[noreturn]] void fail(std::string_view code, std::string message) {
  throw Failure({.code = fmt::format("store.cold_{}", code),
                 .message = std::move(message),
                 .hint = "put the file that was made for this log back, from a backup, under the "
                         "name that it had; what lies in other files can be read meanwhile"});
}

std::uint64_t size_of(sqlite::Database& database) {
  auto pages = database.prepare("PRAGMA page_count");
  auto size = database.prepare("PRAGMA page_size");
  return pages.next() && size.next() ? read_number(pages, 0) * read_number(size, 0) : 0;
}

void say(sqlite::Database& database, std::string_view name, std::uint64_t value) {
  database.statement("INSERT OR REPLACE INTO about(name, value) VALUES(?1, ?2)")
      .bind_all(name, value)
      .run();
}

void say(sqlite::Database& database, std::string_view name, sqlite::Blob value) {
  database.statement("INSERT OR REPLACE INTO about(name, value) VALUES(?1, ?2)")
      .bind_all(name, value)
      .run();
}

/// Whether the file says of itself what the log says of it.
bool says(sqlite::Database& database, const Archive& archive, const StoreId& store) {
  auto select = database.statement("SELECT value FROM about WHERE name = ?1");
  const auto number = [&](std::string_view name, std::uint64_t value) {
    const bool same = select.bind(1, name).next() && read_number(select, 0) == value;
    select.reset();
    return same;
  };
  const auto bytes = [&](std::string_view name, sqlite::Blob value) {
    const bool same = select.bind(1, name).next() && select.blob(0) == value.bytes;
    select.reset();
    return same;
  };
  return bytes("store_id", as_blob(store)) && bytes("chain", as_blob(archive.chain)) &&
         number("first", archive.first) && number("last", archive.last) &&
         number("number", static_cast<std::uint64_t>(archive.number));
}

}  // namespace

bool is_of_cold_file(const Failure& failure) { return failure.code().starts_with("store.cold_"); }

bool is_by_time(const EventId& id) { return id.uuid().bytes()[6] >> 4U == version_by_time; }

std::vector<Archive> read_archives(sqlite::Database& log) {
  std::vector<Archive> found;
  auto rows = log.statement(
      "SELECT number, first, last, file, chain, id_least, id_greatest, "
      "recorded_first, recorded_last, told, bytes FROM archives WHERE state = 1 ORDER BY first");
  while (rows.next()) {
    auto& archive = found.emplace_back();
    archive.number = rows.integer(0);
    archive.first = read_number(rows, 1);
    archive.last = read_number(rows, 2);
    archive.file = rows.text(3);
    archive.chain = read_hash(rows, 4);
    if (!rows.is_null(5)) archive.id_least = read_id<EventId>(rows, 5);
    if (!rows.is_null(6)) archive.id_greatest = read_id<EventId>(rows, 6);
    archive.recorded_first = UtcTime::from_micros(rows.integer(7));
    archive.recorded_last = UtcTime::from_micros(rows.integer(8));
    archive.told = read_number(rows, 9);
    archive.bytes = read_number(rows, 10);
    const auto expected = found.size() < 2 ? 1 : found[found.size() - 2].last + 1;
    const bool is_name = archive.file.find('/') == std::string::npos;
    if (archive.first == expected && archive.last >= archive.first && is_name) continue;
    throw Failure({.code = "store.corrupt",
                   .message = "what the log says of its archives is damaged: " + archive.file,
                   .hint = "restore the file from a backup"});
  }
  return found;
}

ColdFiles::ColdFiles(const SqliteStoreOptions& options)
    : log_(options.file), vfs_(options.vfs), busy_timeout_(options.busy_timeout) {}

std::string ColdFiles::name_of(const Archive& archive) const {
  return fmt::format("{}.cold-{}-{}.{}.db", log_.stem().string(), archive.first, archive.last,
                     archive.number);
}

std::filesystem::path ColdFiles::path_of(const std::string& name) const {
  auto path = log_;
  return path.replace_filename(name);
}

bool ColdFiles::exists(const std::string& name) const {
  return sqlite::file_exists(path_of(name), vfs_);
}

sqlite::Database ColdFiles::create(const std::string& name) const {
  auto database = sqlite::Database::open({.file = path_of(name),
                                          .mode = sqlite::OpenMode::create,
                                          .busy_timeout = busy_timeout_,
                                          .vfs = vfs_,
                                          .area = "store"});
  database.set_pragma("synchronous", "off");
  sqlite::migrate(database, format);
  return database;
}

std::uint64_t ColdFiles::finish(sqlite::Database& database, const StoreId& store,
                                const Archive& archive) {
  // `extra`: without the journal's removal on the disk, a power loss would bring it back, and with
  // it take back this transaction, although the log names the file by then.
  database.set_pragma("synchronous", "extra");
  sql::in_transaction(database, [&] {
    database.execute(indexes_sql);
    say(database, "store_id", as_blob(store));
    say(database, "chain", as_blob(archive.chain));
    say(database, "first", archive.first);
    say(database, "last", archive.last);
    say(database, "number", static_cast<std::uint64_t>(archive.number));
  });
  return size_of(database);
}

void ColdFiles::remove(const std::string& name) const {
  const auto path = path_of(name);
  std::error_code error;
  if (vfs_.empty() && std::filesystem::is_symlink(path, error)) {
    // Moved to another disk: its data are to go there.
    const auto target = std::filesystem::canonical(path, error);
    if (!error) sqlite::remove_file(target, vfs_, "store");
  }
  sqlite::remove_file(path, vfs_, "store");
}

sqlite::Database ColdFiles::open(const Archive& archive, const StoreId& store) const {
  const auto path = path_of(archive.file);
  const auto about = fmt::format("{}, which holds the events from position {} to {}, ",
                                 path.string(), archive.first, archive.last);
  try {
    auto database = sqlite::Database::open({.file = path,
                                            .mode = sqlite::OpenMode::read_only,
                                            .busy_timeout = busy_timeout_,
                                            .vfs = vfs_,
                                            .area = "store"});
    sqlite::check_format(database, format);
    if (!says(database, archive, store)) fail("foreign", about + "is not the one this log made");
    if (size_of(database) != archive.bytes) fail("damaged", about + "is not as long as it was");
    // Never written: one lock for as long as it is open, instead of one for each question.
    database.execute("BEGIN; SELECT 1 FROM about LIMIT 1");
    return database;
  } catch (const Failure& failure) {
    const auto& code = failure.code();
    if (code == "store.missing") fail("missing", about + "is not there");
    if (code == "store.corrupt") fail("damaged", about + "is damaged: " + failure.message());
    if (code != "store.foreign" && code != "store.not_a_database" && code != "store.older_format" &&
        code != "store.newer_format") {
      throw;
    }
    fail("foreign", about + "is something else: " + failure.message());
  }
}

}  // namespace tidemark::store
