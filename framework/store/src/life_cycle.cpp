#include "life_cycle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "consumers.hpp"
#include "life_mask.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/store/event_store.hpp"
#include "version_search.hpp"

namespace tidemark::store {
namespace {

using Changed = Result<LifeCycleChanged, LifeCycleError>;

constexpr std::uint64_t retentions_max = 100;  ///< streams looked at in one round
constexpr std::uint64_t erasures_max = 1000;   ///< likewise

/// What is kept of a stream, as its row in `lives` says.
struct Life {
  StreamVersion truncated_before;
  StreamVersion erased_before;
  std::optional<std::uint64_t> count_max;
  std::optional<std::int64_t> age_max;
};

/// One change at work.
class LifeChange {
 public:
  LifeChange(LogWriter& writer, const LifeCycleChange& change)
      : writer_(writer), database_(writer.database()), change_(change) {}

  Changed operator()(const DeleteStream& what);
  Changed operator()(const TruncateStream& what);
  Changed operator()(const Retention& what);
  Changed operator()(const SkipEvent& what);

 private:
  std::optional<LifeCycleError> find_stream(const StreamId& name);
  Life life();
  Changed hide_before(StreamVersion before);
  std::optional<ConsumerBehind> find_behind(Position last);
  [[nodiscard]] Position position_of(StreamVersion version);
  void store(const Life& life);
  void forget_snapshot(const StreamId& stream);

