#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/postgres/parameters.hpp"
#include "tidemark/postgres/rows.hpp"

namespace tidemark::postgres {

/// How a connection is opened.
struct ConnectOptions {
  /// Where and as whom: keywords or a URI, as libpq reads them. What it leaves out comes from
  /// libpq's usual places: PG… variables, the service file, the password file; TLS by `sslmode` and
  /// its kin. Never part of a message.
  std::string conninfo;
  Micros connect_timeout = std::chrono::seconds(10);
  /// How long the server may take to answer what was sent to it, all of it.
  Micros reply_timeout = std::chrono::seconds(30);
  /// First part of the codes of failures: "store" gives "store.disk_full".
  std::string area = "postgres";
  /// Settings of the session, by SET.
  std::vector<std::pair<std::string, std::string>> settings = {};
  std::string first_statements = {};  ///< run when it is connected, after the settings
};

/// One statement with its parameters.
struct Statement {
  std::string sql;
  Parameters parameters = {};
  bool kept = true;  ///< prepared for the next time; false for texts that do not come again
};

struct Session;

/// One connection to one PostgreSQL database.
///
/// One thread at a time. Every wait is bounded by `reply_timeout` and done by `poll` on the socket.
/// Statements with parameters are prepared when first seen, and kept by their text: it should be
/// one of a bounded number (256 are kept, further ones are planned each time).
///
/// What fails throws `Failure` with a code that begins with `ConnectOptions::area`, see README.md.
/// After "….connection" it is not known whether what was sent has been done, and the connection
/// serves no more: open another one. After every other failure it can be used again; an open
/// transaction must be rolled back.
class Connection {
 public:
  static Connection open(const ConnectOptions& options);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Runs one or several statements separated by ';', as one transaction unless one is open.
  void execute(const std::string& sql);
  /// Runs one statement.
  Rows query(std::string_view sql, const Parameters& parameters = {});
  /// Sends all statements at once and collects their answers: one round trip. Without an open
  /// transaction they are one: when one fails, nothing of them is left. Throws what the first
  /// failed with, after all are answered.
  std::vector<Rows> pipeline(const std::vector<Statement>& statements);
  /// Runs one statement and hands over its rows one by one as they arrive (each `Rows` holds one),
  /// so that memory is needed for one row. `visit` answers false when it wants no more; the rest
  /// is received and dropped. `visit` must not use this connection. The time it takes counts
  /// towards no deadline.
  void each_row(std::string_view sql, const Parameters& parameters,
                const std::function<bool(const Rows&)>& visit);

  /// False once the connection is lost. It may not be noticed before the next use.
  [[nodiscard]] bool is_open() const;
  /// First part of the codes of its failures.
  [[nodiscard]] const std::string& area() const;

 private:
  explicit Connection(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

/// A transaction that is rolled back unless it was committed. The connection must outlive it.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// Durable when it returns. When it throws "….connection" it is not known whether it was done.
  void commit();
  /// Leaves nothing of it behind, now.
  void roll_back();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace tidemark::postgres
