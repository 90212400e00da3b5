#include "tidemark/sqlite/migration.hpp"

#include <fmt/format.h>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::sqlite {
namespace {

/// What marks a file, read in one snapshot.
struct Marks {
  std::int64_t application_id = 0;
  std::int64_t format = 0;
  bool empty = false;
};

std::int64_t number(Database& database, std::string_view sql) {
  auto statement = database.statement(sql);
  const bool row = statement.next();
  TIDEMARK_ASSERT(row, "a PRAGMA or a count answers with a row");
  return statement.integer(0);
}

Marks read_marks(Database& database) {
  return {.application_id = number(database, "PRAGMA application_id"),
          .format = number(database, "PRAGMA user_version"),
          .empty = number(database, "SELECT count(*) FROM sqlite_schema") == 0};
}

/// The newest format; the steps must be in order.
std::uint32_t newest(const FileFormat& format) {
  std::uint32_t expected = 0;
  for (const auto& migration : format.migrations) {
    TIDEMARK_ASSERT(migration.to_format == ++expected, "migrations go up from 1 without gaps");
  }
  return expected;
}

void refuse_foreign(const Database& database, const FileFormat& format, const Marks& marks,
                    const std::string& area) {
  if (marks.application_id != format.application_id) {
    throw Failure({.code = area + ".foreign",
                   .message = fmt::format("{}: a database, but not a {}", database.file().string(),
                                          format.name),
                   .hint = "check the path; the file was left as it is"});
  }
  if (marks.format > newest(format)) {
    throw Failure({.code = area + ".newer_format",
                   .message = fmt::format("{}: format {} of a {}; this program knows up to {}",
                                          database.file().string(), marks.format, format.name,
                                          newest(format)),
                   .hint = "use the program that wrote it, or a later one"});
  }
}

}  // namespace

std::uint32_t migrate(Database& database, const FileFormat& format) {
  const auto known = [&](const Marks& marks) {
    if (marks.empty && marks.application_id == 0 && marks.format == 0) return;
    refuse_foreign(database, format, marks, database.area());
  };
  // Looked at before the lock: a file that needs nothing is not waited for.
  auto marks = read_marks(database);
  known(marks);
  if (marks.format == newest(format)) return newest(format);

  sql::Transaction transaction(database);
  marks = read_marks(database);
  known(marks);
  const auto before = static_cast<std::uint32_t>(marks.format);
  for (const auto& migration : format.migrations) {
    if (migration.to_format <= before) continue;
    database.execute(std::string(migration.sql));
    if (migration.then != nullptr) migration.then(database);
  }
  database.set_pragma("application_id", fmt::to_string(format.application_id));
  database.set_pragma("user_version", fmt::to_string(newest(format)));
  transaction.commit();
  return before;
}

void check_format(Database& database, const FileFormat& format) {
  const auto marks = read_marks(database);
  refuse_foreign(database, format, marks, database.area());
  if (marks.format < newest(format)) {
    throw Failure({.code = database.area() + ".older_format",
                   .message = fmt::format("{}: format {} of a {}; this program reads {}",
                                          database.file().string(), marks.format, format.name,
                                          newest(format)),
                   .hint = "open it for writing once; that brings it up to date"});
  }
}

}  // namespace tidemark::sqlite
