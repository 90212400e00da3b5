#include <algorithm>

#include "columns.hpp"
#include "life_cycle.hpp"
#include "locks.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::store_postgres {
namespace {

constexpr std::int64_t streams_max = 100;                 ///< looked at in one round
constexpr std::uint64_t bytes_max = 64ULL * 1024 * 1024;  ///< taken out in one round, about

/// One round of upkeep at work, inside its transaction.
class Compaction {
 public:
  Compaction(postgres::Connection& connection, std::uint64_t events_max, UtcTime now)
      : connection_(connection), now_(now), budget_(events_max) {}

  Compacted run();

 private:
  void retain();
  [[nodiscard]] bool is_over() const { return budget_ == 0 || done_.data_bytes >= bytes_max; }
  void erase(std::int64_t stream, std::uint64_t from, std::uint64_t before);

  postgres::Connection& connection_;
  const UtcTime now_;
  std::uint64_t budget_;
  Compacted done_;
};

Compacted Compaction::run() {
  retain();
  const auto work = connection_.query(
      "SELECT stream_id, erased_before, truncated_before FROM lives "
      "WHERE erased_before < truncated_before ORDER BY stream_id LIMIT $1",
      postgres::parameters(streams_max));
  for (int row = 0; row < work.count() && !is_over(); ++row) {
    erase(work.integer(row, 0), read_number(work, row, 1), read_number(work, row, 2));
  }
  const auto left = connection_.query(
      "SELECT EXISTS (SELECT 1 FROM lives WHERE erased_before < truncated_before)");
  done_.more = done_.more || left.boolean(0, 0);
  return done_;
}

/// Raises what is truncated to what retention says; so many streams a round, in turn.
void Compaction::retain() {
  const auto slowest = slowest_consumer(connection_);
  // What the slowest consumer has handled ends at its position, which no stream may pass.
  const auto handled =
      slowest ? static_cast<std::int64_t>(slowest->checkpoint.position.value()) : INT64_MAX;
  const auto rows = connection_.query(
      "WITH turn AS (SELECT l.* FROM lives l WHERE (count_max > 0 OR age_max > 0) "
      "AND stream_id > coalesce((SELECT ('x' || encode(value, 'hex'))::bit(64)::bigint FROM meta "
      "WHERE name = 'retention_cursor'), 0) ORDER BY stream_id LIMIT $1), "
      "wanted AS (SELECT l.stream_id, l.truncated_before, greatest("
      "(SELECT max(version) FROM events e WHERE e.stream_id = l.stream_id) - l.count_max + 1, "
      "CASE WHEN l.age_max IS NOT NULL THEN coalesce((SELECT e.version FROM events e "
      "WHERE e.stream_id = l.stream_id AND e.version >= l.truncated_before "
      "AND e.recorded_at >= $2 - l.age_max ORDER BY e.version LIMIT 1), "
      "(SELECT max(version) + 1 FROM events e WHERE e.stream_id = l.stream_id)) END) AS before "
      "FROM turn l), "
      "allowed AS (SELECT w.*, coalesce((SELECT e.version FROM events e "
      "WHERE e.stream_id = w.stream_id AND e.version >= w.truncated_before AND e.position > $3 "
      "ORDER BY e.version LIMIT 1), w.before) AS handled FROM wanted w), "
      "raised AS (UPDATE lives l SET truncated_before = least(a.before, a.handled) FROM allowed a "
      "WHERE l.stream_id = a.stream_id AND least(a.before, a.handled) > a.truncated_before) "
      "SELECT count(*), max(stream_id), "
      "coalesce(bool_or(before > truncated_before AND handled < before), false) FROM allowed",
      postgres::parameters(streams_max, now_.micros(), handled));
  if (slowest && rows.boolean(0, 2)) done_.waits_for = slowest->name;
  done_.more = rows.integer(0, 0) == streams_max;
  connection_.query(
      "INSERT INTO meta(name, value) VALUES('retention_cursor', int8send($1)) "
      "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      postgres::parameters(done_.more ? rows.integer(0, 1) : 0));
}

void Compaction::erase(std::int64_t stream, std::uint64_t from, std::uint64_t before) {
  auto last = std::min(before, from + budget_);
  postgres::Parameters gone;
  gone.add_bigint_array();
  std::vector<ChainHash> digests;
  connection_.each_row(
      "SELECT position, data, version FROM (SELECT position, data, version, "
      "sum(octet_length(data)) "
      "OVER (ORDER BY version) - octet_length(data) AS bytes_before FROM events "
      "WHERE stream_id = $1 AND version >= $2 AND version < $3 AND data IS NOT NULL) e "
      "WHERE bytes_before < $4 ORDER BY version",
      postgres::parameters(stream, from, last, bytes_max - done_.data_bytes),
      [&](const postgres::Rows& row) {
        gone.element(row.integer(0, 0));
        digests.push_back(security::digest(row.bytes(0, 1)));
        done_.data_bytes += row.bytes(0, 1).size();
        if (done_.data_bytes >= bytes_max) last = read_number(row, 0, 2) + 1;
        return true;
      });
  done_.events += digests.size();
  budget_ -= last - from;
  gone.add_bytea_array();
  for (const auto& digest : digests) gone.element(as_bytes(digest).bytes);
  connection_.pipeline({{.sql = "UPDATE events e SET data_digest = g.digest, data = NULL "
                                "FROM unnest($1::bigint[], $2::bytea[]) AS g(position, digest) "
                                "WHERE e.position = g.position",
                         .parameters = std::move(gone)},
                        {.sql = "UPDATE lives SET erased_before = $2 WHERE stream_id = $1",
                         .parameters = postgres::parameters(stream, last)}});
}

}  // namespace

Compacted compact_round(postgres::Connection& connection, std::uint64_t events_max, UtcTime now) {
  postgres::Transaction transaction(connection);
  connection.query(life_lock_sql());
  auto done = Compaction(connection, events_max, now).run();
  transaction.commit();
  return done;
}

}  // namespace tidemark::store_postgres
