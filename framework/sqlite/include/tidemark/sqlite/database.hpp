#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/base/time.hpp"
#include "tidemark/sql/database.hpp"
#include "tidemark/sqlite/statement.hpp"

namespace tidemark::sqlite {

using sql::OpenMode;

/// How a database is opened.
struct OpenOptions {
  std::filesystem::path file;
  OpenMode mode = OpenMode::create;
  Micros busy_timeout = std::chrono::seconds(5);  ///< how long to wait for another writer
  std::string vfs = {};                           ///< SQLite's VFS by name; empty: the system's
  /// First part of the codes of failures: "store" gives "store.disk_full".
  std::string area = "sqlite";
  /// In WAL mode, a commit that leaves this many pages in the WAL checkpoints it; 0: never.
  std::uint64_t checkpoint_pages = 1000;
  /// Writes the frames of a transaction to the WAL in one piece: commits take less time. One
  /// connection that commits a lot is worth it, at the price of 64 KiB of memory.
  bool gather_wal_writes = false;
};

enum class CheckpointMode : std::uint8_t {
  passive,   ///< moves what it can without waiting for anybody
  restart,   ///< waits for readers, so that the next commit writes the WAL from its start
  truncate,  ///< as `restart`, and cuts the WAL file to nothing
};

/// What a checkpoint came to.
struct CheckpointResult {
  bool complete = false;  ///< everything that was in the WAL is now in the database file
  std::uint64_t wal_pages = 0;
  std::uint64_t moved_pages = 0;
};

/// One connection to one SQLite database.
///
/// One thread at a time. Everything that fails throws `Failure` with a code that begins with
/// `OpenOptions::area`: "….busy" (retryable: another writer did not finish in `busy_timeout`),
/// "….disk_full" (retryable once there is space), "….io", "….corrupt", "….not_a_database",
/// "….missing", "….read_only", "….constraint", "….too_big", "….memory", "….interrupted",
/// "….error". Statements must be gone before their database goes.
///
/// Its own statements hide those of the seam, which are one object more behind the same SQL.
class Database final : public sql::Database {
 public:
  static Database open(const OpenOptions& options);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database() override;

  /// Runs one or several statements separated by ';' whose rows nobody wants.
  void execute(const std::string& sql) override;
  /// A statement of the caller's own, for as long as it is kept.
  [[nodiscard]] Statement prepare(std::string_view sql);
  /// A statement from the connection's cache, prepared when first asked for; it goes back, reset
  /// and with all parameters NULL, when the object goes. `sql` should be one of a bounded number of
  /// texts: at most 128 are kept.
  [[nodiscard]] Statement statement(std::string_view sql);

  /// The answer of `PRAGMA name`, as text; empty when there is none.
  [[nodiscard]] std::string pragma(std::string_view name);
  /// `PRAGMA name = value`; returns the answer. SQLite ignores a pragma that it does not know.
  std::string set_pragma(std::string_view name, std::string_view value);

  void begin(sql::Access access) override;
  void commit() override;
  void rollback() override;
  [[nodiscard]] bool in_transaction() const override;
  /// Nothing is ever held back.
  void flush() override {}

  [[nodiscard]] bool has_table(std::string_view name) override;
  [[nodiscard]] std::uint64_t changes() override;
  [[nodiscard]] std::uint64_t total_changes() override;
  [[nodiscard]] std::int64_t last_insert_rowid() const;
  /// As in the seam. Inside a transaction it is that of the snapshot.
  [[nodiscard]] std::int64_t data_version() override;
  void number_behind(std::string_view table, std::int64_t last) override;

  /// In WAL mode; `Format::number` is the file's application id.
  void prepare_format(const sql::Format& format, sql::Durability durability) override;
  void check_format(const sql::Format& format) override;
  [[nodiscard]] const sql::Dialect& dialect() const override;

  /// Pages in the WAL after this connection's last commit.
  [[nodiscard]] std::uint64_t wal_pages() const;
  /// Bytes of the WAL file now, whoever wrote it; 0 when there is none.
  [[nodiscard]] std::uint64_t wal_size();
  /// Moves the WAL into the database file. Waits, if the mode does, for at most the busy timeout; a
  /// reader that stays longer makes the result incomplete.
  CheckpointResult checkpoint(CheckpointMode mode);
  /// Makes all commits that this connection can see survive power loss (one disk sync), whoever
  /// made them; for `synchronous=NORMAL`. Does nothing unless the database is in WAL mode and was
  /// read.
  void sync_wal();

  /// Whether its file is not in its place any more: removed, or replaced by another.
  [[nodiscard]] bool was_moved();

  /// Makes what the connection is doing fail with "….interrupted". From any thread.
  void interrupt() noexcept;

  [[nodiscard]] const std::filesystem::path& file() const;
  /// First part of the codes of its failures.
  [[nodiscard]] const std::string& area() const override;
  [[nodiscard]] std::string name() const override { return file().string(); }

 protected:
  std::unique_ptr<sql::Cursor> open_cursor(std::string_view sql, Use use) override;

 private:
  explicit Database(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace tidemark::sqlite
