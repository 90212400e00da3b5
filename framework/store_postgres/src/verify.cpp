#include "verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "columns.hpp"
#include "integrity.hpp"
#include "stored_row.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/store/chain.hpp"
#include "tidemark/store/integrity_check.hpp"
#include "verify_indexes.hpp"

namespace tidemark::store_postgres {
namespace {

constexpr std::uint64_t page_size = 10'000;
constexpr std::uint64_t progress_every = 100'000;

/// Goes through the events by position: gaps, data, chain, times, categories, appends, and what
/// readers find them by.
class LogCheck {
 public:
  LogCheck(ConnectionPool& pool, IntegrityCheck& integrity)
      : pool_(pool), integrity_(integrity), indexes_(pool) {}

  /// Checks up to `end`; false when something is wrong, which `damage` then says.
  bool check_page(Position end);
  /// The same of what can only be said of the whole.
  void check_whole();

  [[nodiscard]] Position done() const { return done_; }
  [[nodiscard]] const ChainHash& head() const { return head_; }
  [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }

 private:
  bool check(const postgres::Rows& row);
  void check_references(Position first, Position last);
  void find(const std::string& sql, const postgres::Parameters& parameters, Damage damage);
  bool report(std::string_view code, std::string message);
  void keep_first(const std::optional<Damage>& damage);

