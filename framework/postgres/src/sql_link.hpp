#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sql_values.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/postgres/sql_database.hpp"

namespace tidemark::postgres {

/// What a `SqlDatabase` and its cursors share: the connection, made anew when it was lost, the open
/// transaction, and what of it was not sent yet.
class SqlLink {
 public:
  explicit SqlLink(SqlDatabaseOptions options);

  void begin(sql::Access access);
  void commit();
  void rollback();
  [[nodiscard]] bool in_transaction() const { return in_transaction_; }
  /// Differs for any two transactions of this object; 0 outside of one.
  [[nodiscard]] std::uint64_t transaction() const { return in_transaction_ ? transactions_ : 0; }

  /// Sends all that waits and then `statement`, and gives its answer.
  Rows ask(Statement statement);
  /// Runs a statement whose answer nobody needs: within a transaction with the next that is sent.
  void note(Statement statement);
  /// Runs a statement that ends with the transaction anyway; never throws.
  void note_quietly(Statement statement) noexcept;
  void flush();
  void execute(const std::string& sql);

  [[nodiscard]] std::uint64_t changes();
  [[nodiscard]] std::uint64_t total_changes();
  [[nodiscard]] std::int64_t data_version();
  void guard(const std::string& name);
  /// A setting of the session, of this one and of all that come after it.
  void set(const std::string& name, const std::string& value);

  /// The statement as the server reads it; kept.
  [[nodiscard]] Translation translated(std::string_view sql);
  /// The connection, made anew when it was lost. Throws what `guard` throws.
  Connection& connected();
  [[nodiscard]] const SqlDatabaseOptions& options() const { return options_; }
  [[nodiscard]] const std::string& area() const { return options_.connect.area; }

 private:
  void take_guard(Connection& connection, const std::string& name) const;
  std::vector<Rows> send();
  void failed(const Failure& failure);
  void forget_transaction();

  SqlDatabaseOptions options_;
  std::optional<Connection> connection_;
  std::vector<std::string> guards_;
  bool in_transaction_ = false;
  bool writes_ = false;             ///< the transaction that is open
  bool begun_ = false;              ///< the server knows of it
  std::optional<Failure> failure_;  ///< what the open transaction failed with
  std::vector<Statement> waiting_;
  std::vector<bool> counted_;  ///< of those that wait: what it changes counts
  std::size_t waiting_bytes_ = 0;
  std::uint64_t changes_ = 0, total_changes_ = 0;
  std::int64_t own_commits_ = 0;
  std::uint64_t transactions_ = 0;
  std::unordered_map<std::string, Translation> translated_;
};

}  // namespace tidemark::postgres
