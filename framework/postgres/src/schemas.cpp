#include "tidemark/postgres/schemas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tidemark/base/failure.hpp"
#include "tidemark/postgres/migration.hpp"
#include "tidemark/postgres/sql_database.hpp"

namespace tidemark::postgres {
namespace {

/// The server cuts longer names off, and two could be the same then.
constexpr std::size_t name_bytes_max = 63;
/// How long readers may keep what is to be removed or shown, before that is left for later.
constexpr const char* change_lock_timeout = "200ms";

class SessionLock final : public sql::Lock {
 public:
  SessionLock(ConnectOptions options, std::string name)
      : options_(std::move(options)), name_(std::move(name)) {}

  void hold() override {
    if (connection_) {
      try {
        connection_->query("SELECT 1");
        return;
      } catch (const Failure&) {
        connection_.reset();
        throw;
      }
    }
    auto fresh = Connection::open(options_);
    const auto taken = fresh.query("SELECT pg_try_advisory_lock(hashtextextended($1, 0))",
                                   parameters("tidemark lock " + name_));
    if (!taken.boolean(0, 0)) {
      throw Failure({.code = options_.area + ".locked",
                     .message = fmt::format("another process has {}", name_),
                     .hint = "this one takes over when that process ends",
                     .retryable = true});
    }
    connection_.emplace(std::move(fresh));
  }

 private:
  const ConnectOptions options_;
  const std::string name_;
  std::optional<Connection> connection_;  ///< none: not held
};

}  // namespace

std::shared_ptr<sql::Place> open_schemas(const sql::PlaceAddress& address) {
  // A worker waits for it: what does not answer soon is tried again later.
  return std::make_shared<Schemas>(
      SchemasOptions{.connect = {.conninfo = address.url,
                                 .connect_timeout = std::chrono::seconds(2),
                                 .area = address.area},
                     .prefix = address.prefix});
}

std::string Schemas::schema_of(const std::string& name) const {
  constexpr std::string_view suffix = ".db";
  auto stem = name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
  std::ranges::replace(stem, '.', '_');
  auto schema = fmt::format("{}_{}", options_.prefix, stem);
  if (schema.size() <= name_bytes_max) return schema;
  throw Failure({.code = options_.connect.area + ".bad_name",
                 .message = fmt::format("no schema can be called {}: it has more than {} bytes",
                                        schema, name_bytes_max),
                 .hint = "choose a shorter name, or a shorter prefix"});
}

std::unique_ptr<sql::Database> Schemas::open(const std::string& name, sql::OpenMode mode) {
  return std::make_unique<SqlDatabase>(SqlDatabaseOptions{.connect = options_.connect,
                                                          .schema = schema_of(name),
                                                          .mode = mode,
                                                          .busy_timeout = options_.busy_timeout});
}

bool Schemas::exists(const std::string& name) {
  auto connection = Connection::open(options_.connect);
  return !connection
              .query("SELECT 1 FROM pg_namespace WHERE nspname = $1", parameters(schema_of(name)))
              .empty();
}

void Schemas::remove(const std::string& name) {
  auto connection = Connection::open(options_.connect);
  try {
    connection.execute(fmt::format("SET lock_timeout = '{}'; DROP SCHEMA IF EXISTS {} CASCADE",
                                   change_lock_timeout, quoted_name(schema_of(name))));
  } catch (const Failure& failure) {
    // Somebody reads it: it is tried again with the next call.
    if (failure.code() != options_.connect.area + ".busy") throw;
  }
}

std::unique_ptr<sql::Lock> Schemas::lock(const std::string& name) {
  return std::make_unique<SessionLock>(options_.connect, schema_of(name));
}

void Schemas::show(const std::string& table, const std::string& name) {
  const auto shown = quoted_name(options_.prefix + "_live");
  const auto view = fmt::format("{}.{}", shown, quoted_name(table));
  const auto schema = schema_of(name);
  auto connection = Connection::open(options_.connect);
  const auto leads_to =
      connection.query("SELECT obj_description(to_regclass($1), 'pg_class')", parameters(view));
  if (leads_to.text(0, 0) == schema) return;
  const auto replace = [&](const std::string& first) {
    Transaction transaction(connection);
    connection.execute(fmt::format(
        "SELECT pg_advisory_xact_lock(hashtextextended('tidemark.migrate', 0));"
        "SET LOCAL lock_timeout = '{5}'; CREATE SCHEMA IF NOT EXISTS {0}; {6}"
        "CREATE OR REPLACE VIEW {1} AS SELECT * FROM {2}.{3}; COMMENT ON VIEW {1} IS {4}",
        shown, view, quoted_name(schema), quoted_name(table), quoted_text(schema),
        change_lock_timeout, first));
    transaction.commit();
  };
  try {
    // Keeps who may read it, and other people's views of it.
    replace("");
  } catch (const Failure& failure) {
    if (failure.code() != options_.connect.area + ".error") throw;
    replace(fmt::format("DROP VIEW IF EXISTS {};", view));  // columns that cannot be replaced
  }
}

}  // namespace tidemark::postgres
