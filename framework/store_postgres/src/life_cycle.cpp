#include "life_cycle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "locks.hpp"
#include "log_facts.hpp"

namespace tidemark::store_postgres {
namespace {

using Changed = Result<LifeCycleChanged, LifeCycleError>;

/// One change at work, inside its transaction.
class LifeChange {
 public:
  LifeChange(postgres::Connection& connection, const LifeCycleChange& change, UtcTime now)
      : connection_(connection), change_(change), now_(now) {}

  Changed operator()(const DeleteStream& what);
  Changed operator()(const TruncateStream& what);
  Changed operator()(const Retention& what);
  Changed operator()(const SkipEvent& what);

 private:
  /// What is kept of the stream, as its row in `lives` says.
  struct Life {
    StreamVersion truncated_before{1};
    StreamVersion erased_before{1};
    std::optional<std::int64_t> count_max;
    std::optional<std::int64_t> age_max;
  };
  std::optional<LifeCycleError> find_stream(const StreamId& name);
  Changed hide_before(StreamVersion before);
  std::optional<ConsumerBehind> find_behind(Position last);
  void store();
  void forget_snapshot(const StreamId& stream);

  postgres::Connection& connection_;
  const LifeCycleChange& change_;
  const UtcTime now_;
  KnownStream stream_;
  Life life_;
  bool forced_ = false;
};

std::optional<LifeCycleError> LifeChange::find_stream(const StreamId& name) {
  const auto rows = connection_.query(
      "SELECT id, (SELECT max(version) FROM events WHERE stream_id = id), deleted_through, "
      "coalesce(gone, false), truncated_before, erased_before, count_max, age_max "
      "FROM streams LEFT JOIN lives ON stream_id = id WHERE name = $1",
      postgres::parameters(std::string_view(name.name())));
  if (rows.empty()) return NothingThere{"stream " + name.name()};
  stream_ = {.id = rows.integer(0, 0),
             .version = StreamVersion(read_number(rows, 0, 1)),
             .deleted_through = StreamVersion(read_number(rows, 0, 2)),
             .gone = rows.boolean(0, 3)};
  if (stream_.gone) return StreamDeleted{name};
  if (!rows.is_null(0, 4)) {
    life_.truncated_before = StreamVersion(read_number(rows, 0, 4));
    life_.erased_before = StreamVersion(read_number(rows, 0, 5));
  }
  if (!rows.is_null(0, 6)) life_.count_max = rows.integer(0, 6);
  if (!rows.is_null(0, 7)) life_.age_max = rows.integer(0, 7);
  return std::nullopt;
}

void LifeChange::store() {
  connection_.query(
      "INSERT INTO lives(stream_id, gone, deleted_through, truncated_before, erased_before, "
      "count_max, age_max, who, reason, changed_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, "
      "$10) "
      "ON CONFLICT (stream_id) DO UPDATE SET gone = excluded.gone, "
      "deleted_through = excluded.deleted_through, truncated_before = excluded.truncated_before, "
      "erased_before = excluded.erased_before, count_max = excluded.count_max, "
      "age_max = excluded.age_max, who = excluded.who, reason = excluded.reason, "
      "changed_at = excluded.changed_at",
      postgres::parameters(stream_.id, stream_.gone, stream_.deleted_through.value(),
                           life_.truncated_before.value(), life_.erased_before.value(),
                           life_.count_max, life_.age_max, change_.who, change_.reason,
                           now_.micros()));
}

std::optional<ConsumerBehind> LifeChange::find_behind(Position last) {
  const auto slowest = slowest_consumer(connection_);
  if (!slowest || slowest->checkpoint.position >= last) return std::nullopt;
  forced_ = change_.force;
  if (change_.force) return std::nullopt;
  return ConsumerBehind{
      .consumer = slowest->name, .at = slowest->checkpoint.position, .last = last};
}

/// Hides the versions before `before`, and stores the rest of what the stream became.
Changed LifeChange::hide_before(StreamVersion before) {
  LifeCycleChanged changed;
  if (before > life_.truncated_before) {
    changed.events = before.value() - life_.truncated_before.value();
    const auto rows =
        connection_.query("SELECT position FROM events WHERE stream_id = $1 AND version = $2",
                          postgres::parameters(stream_.id, before.value() - 1));
    const auto last = rows.empty() ? Position() : Position(read_number(rows, 0, 0));
    if (auto behind = find_behind(last)) return Unexpected<LifeCycleError>(*std::move(behind));
    life_.truncated_before = before;
  }
  store();
  changed.forced = forced_;
  return changed;
}

Changed LifeChange::operator()(const DeleteStream& what) {
  if (auto error = find_stream(what.stream)) return Unexpected(*std::move(error));
  const auto state = stream_.state();
  if (!what.expected.holds(state)) {
    return Unexpected<LifeCycleError>(Conflict{.stream = what.stream,
                                               .expected = what.expected,
                                               .actual = state.version,
                                               .deletion = state.deletion});
  }
  stream_.deleted_through = stream_.version;
  stream_.gone = what.deletion == Deletion::hard;
  auto changed = hide_before(stream_.version.next());
  if (changed.has_value()) forget_snapshot(what.stream);
  return changed;
}

void LifeChange::forget_snapshot(const StreamId& stream) {
  connection_.query("DELETE FROM properties WHERE name = $1",
                    postgres::parameters(snapshot_property(stream)));
}

Changed LifeChange::operator()(const TruncateStream& what) {
  if (auto error = find_stream(what.stream)) return Unexpected(*std::move(error));
  if (what.before == StreamVersion() || what.before > stream_.version.next()) {
    return Unexpected<LifeCycleError>(
        NothingThere{fmt::format("version {} of {}, which has {}", what.before.value(),
                                 what.stream.name(), stream_.version.value())});
  }
  return hide_before(what.before);
}

Changed LifeChange::operator()(const Retention& what) {
  if (auto error = find_stream(what.stream)) return Unexpected(*std::move(error));
  life_.count_max.reset();
  life_.age_max.reset();
  if (what.count_max) {
    life_.count_max =
        static_cast<std::int64_t>(std::min<std::uint64_t>(*what.count_max, INT64_MAX));
  }
  if (what.age_max) life_.age_max = what.age_max->count();
  store();
  return LifeCycleChanged{};
}

Changed LifeChange::operator()(const SkipEvent& what) {
  const auto found = connection_.query(
      "SELECT position, name FROM events JOIN streams ON streams.id = stream_id "
      "WHERE event_id = $1",
      postgres::parameters(what.event));
  if (found.empty()) {
    return Unexpected<LifeCycleError>(NothingThere{"event " + to_string(what.event)});
  }
  const Position position(read_number(found, 0, 0));
  const auto stream = StreamId::parse(found.text(0, 1)).value();
  if (!what.skipped) {
    const auto removed = connection_.query("DELETE FROM skips WHERE position = $1",
                                           postgres::parameters(position.value()));
    if (removed.affected() > 0) forget_snapshot(stream);
    return LifeCycleChanged{.events = removed.affected()};
  }
  if (auto behind = find_behind(position)) return Unexpected<LifeCycleError>(*std::move(behind));
  const auto added = connection_.query(
      "INSERT INTO skips(position, who, reason, skipped_at) VALUES($1, $2, $3, $4) "
      "ON CONFLICT DO NOTHING",
      postgres::parameters(position.value(), change_.who, change_.reason, now_.micros()));
  // It was folded from the event.
  if (added.affected() > 0) forget_snapshot(stream);
  return LifeCycleChanged{.events = added.affected(), .forced = forced_};
}

}  // namespace

Changed change_life(postgres::Connection& connection, const LifeCycleChange& change, UtcTime now) {
  if (auto bad = find_flaw(change)) return Unexpected<LifeCycleError>(*std::move(bad));
  postgres::Transaction transaction(connection);
  connection.query(life_lock_sql());
  connection.query(lock_sql());
  // Appends without the lock too: they come to see the new revision, and look again.
  connection.query("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE");
  LifeChange at_work(connection, change, now);
  auto changed = std::visit(at_work, change.what);
  if (!changed.has_value()) return changed;
  connection.query("UPDATE head SET revision = revision + 1");
  transaction.commit();
  return changed;
}

std::optional<Retention> find_retention(postgres::Connection& connection, const StreamId& stream) {
  const auto rows = connection.query(
      "SELECT count_max, age_max FROM lives JOIN streams ON id = stream_id "
      "WHERE name = $1 AND (count_max > 0 OR age_max > 0)",
      postgres::parameters(std::string_view(stream.name())));
  if (rows.empty()) return std::nullopt;
  Retention retention{.stream = stream};
  if (!rows.is_null(0, 0)) retention.count_max = read_number(rows, 0, 0);
  if (!rows.is_null(0, 1)) retention.age_max = Micros(rows.integer(0, 1));
  return retention;
}

std::vector<Skipped> find_skipped(postgres::Connection& connection, Position after,
                                  std::uint64_t limit) {
  const auto rows = connection.query(
      "SELECT position, who, reason, skipped_at FROM skips WHERE position > $1 "
      "ORDER BY position LIMIT $2",
      postgres::parameters(after.value(), std::min<std::uint64_t>(limit, INT64_MAX)));
  std::vector<Skipped> found;
  found.reserve(static_cast<std::size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row) {
    found.push_back({.position = Position(read_number(rows, row, 0)),
                     .who = std::string(rows.text(row, 1)),
                     .reason = std::string(rows.text(row, 2)),
                     .skipped_at = UtcTime::from_micros(rows.integer(row, 3))});
  }
  return found;
}

}  // namespace tidemark::store_postgres
