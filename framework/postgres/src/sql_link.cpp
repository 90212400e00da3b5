#include "sql_link.hpp"

#include <fmt/format.h>

#include <utility>

#include "tidemark/base/assert.hpp"
#include "tidemark/postgres/migration.hpp"

namespace tidemark::postgres {
namespace {

constexpr std::size_t waiting_max = 2000;
constexpr std::size_t waiting_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t translated_max = 256;

/// For how long the server keeps a transaction, and what it has locked, for a client that stopped
/// in the middle of it; a handler may think between two statements.
constexpr const char* idle_in_transaction_max = "60s";

/// One writer at a time, and a number that tells the others that there was one.
constexpr const char* take_turn = "UPDATE tidemark_database SET version = version + 1";

}  // namespace

SqlLink::SqlLink(SqlDatabaseOptions options) : options_(std::move(options)) {
  auto& settings = options_.connect.settings;
  settings.emplace_back("search_path", options_.schema);
  settings.emplace_back("lock_timeout", fmt::to_string(options_.busy_timeout.count() / 1000 + 1));
  settings.emplace_back("statement_timeout",
                        fmt::to_string(options_.connect.reply_timeout.count() / 1000 + 1));
  settings.emplace_back("idle_in_transaction_session_timeout", idle_in_transaction_max);
  if (options_.mode == sql::OpenMode::read_only) {
    settings.emplace_back("default_transaction_read_only", "on");
  }
}

Connection& SqlLink::connected() {
  if (connection_ && connection_->is_open()) return *connection_;
  connection_.reset();
  auto fresh = Connection::open(options_.connect);
  for (const auto& name : guards_) take_guard(fresh, name);
  connection_.emplace(std::move(fresh));
  return *connection_;
}

void SqlLink::take_guard(Connection& connection, const std::string& name) const {
  const auto taken =
      connection.query("SELECT pg_try_advisory_lock(hashtextextended($1, 0))",
                       parameters(fmt::format("tidemark guard {} {}", options_.schema, name)));
  if (taken.boolean(0, 0)) return;
  throw Failure(
      {.code = area() + ".locked",
       .message = fmt::format("another process has {} in schema {}", name, options_.schema),
       .hint = "it is taken over when that process ends",
       .retryable = true});
}

void SqlLink::guard(const std::string& name) {
  take_guard(connected(), name);
  guards_.push_back(name);
}

void SqlLink::set(const std::string& name, const std::string& value) {
  execute(fmt::format("SET {} = {}", name, quoted_text(value)));
  options_.connect.settings.emplace_back(name, value);
}

void SqlLink::begin(sql::Access access) {
  TIDEMARK_ASSERT(!in_transaction_, "transactions do not nest");
  in_transaction_ = true;
  writes_ = access == sql::Access::write;
  ++transactions_;
  waiting_.push_back(
      {.sql = writes_ ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"});
  counted_.push_back(false);
  if (!writes_) return;
  waiting_.push_back({.sql = take_turn});
  counted_.push_back(false);
}

void SqlLink::commit() {
  TIDEMARK_ASSERT(in_transaction_, "there is a transaction to commit");
  // The server would answer a COMMIT of one that failed with a ROLLBACK, and no error.
  if (failure_) throw Failure(*failure_);
  waiting_.push_back({.sql = "COMMIT"});
  counted_.push_back(false);
  send();
  if (writes_) ++own_commits_;
  forget_transaction();
}

void SqlLink::rollback() {
  const bool begun = begun_;
  forget_transaction();
  if (begun && connection_ && connection_->is_open()) connection_->execute("ROLLBACK");
}

void SqlLink::forget_transaction() {
  in_transaction_ = begun_ = writes_ = false;
  failure_.reset();
  waiting_.clear();
  counted_.clear();
  waiting_bytes_ = 0;
}

std::vector<Rows> SqlLink::send() {
  const auto statements = std::exchange(waiting_, {});
  const auto counted = std::exchange(counted_, {});
  waiting_bytes_ = 0;
  begun_ = begun_ || in_transaction_;
  try {
    auto answers = connected().pipeline(statements);
    for (std::size_t at = 0; at < answers.size(); ++at) {
      if (!counted[at]) continue;
      changes_ = answers[at].affected();
      total_changes_ += changes_;
    }
    return answers;
  } catch (const Failure& failure) {
    failed(failure);
    throw;
  }
}

/// A transaction ends with its connection; what else fails leaves one that can only be rolled back.
void SqlLink::failed(const Failure& failure) {
  if (!connection_ || !connection_->is_open()) {
    connection_.reset();
    forget_transaction();
  } else if (in_transaction_) {
    failure_ = failure;
  }
}

Rows SqlLink::ask(Statement statement) {
  waiting_.push_back(std::move(statement));
  counted_.push_back(false);
  return std::move(send().back());
}

void SqlLink::note(Statement statement) {
  if (!in_transaction_) {
    // Alone, it is a transaction with what tells the others of it.
    waiting_.push_back({.sql = take_turn});
    counted_.push_back(false);
  }
  for (const auto& value : statement.parameters.raw().lengths) {
    waiting_bytes_ += static_cast<std::size_t>(value);
  }
  waiting_.push_back(std::move(statement));
  counted_.push_back(true);
  if (!in_transaction_) {
    send();
    ++own_commits_;
  } else if (waiting_.size() >= waiting_max || waiting_bytes_ >= waiting_bytes_max) {
    send();
  }
}

void SqlLink::note_quietly(Statement statement) noexcept {
  waiting_.push_back(std::move(statement));
  counted_.push_back(false);
}

void SqlLink::flush() {
  if (!waiting_.empty()) send();
}

void SqlLink::execute(const std::string& sql) {
  flush();
  try {
    connected().execute(sql);
  } catch (const Failure& failure) {
    failed(failure);
    throw;
  }
}

std::uint64_t SqlLink::changes() {
  flush();
  return changes_;
}

std::uint64_t SqlLink::total_changes() {
  flush();
  return total_changes_;
}

std::int64_t SqlLink::data_version() {
  return ask({.sql = "SELECT version FROM tidemark_database"}).integer(0, 0) - own_commits_;
}

Translation SqlLink::translated(std::string_view sql) {
  std::string text(sql);
  if (const auto known = translated_.find(text); known != translated_.end()) return known->second;
  auto translation = translate(sql);
  if (translated_.size() < translated_max) translated_.emplace(std::move(text), translation);
  return translation;
}

}  // namespace tidemark::postgres
