#pragma once

#include <memory>
#include <string>

#include "tidemark/postgres/connection.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::postgres {

/// How a database of the seam is opened.
struct SqlDatabaseOptions {
  ConnectOptions connect;
  std::string schema;
  sql::OpenMode mode = sql::OpenMode::create;
  Micros busy_timeout = std::chrono::seconds(5);  ///< how long to wait for another writer
};

class SqlLink;

/// A schema as a `sql::Database`: its tables are named without it.
///
/// Statements whose answer nobody needs are kept within a transaction and sent with the next read,
/// `changes` or commit, many in one go. A connection that was lost is made anew by the next use,
/// without the transaction that was open. Each commit for writing raises a number in the schema's
/// table `tidemark_database`, whose row is also what writers queue for.
class SqlDatabase final : public sql::Database {
 public:
  /// Throws `Failure` "….missing", "….foreign" (the schema holds something else), and what a
  /// `Connection` throws.
  explicit SqlDatabase(SqlDatabaseOptions options);
  ~SqlDatabase() override;

  void execute(const std::string& sql) override;
  void begin(sql::Access access) override;
  void commit() override;
  void rollback() override;
  [[nodiscard]] bool in_transaction() const override;
  void flush() override;
  [[nodiscard]] std::uint64_t changes() override;
  [[nodiscard]] std::uint64_t total_changes() override;
  [[nodiscard]] std::int64_t data_version() override;
  [[nodiscard]] bool has_table(std::string_view name) override;
  void number_behind(std::string_view table, std::int64_t last) override;
  void guard(const std::string& name) override;
  void prepare_format(const sql::Format& format, sql::Durability durability) override;
  void check_format(const sql::Format& format) override;
  [[nodiscard]] const sql::Dialect& dialect() const override;
  [[nodiscard]] const std::string& area() const override;
  [[nodiscard]] std::string name() const override;

 protected:
  std::unique_ptr<sql::Cursor> open_cursor(std::string_view sql, Use use) override;

 private:
  const std::unique_ptr<SqlLink> link_;
};

}  // namespace tidemark::postgres
