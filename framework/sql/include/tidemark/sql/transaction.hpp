#pragma once

#include <type_traits>
#include <utility>

#include "tidemark/sql/database.hpp"

namespace tidemark::sql {

/// A transaction that is rolled back unless it was committed.
class Transaction {
 public:
  explicit Transaction(Database& database, Access access = Access::write);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// As `Database::commit`. When it throws, nothing is left open once this object is gone.
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// Runs `work` in one transaction for writing and commits; what `work` throws rolls it back.
template <typename Work>
auto in_transaction(Database& database, Work&& work) {
  Transaction transaction(database);
  if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
    std::forward<Work>(work)();
    transaction.commit();
  } else {
    auto result = std::forward<Work>(work)();
    transaction.commit();
    return result;
  }
}

}  // namespace tidemark::sql
