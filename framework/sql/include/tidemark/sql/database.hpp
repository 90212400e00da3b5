#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/sql/dialect.hpp"
#include "tidemark/sql/format.hpp"
#include "tidemark/sql/statement.hpp"

namespace tidemark::sql {

enum class OpenMode : std::uint8_t {
  read_only,   ///< what is there already, never written; also while another process writes it
  read_write,  ///< what is there already
  create,      ///< it is made when it is missing
};

/// What a transaction is for.
enum class Access : std::uint8_t {
  write,  ///< one at a time, over all connections of all processes: it waits for its turn
  read,   ///< sees one state of the database, whatever others commit meanwhile
};

/// One connection to one database, of whichever engine: a set of tables that is read and written in
/// transactions.
///
/// One thread at a time. What fails throws `Failure` with a code that begins with `area()`, the
/// same codes for the same reasons in all engines as far as they have them: "….busy",
/// "….disk_full", "….constraint", "….read_only", "….error". One that goes over a network also knows
/// "….connection" (retryable): a transaction that was open is rolled back, of one that was being
/// committed nobody knows; the next use connects anew. Statements must be gone before their
/// database goes.
class Database {
 public:
  virtual ~Database() = default;

  /// A statement of the caller's own, for as long as it is kept.
  [[nodiscard]] Statement prepare(std::string_view sql) {
    return Statement(open_cursor(sql, Use::own));
  }
  /// One that is kept by the connection for the next time. `sql` should be one of a bounded number
  /// of texts.
  [[nodiscard]] Statement statement(std::string_view sql) {
    return Statement(open_cursor(sql, Use::kept));
  }
  /// One whose answer may be long: it is fetched bit by bit, within an open transaction.
  [[nodiscard]] Statement scan(std::string_view sql) {
    return Statement(open_cursor(sql, Use::scanned));
  }
  /// Runs one or several statements separated by ';' whose rows nobody wants.
  virtual void execute(const std::string& sql) = 0;

  virtual void begin(Access access) = 0;
  /// Durable, as far as `prepare_format` said, when it returns.
  virtual void commit() = 0;
  /// Drops what the open transaction did.
  virtual void rollback() = 0;
  [[nodiscard]] virtual bool in_transaction() const = 0;
  /// Sees to it that all statements that ran are done, and throws what one of them failed with. An
  /// engine may keep those whose answer nobody needs, and send them with the next read or commit.
  virtual void flush() = 0;

  /// Rows that the last INSERT, UPDATE or DELETE changed.
  [[nodiscard]] virtual std::uint64_t changes() = 0;
  /// Rows that all of them changed, over the life of the connection.
  [[nodiscard]] virtual std::uint64_t total_changes() = 0;
  /// Changes whenever *another* connection, of any process, committed.
  [[nodiscard]] virtual std::int64_t data_version() = 0;
  [[nodiscard]] virtual bool has_table(std::string_view name) = 0;
  /// Rows of `table`, which has a "{numbered}" column `id`, get numbers behind `last` from now on.
  /// Within a transaction.
  virtual void number_behind(std::string_view table, std::int64_t last) = 0;

  /// Sees to it that of all connections that ask for it under this name, over all processes, only
  /// one goes on: throws `Failure` "….locked" (retryable) when another one has it, also when it
  /// connects anew. Nothing where a `Place`'s locks cannot be lost.
  virtual void guard(const std::string& /*name*/) {}

  /// Makes it a database of that kind, in its newest format, and as durable as that. Safe when
  /// several processes do it at once. Throws `Failure` "….foreign" for one that is something else,
  /// which is left as it is, and "….newer_format" for one that a later version wrote.
  virtual void prepare_format(const Format& format, Durability durability) = 0;
  /// The same checks without writing; also throws "….older_format".
  virtual void check_format(const Format& format) = 0;

  [[nodiscard]] virtual const Dialect& dialect() const = 0;
  /// First part of the codes of its failures.
  [[nodiscard]] virtual const std::string& area() const = 0;
  /// What messages call it: its file, or its schema.
  [[nodiscard]] virtual std::string name() const = 0;

 protected:
  Database() = default;
  Database(const Database&) = default;
  Database& operator=(const Database&) = default;

  enum class Use : std::uint8_t { own, kept, scanned };
  [[nodiscard]] virtual std::unique_ptr<Cursor> open_cursor(std::string_view sql, Use use) = 0;
};

}  // namespace tidemark::sql
