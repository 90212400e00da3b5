#include "tidemark/sqlite/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connection.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/file.hpp"

namespace tidemark::sqlite {
namespace {

int flags_of(OpenMode mode) {
  // Without SQLite's own mutex: a connection is used by one thread at a time.
  const int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (mode) {
    case OpenMode::read_only:
      return common | SQLITE_OPEN_READONLY;
    case OpenMode::read_write:
      return common | SQLITE_OPEN_READWRITE;
    case OpenMode::create:
      break;
  }
  return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

/// After each commit in WAL mode. The result is ignored as in SQLite's own hook: the commit is
/// done, and a checkpoint that failed is tried again after the next one.
int after_commit(void* context, sqlite3* handle, const char* schema, int wal_pages) noexcept {
  auto& connection = *static_cast<Connection*>(context);
  connection.wal_pages = static_cast<std::uint64_t>(std::max(0, wal_pages));
  if (connection.checkpoint_pages != 0 && connection.wal_pages >= connection.checkpoint_pages) {
    sqlite3_wal_checkpoint_v2(handle, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
  return SQLITE_OK;
}

/// Between two looks at a lock that somebody else has. SQLite's own handler comes to wait 100 ms
/// between them: against a process that commits without a pause it is still refused after seconds.
int wait_for_lock(void* context, int looks) noexcept {
  constexpr int micros = 1000;
  const auto& connection = *static_cast<const Connection*>(context);
  if (looks >= connection.busy_looks_max) return 0;
  auto& system = connection.files->below();
  system.xSleep(&system, micros);
  return 1;
}

void configure(Connection& connection, const OpenOptions& options) {
  auto* handle = connection.handle.get();
  const auto busy_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(options.busy_timeout).count();
  connection.busy_looks_max = static_cast<int>(std::clamp<std::int64_t>(busy_ms, 0, 86'400'000));
  sqlite3_busy_handler(handle, &wait_for_lock, &connection);
  // "text" in double quotes is a name and nothing else; views and triggers of a file that somebody
  // sent us may not call functions with effects.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

/// The connection's own handle of the WAL, so that what is done to it goes through the VFS,
/// whichever that is. Null when there is no WAL or nothing was read yet.
sqlite3_file* wal_of(sqlite3* handle) {
  sqlite3_file* wal = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&wal));
  return wal != nullptr && wal->pMethods != nullptr ? wal : nullptr;
}

[[noreturn]] void fail_to_open(const Connection& connection, const OpenOptions& options,
                               int result) {
  if (options.mode != OpenMode::create && !file_exists(options.file, options.vfs)) {
    throw Failure({.code = options.area + ".missing",
                   .message = options.file.string() + ": no such file",
                   .hint = "check the path"});
  }
  connection.fail(result, "open");
}

}  // namespace

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database Database::open(const OpenOptions& options) {
  auto connection = std::make_unique<Connection>();
  connection->file = options.file;
  connection->area = options.area;
  connection->checkpoint_pages = options.checkpoint_pages;
  connection->files.emplace(file_system(options.vfs, options.area), options.gather_wal_writes);
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(options.file.c_str(), &handle, flags_of(options.mode),
                                     connection->files->name());
  connection->handle.reset(handle);
  if (result != SQLITE_OK) fail_to_open(*connection, options, result);
  configure(*connection, options);
  sqlite3_wal_hook(handle, &after_commit, connection.get());
  return Database(std::move(connection));
}

void Database::execute(const std::string& sql) {
  connection_->check(
      sqlite3_exec(connection_->handle.get(), sql.c_str(), nullptr, nullptr, nullptr), sql);
}

Statement Database::prepare(std::string_view sql) {
  auto handle = connection_->prepare(sql, SQLITE_PREPARE_PERSISTENT);
  return {*connection_, handle.release(), nullptr};
}

Statement Database::statement(std::string_view sql) {
  auto* cached = connection_->cache.find(sql);
  if (cached == nullptr) {
    auto handle = connection_->prepare(sql, SQLITE_PREPARE_PERSISTENT);
    cached = connection_->cache.add(sql, handle);
    if (cached == nullptr) return {*connection_, handle.release(), nullptr};
  }
  // The same text again while its statement is being read: a second one, not kept.
  if (cached->lent) return prepare(sql);
  cached->lent = true;
  return {*connection_, cached->handle.get(), cached};
}

std::string Database::pragma(std::string_view name) {
  auto pragma = prepare(fmt::format("PRAGMA {}", name));
  return pragma.next() && pragma.column_count() > 0 ? std::string(pragma.text(0)) : std::string();
}

std::string Database::set_pragma(std::string_view name, std::string_view value) {
  auto pragma = prepare(fmt::format("PRAGMA {} = {}", name, value));
  return pragma.next() && pragma.column_count() > 0 ? std::string(pragma.text(0)) : std::string();
}

bool Database::has_table(std::string_view name) {
  auto look = statement("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1");
  look.bind(1, name);
  return look.next();
}

std::uint64_t Database::changes() {
  return static_cast<std::uint64_t>(sqlite3_changes64(connection_->handle.get()));
}

std::uint64_t Database::total_changes() {
  return static_cast<std::uint64_t>(sqlite3_total_changes64(connection_->handle.get()));
}

std::int64_t Database::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(connection_->handle.get());
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(connection_->handle.get()) == 0;
}

std::int64_t Database::data_version() {
  auto pragma = statement("PRAGMA data_version");
  const bool row = pragma.next();
  TIDEMARK_ASSERT(row, "PRAGMA data_version answers with a row");
  return pragma.integer(0);
}

std::uint64_t Database::wal_pages() const { return connection_->wal_pages; }

CheckpointResult Database::checkpoint(CheckpointMode mode) {
  const int sqlite_mode = mode == CheckpointMode::passive   ? SQLITE_CHECKPOINT_PASSIVE
                          : mode == CheckpointMode::restart ? SQLITE_CHECKPOINT_RESTART
                                                            : SQLITE_CHECKPOINT_TRUNCATE;
  int wal_pages = 0;
  int moved_pages = 0;
  const int result = sqlite3_wal_checkpoint_v2(connection_->handle.get(), nullptr, sqlite_mode,
                                               &wal_pages, &moved_pages);
  // Busy is an answer here: a reader kept what it reads, the rest was moved.
  if (result != SQLITE_OK && (result & 0xFF) != SQLITE_BUSY)
    connection_->fail(result, "checkpoint");
  const auto count = [](int pages) { return static_cast<std::uint64_t>(std::max(0, pages)); };
  return {.complete = result == SQLITE_OK && wal_pages == moved_pages,
          .wal_pages = count(wal_pages),
          .moved_pages = count(moved_pages)};
}

std::uint64_t Database::wal_size() {
  auto* wal = wal_of(connection_->handle.get());
  sqlite3_int64 size = 0;
  if (wal != nullptr) connection_->check(wal->pMethods->xFileSize(wal, &size), "size of the WAL");
  return static_cast<std::uint64_t>(size);
}

void Database::sync_wal() {
  auto* wal = wal_of(connection_->handle.get());
  if (wal == nullptr) return;
  const int result = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  connection_->check(result, "sync of the WAL");
}

bool Database::was_moved() {
  int moved = 0;  // stays so in a file system that cannot tell
  sqlite3_file_control(connection_->handle.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

void Database::interrupt() noexcept { sqlite3_interrupt(connection_->handle.get()); }

const std::filesystem::path& Database::file() const { return connection_->file; }

const std::string& Database::area() const { return connection_->area; }

}  // namespace tidemark::sqlite
