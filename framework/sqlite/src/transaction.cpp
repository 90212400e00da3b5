#include "tidemark/sqlite/transaction.hpp"

#include "tidemark/base/failure.hpp"

namespace tidemark::sqlite {
namespace {

/// For destructors. When it fails, SQLite has rolled back by itself already, or does so when the
/// connection closes.
void run_quietly(Database& database, std::string_view sql) noexcept {
  try {
    database.statement(sql).run();
  } catch (const Failure&) {  // NOLINT(bugprone-empty-catch): see above
  }
}

}  // namespace

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  database_.statement(kind == Kind::immediate ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

Transaction::~Transaction() {
  // Some errors, such as a full disk, make SQLite roll back by itself.
  if (open_ && database_.in_transaction()) run_quietly(database_, "ROLLBACK");
}

void Transaction::commit() {
  database_.statement("COMMIT").run();
  open_ = false;
}

Savepoint::Savepoint(Database& database) : database_(database) {
  database_.statement("SAVEPOINT tidemark").run();
}

Savepoint::~Savepoint() {
  if (!open_ || !database_.in_transaction()) return;
  run_quietly(database_, "ROLLBACK TO tidemark");
  run_quietly(database_, "RELEASE tidemark");
}

void Savepoint::keep() {
  // The innermost of that name: savepoints nest.
  database_.statement("RELEASE tidemark").run();
  open_ = false;
}

}  // namespace tidemark::sqlite
