#include "tidemark/sql/transaction.hpp"

#include "tidemark/base/failure.hpp"

namespace tidemark::sql {

Transaction::Transaction(Database& database, Access access) : database_(database) {
  database_.begin(access);
}

Transaction::~Transaction() {
  if (!open_ || !database_.in_transaction()) return;
  try {
    database_.rollback();
  } catch (const Failure&) {
    // The engine has rolled back by itself, or does so with the connection.
    return;
  }
}

void Transaction::commit() {
  database_.commit();
  open_ = false;
}

}  // namespace tidemark::sql
