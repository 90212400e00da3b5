#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "file_layer.hpp"
#include "statement_cache.hpp"

namespace tidemark::sqlite {

/// Settings of SQLite for the whole process; to be called before any other function of SQLite.
void configure_sqlite() noexcept;

/// SQLite's file system of that name; empty: the system's. Throws `Failure` "<area>.error".
sqlite3_vfs& file_system(const std::string& name, const std::string& area);

struct CloseDatabase {
  void operator()(sqlite3* handle) const noexcept;
};

/// What a `Database` and its statements share; it stays where it is when the `Database` moves.
struct Connection {
  std::filesystem::path file;
  std::string area;
  std::uint64_t checkpoint_pages = 0;
  std::uint64_t wal_pages = 0;
  std::optional<FileLayer> files;  ///< goes after the handle, which uses it
  int busy_looks_max = 0;          ///< at a lock that somebody else has, a millisecond apart
  std::unique_ptr<sqlite3, CloseDatabase> handle;
  StatementCache cache;  ///< goes before the handle: its statements belong to it

  /// Throws the failure that `result`, a SQLite result code, stands for. `doing`: what was tried.
  [[noreturn]] void fail(int result, std::string_view doing) const;
  void check(int result, std::string_view doing) const {
    if (result != SQLITE_OK) fail(result, doing);
  }
  [[nodiscard]] StatementHandle prepare(std::string_view sql, unsigned flags) const;
};

}  // namespace tidemark::sqlite
