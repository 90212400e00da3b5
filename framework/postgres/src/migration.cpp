#include "tidemark/postgres/migration.hpp"

#include <fmt/format.h>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::postgres {
namespace {

struct Marks {
  bool exists = false;  ///< the schema
  std::string name;     ///< of the format; empty: none is kept
  std::uint32_t format = 0;
};

std::uint32_t newest(const SchemaFormat& format) {
  std::uint32_t expected = 0;
  for (const auto& migration : format.migrations) {
    TIDEMARK_ASSERT(migration.to_format == ++expected, "migrations go up from 1 without gaps");
  }
  return expected;
}

Marks read_marks(Connection& connection, const std::string& schema) {
  const auto found = connection.query(
      "SELECT to_regclass(quote_ident($1) || '.format') IS NOT NULL "
      "FROM pg_namespace WHERE nspname = $1::text",
      parameters(schema));
  Marks marks{.exists = !found.empty(), .name = {}, .format = 0};
  if (!marks.exists || !found.boolean(0, 0)) return marks;
  // Not as a statement to keep: its text has the schema's name.
  const auto kept = connection.query(
      fmt::format("SELECT name::text, format::bigint FROM {}.format", quoted_name(schema)));
  if (kept.empty()) return marks;
  marks.name = kept.text(0, 0);
  marks.format = static_cast<std::uint32_t>(kept.integer(0, 1));
  return marks;
}

bool is_empty(Connection& connection, const std::string& schema) {
  return connection
      .query(
          "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
          "WHERE n.nspname = $1::text LIMIT 1",
          parameters(schema))
      .empty();
}

void refuse(Connection& connection, const std::string& schema, const SchemaFormat& format,
            const Marks& marks) {
  if (marks.exists && marks.name != format.name &&
      (!marks.name.empty() || !is_empty(connection, schema))) {
    throw Failure({.code = connection.area() + ".foreign",
                   .message = fmt::format("the schema {} holds something else than a {}", schema,
                                          format.name),
                   .hint = "name another schema; this one was left as it is"});
  }
  if (marks.format > newest(format)) {
    throw Failure({.code = connection.area() + ".newer_format",
                   .message = fmt::format("the schema {} has format {} of a {}; this program knows "
                                          "up to {}",
                                          schema, marks.format, format.name, newest(format)),
                   .hint = "use the program that wrote it, or a later one"});
  }
}

std::string with_schema(std::string_view sql, const std::string& schema) {
  constexpr std::string_view place = "{schema}";
  std::string text(sql);
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at)) {
    text.replace(at, place.size(), schema);
    at += schema.size();
  }
  return text;
}

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string quoted_text(std::string_view text) {
  std::string quoted = "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

std::uint32_t migrate(Connection& connection, const std::string& schema,
                      const SchemaFormat& format) {
  auto marks = read_marks(connection, schema);
  refuse(connection, schema, format, marks);
  if (marks.format == newest(format)) return newest(format);

  Transaction transaction(connection);
  // One at a time, whatever the schema: this is rare.
  connection.query("SELECT pg_advisory_xact_lock(hashtextextended('tidemark.migrate', 0))");
  marks = read_marks(connection, schema);
  refuse(connection, schema, format, marks);
  const auto name = quoted_name(schema);
  std::string sql;
  if (!marks.exists) sql += fmt::format("CREATE SCHEMA {};", name);
  if (marks.format == 0) {
    sql += fmt::format(
        "CREATE TABLE {0}.format(name text NOT NULL, format integer NOT NULL);"
        "INSERT INTO {0}.format VALUES({1}, 0);",
        name, quoted_text(format.name));
  }
  for (const auto& migration : format.migrations) {
    if (migration.to_format > marks.format) sql += with_schema(migration.sql, name) + ";";
  }
  sql += fmt::format("UPDATE {}.format SET format = {}", name, newest(format));
  connection.execute(sql);
  transaction.commit();
  return marks.format;
}

void check_format(Connection& connection, const std::string& schema, const SchemaFormat& format) {
  const auto marks = read_marks(connection, schema);
  if (!marks.exists || marks.format == 0) {
    throw Failure({.code = connection.area() + ".missing",
                   .message = fmt::format("there is no {} in schema {}", format.name, schema),
                   .hint = "check the schema's name, or open it for writing once"});
  }
  refuse(connection, schema, format, marks);
  if (marks.format < newest(format)) {
    throw Failure({.code = connection.area() + ".older_format",
                   .message = fmt::format("the schema {} has format {} of a {}; this program reads "
                                          "{}",
                                          schema, marks.format, format.name, newest(format)),
                   .hint = "open it for writing once; that brings it up to date"});
  }
}

}  // namespace tidemark::postgres