  LogWriter& writer_;
  sqlite::Database& database_;
  const LifeCycleChange& change_;
  StreamId name_;
  KnownStream stream_;
  bool forced_ = false;
};

std::optional<LifeCycleError> LifeChange::find_stream(const StreamId& name) {
  name_ = name;
  stream_ = writer_.cache().stream(name.name());
  if (stream_.version == StreamVersion()) return NothingThere{"stream " + name.name()};
  if (stream_.gone) return StreamDeleted{name};
  return std::nullopt;
}

Life LifeChange::life() {
  auto row = database_.statement(
      "SELECT truncated_before, erased_before, count_max, age_max FROM lives "
      "WHERE stream_id = ?1");
  if (!row.bind(1, stream_.id).next()) {
    return {.truncated_before = StreamVersion(1), .erased_before = StreamVersion(1)};
  }
  Life life{.truncated_before = StreamVersion(read_number(row, 0)),
            .erased_before = StreamVersion(read_number(row, 1))};
  if (!row.is_null(2)) life.count_max = read_number(row, 2);
  if (!row.is_null(3)) life.age_max = row.integer(3);
  return life;
}

void LifeChange::store(const Life& life) {
  database_
      .statement(
          "INSERT OR REPLACE INTO lives(stream_id, gone, deleted_through, truncated_before, "
          "erased_before, count_max, age_max, who, reason, changed_at, change) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
      .bind_all(stream_.id, stream_.gone ? 1 : 0, stream_.deleted_through.value(),
                life.truncated_before.value(), life.erased_before.value(), life.count_max,
                life.age_max, std::string_view(change_.who), std::string_view(change_.reason),
                writer_.now().micros(), announce_life_change(database_))
      .run();
  writer_.cache().put_stream(name_.name(), stream_);
}

Position LifeChange::position_of(StreamVersion version) {
  const auto file = writer_.files().holding(stream_.id, version.value()).file;
  auto select =
      file->statement("SELECT position FROM events WHERE stream_id = ?1 AND version = ?2");
  return select.bind_all(stream_.id, version.value()).next() ? Position(read_number(select, 0))
                                                             : Position();
}

std::optional<ConsumerBehind> LifeChange::find_behind(Position last) {
  const auto slowest = slowest_consumer(database_);
  if (!slowest || slowest->checkpoint.position >= last) return std::nullopt;
  forced_ = change_.force;
  if (change_.force) return std::nullopt;
  return ConsumerBehind{
      .consumer = slowest->name, .at = slowest->checkpoint.position, .last = last};
}

/// Hides the versions before `before`, and stores the rest of what `stream_` became.
Changed LifeChange::hide_before(StreamVersion before) {
  auto life = this->life();
  LifeCycleChanged changed;
  if (before > life.truncated_before) {
    changed.events = before.value() - life.truncated_before.value();
    const auto last = position_of(StreamVersion(before.value() - 1));
    if (auto behind = find_behind(last)) return Unexpected<LifeCycleError>(*std::move(behind));
    life.truncated_before = before;
  }
  store(life);
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
  database_.statement("DELETE FROM properties WHERE name = ?1")
      .bind(1, snapshot_property(stream))
      .run();
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
  auto life = this->life();
  life.count_max = what.count_max;
  life.age_max.reset();
  if (what.age_max) life.age_max = what.age_max->count();
  store(life);
  return LifeCycleChanged{};
}

Changed LifeChange::operator()(const SkipEvent& what) {
  const auto file = writer_.files().holding(what.event);
  if (!file) return Unexpected<LifeCycleError>(NothingThere{"event " + to_string(what.event)});
  auto select = file->statement("SELECT position, stream_id FROM events WHERE event_id = ?1");
  select.bind(1, as_blob(what.event)).next();
  const Position position(read_number(select, 0));
  auto name = database_.statement("SELECT name FROM streams WHERE id = ?1");
  const auto stream = name.bind(1, select.integer(1)).next() ? StreamId::parse(name.text(0))
                                                             : std::optional<StreamId>();
  if (!what.skipped) {
    database_.statement("DELETE FROM skips WHERE position = ?1").bind(1, position.value()).run();
  } else {
    if (auto behind = find_behind(position)) return Unexpected<LifeCycleError>(*std::move(behind));
    database_
        .statement(
            "INSERT OR IGNORE INTO skips(position, stream_id, who, reason, skipped_at) "
            "VALUES(?1, ?2, ?3, ?4, ?5)")
        .bind_all(position.value(), select.integer(1), std::string_view(change_.who),
                  std::string_view(change_.reason), writer_.now().micros())
        .run();
  }
  const auto events = database_.changes();
  if (events > 0) {
    if (stream) forget_snapshot(*stream);  // it was folded from the event, or without it
    announce_life_change(database_);
  }
  return LifeCycleChanged{.events = events, .forced = forced_};
}

/// One round of upkeep at work.
class Compaction {
 public:
  Compaction(LogWriter& writer, std::uint64_t events_max)
      : files_(writer.files()),
        database_(writer.database()),
        now_(writer.now()),
        budget_(events_max) {}

  Compacted run();

 private:
  struct Retained {
    std::int64_t stream = 0;
    std::uint64_t truncated_before = 1;
    std::optional<std::uint64_t> count_max;
    std::optional<std::int64_t> age_max;
  };
  void retain();
  void retain(const Retained& stream, const std::optional<Consumer>& slowest);
  [[nodiscard]] std::uint64_t last_version(std::int64_t stream);
  void erase(std::int64_t stream, std::uint64_t from, std::uint64_t before);
  std::int64_t change() {
    if (change_ == 0) change_ = announce_life_change(database_);
    return change_;
  }

  EventFiles& files_;
  sqlite::Database& database_;
  UtcTime now_;
  std::uint64_t budget_;
  Compacted done_;
  std::int64_t change_ = 0;  ///< the number of this round's change; 0: nothing changed yet
};

Compacted Compaction::run() {
  retain();
  struct Work {
    std::int64_t stream;
    std::uint64_t from, before;
  };
  std::vector<Work> work;
  // What is archived goes first, with the file that it lies in: not here.
  auto rows = database_.statement(
      "SELECT stream_id, erased_before, truncated_before FROM lives "
      "WHERE erased_before < truncated_before AND NOT EXISTS (SELECT 1 FROM archived_streams AS a "
      "WHERE a.stream_id = lives.stream_id AND a.version >= erased_before AND a.position <= ?1) "
      "LIMIT ?2");
  rows.bind_all(files_.archived(), erasures_max);
  while (rows.next()) {
    work.push_back({rows.integer(0), read_number(rows, 1), read_number(rows, 2)});
  }
  for (const auto& [stream, from, before] : work) {
    if (budget_ == 0) {
      done_.more = true;
      break;
    }
    erase(stream, from, before);
  }
  done_.more = done_.more || work.size() == erasures_max;
  return done_;
}

/// Raises what is truncated to what retention says; so many streams a round, in turn.
void Compaction::retain() {
  auto cursor = database_.statement("SELECT value FROM meta WHERE name = 'retention_cursor'");
  const auto after = cursor.next() ? cursor.integer(0) : 0;
  cursor.reset();
  std::vector<Retained> streams;
  auto rows = database_.statement(
      "SELECT stream_id, truncated_before, count_max, age_max FROM lives "
      "WHERE (count_max > 0 OR age_max > 0) AND stream_id > ?1 ORDER BY stream_id LIMIT ?2");
  rows.bind_all(after, retentions_max);
  while (rows.next()) {
    auto& stream = streams.emplace_back();
    stream.stream = rows.integer(0);
    stream.truncated_before = read_number(rows, 1);
    if (!rows.is_null(2)) stream.count_max = read_number(rows, 2);
    if (!rows.is_null(3)) stream.age_max = rows.integer(3);
  }
  rows.reset();
  if (streams.empty() && after == 0) return;
  const auto slowest = slowest_consumer(database_);
  for (const auto& stream : streams) retain(stream, slowest);
  done_.more = streams.size() == retentions_max;
  database_.statement("INSERT OR REPLACE INTO meta(name, value) VALUES('retention_cursor', ?1)")
      .bind(1, done_.more ? streams.back().stream : 0)
      .run();
}

void Compaction::retain(const Retained& stream, const std::optional<Consumer>& slowest) {
  const auto version = last_version(stream.stream);
  auto before = stream.truncated_before;
  if (stream.count_max && version > *stream.count_max) {
    before = std::max(before, version - *stream.count_max + 1);
  }
  const StreamVersions kept{.stream_id = stream.stream,
                            .versions = {.low = stream.truncated_before, .high = version}};
  if (stream.age_max) {
    before = std::max(before, first_version(files_, kept, Along::recorded_at,
                                            oldest_kept(now_, *stream.age_max)));
  }
  if (slowest && before > stream.truncated_before) {
    const auto handled =
        first_version(files_, kept, Along::position,
                      static_cast<std::int64_t>(slowest->checkpoint.position.value()) + 1);
    if (handled < before) done_.waits_for = slowest->name;
    before = std::min(before, handled);
  }
  if (before <= stream.truncated_before) return;
  database_.statement("UPDATE lives SET truncated_before = ?2, change = ?3 WHERE stream_id = ?1")
      .bind_all(stream.stream, before, change())
      .run();
}

std::uint64_t Compaction::last_version(std::int64_t stream) {
  auto select = database_.statement(
      "SELECT coalesce((SELECT max(version) FROM events WHERE stream_id = ?1), "
      "(SELECT max(version) FROM archived_streams WHERE stream_id = ?1))");
  return select.bind(1, stream).next() ? read_number(select, 0) : 0;
}

void Compaction::erase(std::int64_t stream, std::uint64_t from, std::uint64_t before) {
  auto select = database_.statement(
      "SELECT position, data FROM events WHERE stream_id = ?1 AND version = ?2");
  auto update =
      database_.statement("UPDATE events SET data_digest = ?2, data = NULL WHERE position = ?1");
  auto version = from;
  for (; version < before && budget_ > 0; ++version, --budget_) {
    if (!select.bind_all(stream, version).next() || select.is_null(1)) {
      select.reset();
      continue;
    }
    const auto position = select.integer(0);
    done_.data_bytes += select.blob(1).size();
    const auto digest = security::digest(select.blob(1));
    select.reset();
    update.bind_all(position, as_blob(digest)).run();
    ++done_.events;
  }
  database_.statement("UPDATE lives SET erased_before = ?2, change = ?3 WHERE stream_id = ?1")
      .bind_all(stream, version, change())
      .run();
  done_.more = done_.more || version < before;
}

}  // namespace

Changed change_life(LogWriter& writer, const LifeCycleChange& change) {
  if (auto bad = find_flaw(change)) return Unexpected<LifeCycleError>(*std::move(bad));
  LifeChange at_work(writer, change);
  return std::visit(at_work, change.what);
}

Compacted compact_round(LogWriter& writer, std::uint64_t events_max) {
  return Compaction(writer, events_max).run();
}

std::optional<Retention> find_retention(sqlite::Database& database, const StreamId& stream) {
  auto row = database.statement(
      "SELECT count_max, age_max FROM lives JOIN streams ON id = stream_id "
      "WHERE name = ?1 AND (count_max > 0 OR age_max > 0)");
  if (!row.bind(1, std::string_view(stream.name())).next()) return std::nullopt;
  Retention retention{.stream = stream};
  if (!row.is_null(0)) retention.count_max = read_number(row, 0);
  if (!row.is_null(1)) retention.age_max = Micros(row.integer(1));
  return retention;
}

std::vector<Skipped> find_skipped(sqlite::Database& database, Position after, std::uint64_t limit) {
  std::vector<Skipped> found;
  if (after.value() > INT64_MAX) return found;
  auto rows = database.statement(
      "SELECT position, who, reason, skipped_at FROM skips WHERE position > ?1 "
      "ORDER BY position LIMIT ?2");
  rows.bind_all(after.value(), std::min<std::uint64_t>(limit, INT64_MAX));
  while (rows.next()) {
    found.push_back({.position = Position(read_number(rows, 0)),
                     .who = std::string(rows.text(1)),
                     .reason = std::string(rows.text(2)),
                     .skipped_at = UtcTime::from_micros(rows.integer(3))});
  }
  return found;
}

}  // namespace tidemark::store
