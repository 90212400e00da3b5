#include "connection.hpp"

#include <fmt/format.h>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::sqlite {
namespace {

/// How one of SQLite's primary result codes is told to our callers.
struct Kind {
  std::string_view code;
  std::string_view hint;
  bool retryable = false;
};

Kind kind_of(int result) {
  switch (result & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {.code = "busy",
              .hint = "another connection holds the lock; try again or raise busy_timeout",
              .retryable = true};
    case SQLITE_FULL:
      return {.code = "disk_full", .hint = "free space on its file system", .retryable = true};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return {.code = "io", .hint = "check the folder, its permissions and the disk"};
    case SQLITE_CORRUPT:
      return {.code = "corrupt", .hint = "restore the file from a backup"};
    case SQLITE_NOTADB:
      return {.code = "not_a_database", .hint = "check the file's name"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {.code = "read_only", .hint = "check how it was opened and who may write it"};
    case SQLITE_CONSTRAINT:
      return {.code = "constraint", .hint = ""};
    case SQLITE_TOOBIG:
      return {.code = "too_big", .hint = ""};
    case SQLITE_NOMEM:
      return {.code = "memory", .hint = "", .retryable = true};
    case SQLITE_INTERRUPT:
      return {.code = "interrupted", .hint = "", .retryable = true};
    default:
      return {.code = "error", .hint = ""};
  }
}

}  // namespace

void configure_sqlite() noexcept {
  // Once, before anything else asks SQLite for something. Statistics of memory would put one lock
  // around every allocation of every connection.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(configured);  // refused when others started SQLite first; then it is slower
}

sqlite3_vfs& file_system(const std::string& name, const std::string& area) {
  configure_sqlite();
  auto* found = sqlite3_vfs_find(name.empty() ? nullptr : name.c_str());
  if (found != nullptr) return *found;
  throw Failure({.code = area + ".error", .message = "no file system of the name " + name});
}

void CloseDatabase::operator()(sqlite3* handle) const noexcept {
  const int result = sqlite3_close(handle);
  TIDEMARK_ASSERT(result == SQLITE_OK, "a statement outlived its database");
}

void Connection::fail(int result, std::string_view doing) const {
  // Copied first: the next call on the handle overwrites them.
  const auto kind = kind_of(result);
  const std::string message = handle ? sqlite3_errmsg(handle.get()) : sqlite3_errstr(result);
  throw Failure({.code = fmt::format("{}.{}", area, kind.code),
                 .message = fmt::format("{}: {} ({}; SQLite code {})", file.string(), message,
                                        doing.substr(0, 200), result),
                 .hint = std::string(kind.hint),
                 .retryable = kind.retryable});
}

StatementHandle Connection::prepare(std::string_view sql, unsigned flags) const {
  sqlite3_stmt* prepared = nullptr;
  const char* rest = nullptr;
  const int result = sqlite3_prepare_v3(handle.get(), sql.data(), static_cast<int>(sql.size()),
                                        flags, &prepared, &rest);
  StatementHandle owned(prepared);
  check(result, sql);
  TIDEMARK_ASSERT(owned, "SQL without a statement");
  return owned;
}

}  // namespace tidemark::sqlite
