#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "tidemark/sqlite/database.hpp"

namespace tidemark::sqlite {

/// A transaction that is rolled back unless it was committed.
class Transaction {
 public:
  enum class Kind : std::uint8_t {
    deferred,   ///< locks when something is read or written
    immediate,  ///< takes the write lock at once, waiting at most the busy timeout
  };
  explicit Transaction(Database& database, Kind kind = Kind::immediate);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// Durable, as far as the `synchronous` pragma says, when it returns. When it throws, nothing of
  /// the transaction is left once this object is gone.
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// Runs `work` in one immediate transaction and commits; what `work` throws rolls it back.
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

/// A part of a transaction that can be undone by itself; undone unless it was kept. They nest, last
/// in first out.
class Savepoint {
 public:
  explicit Savepoint(Database& database);
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  ~Savepoint();

  /// Makes what was done since part of the transaction.
  void keep();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace tidemark::sqlite
