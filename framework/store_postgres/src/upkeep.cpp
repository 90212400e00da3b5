#include "upkeep.hpp"

#include "durability.hpp"
#include "locks.hpp"
#include "tables.hpp"

namespace tidemark::store_postgres {
namespace {

/// For how long writers tell of their commits after somebody said that it listens.
constexpr Micros listening_lasts = std::chrono::seconds(60);
/// Between two looks without having heard anything.
constexpr Micros look_interval = std::chrono::milliseconds(500);

}  // namespace

Upkeep::Upkeep(const PostgresStoreOptions& options, const Clock& clock, Random& random,
               const Parts& parts)
    : read_only_(options.read_only),
      clock_(clock),
      parts_(parts),
      random_(random.next()),
      listener_(connect_options(options), channel_of(options), clock, random_) {}

bool Upkeep::round(UtcTime now) {
  bool moved = false;
  bool worked = false;
  {
    const std::lock_guard lock(mutex_);
    moved = notice_commits();
    if (!moved && !read_only_) worked = forget_answers(now);
  }
  parts_.seen.announce();
  return moved || worked;
}

bool Upkeep::notice_commits() {
  const auto time = clock_.monotonic();
  const bool heard = listener_.heard();
  if (listener_.is_listening() && time >= say_again_at_ && !read_only_) {
    say_that_it_listens();
    say_again_at_ = time + listening_lasts / 3;
  }
  if (!heard && time < look_again_at_) return false;
  look_again_at_ = time + look_interval;
  const auto known = parts_.seen.high_water();
  return parts_.seen.raise(parts_.pool.with(
      [&](postgres::Connection& connection) { return durable_end(connection, known); }));
}

void Upkeep::say_that_it_listens() {
  parts_.pool.with([](postgres::Connection& connection) {
    connection.query(
        "UPDATE head SET listening_until = now() + $1::bigint * interval '1 microsecond'",
        postgres::parameters(listening_lasts.count()));
  });
}

bool Upkeep::forget_answers(UtcTime now) {
  constexpr std::int64_t count_max = 1000;  // at a time, so that appends do not wait
  return parts_.pool.with([&](postgres::Connection& connection) {
    const auto forgotten = connection.query(
        "WITH expired AS (SELECT append_id, events FROM appends WHERE expires_at <= $1 "
        "AND expires_at IS NOT NULL ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED), "
        "removed AS (DELETE FROM appends a USING expired e WHERE a.append_id = e.append_id "
        "AND e.events = 0 RETURNING 1), "
        "cleared AS (UPDATE appends a SET answer = NULL, expires_at = NULL FROM expired e "
        "WHERE a.append_id = e.append_id AND e.events > 0 RETURNING 1) "
        "SELECT (SELECT count(*) FROM removed) + (SELECT count(*) FROM cleared)",
        postgres::parameters(now.micros(), count_max));
    return forgotten.integer(0, 0) > 0;
  });
}

std::uint32_t add_schema(postgres::Connection& connection, const std::string& type,
                         const std::string& fingerprint) {
  postgres::Transaction transaction(connection);
  connection.query(lock_sql());
  connection.query(
      "INSERT INTO types(id, name) SELECT coalesce(max(id), 0) + 1, $1 FROM types "
      "ON CONFLICT (name) DO NOTHING",
      postgres::parameters(type));
  connection.query(
      "INSERT INTO schemas(type_id, schema, fingerprint) SELECT t.id, "
      "(SELECT coalesce(max(schema), 0) + 1 FROM schemas WHERE type_id = t.id), $2 "
      "FROM types t WHERE t.name = $1 ON CONFLICT (type_id, fingerprint) DO NOTHING",
      postgres::parameters(type, fingerprint));
  const auto rows = connection.query(
      "SELECT schema FROM schemas "
      "WHERE type_id = (SELECT id FROM types WHERE name = $1) AND fingerprint = $2",
      postgres::parameters(type, fingerprint));
  const auto schema = static_cast<std::uint32_t>(rows.integer(0, 0));
  transaction.commit();
  return schema;
}

}  // namespace tidemark::store_postgres