  ConnectionPool& pool_;
  IntegrityCheck& integrity_;
  IndexCheck indexes_;
  Chain chain_;
  std::vector<ChainHash> page_;  ///< those of the page's events that are sound
  Position done_;
  ChainHash head_{};
  UtcTime recorded_at_;
  std::int64_t in_appends_ = 0;  ///< events whose append has a row
  std::optional<Damage> damage_;
};

bool LogCheck::report(std::string_view code, std::string message) {
  damage_ = Damage{.position = done_.next(),
                   .code = fmt::format("verify.{}", code),
                   .message = std::move(message)};
  return false;
}

bool LogCheck::check_page(Position end) {
  const auto first = done_.next();
  page_.clear();
  const Position last(std::min(end.value(), done_.value() + page_size));
  pool_.with([&](postgres::Connection& connection) {
    if (damage_) return;
    connection.each_row(stored_rows_sql(),
                        postgres::parameters(done_.next().value(), last.value(), page_size),
                        [&](const postgres::Rows& row) { return check(row); });
  });
  for (const auto& chain : page_) integrity_.add(chain);
  if (!damage_ && done_ != last) report("gap", "there is no event at this position");
  if (done_ >= first) {
    check_references(first, done_);
    indexes_.check_page(first, done_);
    keep_first(indexes_.damage());
  }
  return !damage_;
}

bool LogCheck::check(const postgres::Rows& row) {
  const auto stored = read_stored(row);
  const auto& metadata = stored.event.metadata;
  if (metadata.position != done_.next()) {
    return report("gap", "there is no event at this position");
  }
  if (stored.event.tombstone && !has_stored_digest(row)) {
    return report("missing_data", "its data are gone without their digest");
  }
  if (!stored.event.tombstone && security::digest(stored.event.data) != stored.data_digest) {
    return report("data", "its data do not have their digest");
  }
  const auto chain = chain_.next(head_, stored.event, stored.data_digest);
  if (chain != stored.chain) {
    return report("chain", fmt::format("event {} of {} is not what was stored",
                                       metadata.version.value(), metadata.stream));
  }
  if (metadata.recorded_at < recorded_at_) {
    return report("recorded_at", "recorded before the event in front of it");
  }
  recorded_at_ = metadata.recorded_at;
  head_ = chain;
  page_.push_back(chain);
  indexes_.add(metadata.position, metadata.extra);
  done_ = metadata.position;
  return true;
}

/// Keeps the damage at the position that `sql` finds, when it comes first.
void LogCheck::find(const std::string& sql, const postgres::Parameters& parameters, Damage damage) {
  const auto rows = pool_.with(
      [&](postgres::Connection& connection) { return connection.query(sql, parameters); });
  if (rows.empty() || rows.is_null(0, 0)) return;
  damage.position = Position(read_number(rows, 0, 0));
  keep_first(damage);
}

void LogCheck::keep_first(const std::optional<Damage>& damage) {
  if (damage && (!damage_ || damage->position < damage_->position)) damage_ = damage;
}

/// What the rows of a page say about other tables, and those about them.
void LogCheck::check_references(Position first, Position last) {
  const auto range = postgres::parameters(first.value(), last.value());
  find(
      "SELECT min(e.position) FROM events e JOIN streams s ON s.id = e.stream_id "
      "LEFT JOIN categories c ON c.id = e.category_id WHERE e.position BETWEEN $1 AND $2 "
      "AND c.name IS DISTINCT FROM split_part(s.name, '-', 1)",
      range, {.code = "verify.category", .message = "not the category of its stream"});
  find(
      "SELECT min(e.position) FROM events e LEFT JOIN appends a ON a.append_id = e.append_id "
      "WHERE e.position BETWEEN $1 AND $2 AND CASE WHEN a.append_id IS NULL "
      "THEN NOT EXISTS (SELECT 1 FROM events f WHERE f.event_id = e.append_id "
      "AND f.append_id = e.append_id AND f.position <= e.position) "
      "ELSE e.position < a.first OR e.position >= a.first + a.events END",
      range, {.code = "verify.append", .message = "not what is kept of its append"});
  in_appends_ += pool_.with([&](postgres::Connection& connection) {
    return connection
        .query(
            "SELECT count(*) FROM events e JOIN appends a ON a.append_id = e.append_id "
            "WHERE e.position BETWEEN $1 AND $2",
            range)
        .integer(0, 0);
  });
  find(
      "SELECT min(e.position) FROM events e LEFT JOIN events b ON b.stream_id = e.stream_id "
      "AND b.version = e.version - 1 WHERE e.position BETWEEN $1 AND $2 "
      "AND ((e.version > 1 AND b.position IS NULL) OR e.version < 1 OR b.position > e.position)",
      range, {.code = "verify.version", .message = "its version does not follow in its stream"});
}

void LogCheck::check_whole() {
  indexes_.finish(done_);
  keep_first(indexes_.damage());
  if (damage_) return;
  // Each event lies in its own append, so appends that hold as many events as have one hold no
  // others.
  find(
      "SELECT $1 FROM appends WHERE events > 0 AND first + events - 1 <= $1 "
      "HAVING coalesce(sum(events), 0) <> $2",
      postgres::parameters(done_.value(), in_appends_),
      {.code = "verify.append", .message = "an append is kept whose events are not there"});
}

}  // namespace

Verified verify_log(const VerifiedLog& verified_log, Position end, const VerifyProgress& progress) {
  auto& pool = verified_log.pool;
  PostgresIntegrityTables tables(pool);
  IntegrityCheck integrity(tables, verified_log.store, verified_log.keys);
  LogCheck log(pool, integrity);
  bool stopped = false;
  while (!stopped && log.done() < end && log.check_page(end)) {
    const bool report = log.done().value() % progress_every == 0 || log.done() == end;
    stopped = report && progress && !progress(log.done().value(), end.value());
  }
  const bool sound = !log.damage();
  if (!stopped) log.check_whole();
  if (!stopped && sound) integrity.finish(LogReader(pool).end(end).position);
  Verified verified{.events = log.done().value(),
                    .head = log.head(),
                    .checkpoints = integrity.checkpoints(),
                    .damage = log.damage()};
  const auto& found = integrity.damage();
  if (found && (!verified.damage || found->position < verified.damage->position)) {
    verified.damage = found;
  }
  return verified;
}

std::uint64_t visit_stored(ConnectionPool& pool, Position from, Position end, std::uint64_t limit,
                           const std::function<bool(const StoredEvent&)>& visit) {
  std::uint64_t visited = 0;
  bool more = true;
  std::exception_ptr thrown;
  auto next = std::max(from, Position(1));
  while (more && !thrown && visited < limit && next <= end) {
    const auto wanted = std::min(page_size, limit - visited);
    pool.with([&](postgres::Connection& connection) {
      connection.each_row(stored_rows_sql(),
                          postgres::parameters(next.value(), end.value(), wanted),
                          [&](const postgres::Rows& row) {
                            const auto stored = read_stored(row);
                            try {
                              more = visit(stored);
                            } catch (...) {
                              thrown = std::current_exception();  // not the connection's
                              return false;
                            }
                            ++visited;
                            next = stored.event.metadata.position.next();
                            return more && visited < limit;
                          });
    });
  }
  if (thrown) std::rethrow_exception(thrown);
  return visited;
}

void read_facts(postgres::Connection& connection, bool with_counts, StoreFacts& facts) {
  const auto rows = connection.query(
      "SELECT (SELECT position FROM events ORDER BY position DESC LIMIT 1), "
      "(SELECT chain FROM events ORDER BY position DESC LIMIT 1), "
      "(SELECT coalesce(max(id), 0) FROM streams), (SELECT count(*) FROM types), "
      "(SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c "
      "WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'events'::regclass) "
      "AND c.relkind = 'r')");
  facts.events = read_number(rows, 0, 0);
  if (!rows.is_null(0, 1)) facts.head = read_hash(rows, 0, 1);
  facts.streams = read_number(rows, 0, 2);  // their numbers have no gaps
  facts.types = read_number(rows, 0, 3);
  facts.file_bytes = read_number(rows, 0, 4);
  if (!with_counts) return;
  facts.appends = read_number(
      connection.query("SELECT (SELECT count(*) FROM appends) + (SELECT count(*) FROM events e "
                       "WHERE e.event_id = e.append_id AND NOT EXISTS "
                       "(SELECT 1 FROM appends a WHERE a.append_id = e.append_id))"),
      0, 0);
  const auto counts = [&](std::string_view table, std::string_view column) {
    const auto found = connection.query(fmt::format(
        "SELECT n.name, count(*), sum(coalesce(length(e.data), 0))::bigint FROM events e "
        "JOIN {} n ON n.id = e.{} GROUP BY n.name ORDER BY n.name",
        table, column));
    std::vector<StoreFacts::PerName> names;
    names.reserve(static_cast<std::size_t>(found.count()));
    for (int row = 0; row < found.count(); ++row) {
      names.push_back({.name = std::string(found.text(row, 0)),
                       .events = read_number(found, row, 1),
                       .data_bytes = read_number(found, row, 2)});
    }
    return names;
  };
  facts.per_type = counts("types", "type_id");
  facts.per_category = counts("categories", "category_id");
}

}  // namespace tidemark::store_postgres
