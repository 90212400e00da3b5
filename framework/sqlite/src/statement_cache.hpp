#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tidemark::sqlite {

struct FinalizeStatement {
  void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// One entry; `lent` while a `Statement` uses it.
struct CachedStatement {
  StatementHandle handle;
  bool lent = false;
};

/// Prepared statements by their text, at most `size_max` of them.
class StatementCache {
 public:
  static constexpr std::size_t size_max = 128;

  /// The entry for `sql`; null when there is none. Entries stay where they are.
  [[nodiscard]] CachedStatement* find(std::string_view sql);
  /// Adds a statement. A full cache drops those that nobody uses; null when all are in use.
  CachedStatement* add(std::string_view sql, StatementHandle& handle);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, CachedStatement, Hash, std::equal_to<>> entries_;
};

}  // namespace tidemark::sqlite
