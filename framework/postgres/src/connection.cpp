#include "tidemark/postgres/connection.hpp"

#include <fmt/format.h>

#include <utility>

#include "failures.hpp"
#include "session.hpp"
#include "tidemark/postgres/migration.hpp"

namespace tidemark::postgres {
namespace {

/// The server gives up a client whose machine is gone, and with it its locks, within half a minute;
/// by itself it would keep them for hours. Of no effect on a unix socket.
constexpr const char* notice_loss =
    "SET tcp_keepalives_idle = '10s'; SET tcp_keepalives_interval = '5s';"
    "SET tcp_keepalives_count = 3; SET tcp_user_timeout = '25s';";

std::string set_statements(const ConnectOptions& options) {
  std::string sql = notice_loss;
  for (const auto& [name, value] : options.settings) {
    sql += fmt::format("SET {} = {};", name, quoted_text(value));
  }
  return sql;
}

}  // namespace

Connection::Connection(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Connection Connection::open(const ConnectOptions& options) {
  auto handle = start_connecting(options);
  if (!continue_connecting(*handle, options, options.connect_timeout)) {
    throw lost_connection(options.area, fmt::format("the server did not let in within {} ms",
                                                    options.connect_timeout.count() / 1000));
  }
  Connection connection(std::make_unique<Session>(std::move(handle), options));
  connection.execute(set_statements(options) + options.first_statements);
  return connection;
}

void Connection::execute(const std::string& sql) {
  auto& session = *session_;
  session.check_sent(PQsendQuery(session.handle.get(), sql.c_str()));
  const auto deadline = session.deadline();
  std::optional<Failure> failure;
  session.lost = true;  // unless this comes to its end
  while (const auto result = session.next_result(deadline)) {
    if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR && !failure) {
      failure = failure_of(*result, session.options.area);
    }
  }
  session.lost = false;
  if (failure) throw Failure(*failure);
}

Rows Connection::query(std::string_view sql, const Parameters& parameters) {
  const Statement statement{.sql = std::string(sql), .parameters = parameters};
  return std::move(session_->run({&statement, 1}).front());
}

std::vector<Rows> Connection::pipeline(const std::vector<Statement>& statements) {
  return session_->run(statements);
}

void Connection::each_row(std::string_view sql, const Parameters& parameters,
                          const std::function<bool(const Rows&)>& visit) {
  session_->run_by_row({.sql = std::string(sql), .parameters = parameters}, visit);
}

bool Connection::is_open() const {
  return !session_->lost && PQstatus(session_->handle.get()) == CONNECTION_OK;
}

const std::string& Connection::area() const { return session_->options.area; }

Transaction::Transaction(Connection& connection) : connection_(connection) {
  connection_.execute("BEGIN");
}

Transaction::~Transaction() {
  if (!open_ || !connection_.is_open()) return;
  try {
    connection_.execute("ROLLBACK");
  } catch (const Failure&) {
    // The connection is lost, and the transaction with it; the next use tells.
    return;
  }
}

void Transaction::roll_back() {
  connection_.execute("ROLLBACK");
  open_ = false;
}

void Transaction::commit() {
  connection_.execute("COMMIT");
  open_ = false;
}

}  // namespace tidemark::postgres
