#include "log_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "columns.hpp"
#include "outcomes.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t limit_max = 1'000'000;
constexpr std::uint64_t page_size = 1000;

/// The columns that `read_event` reads, in its order, and where they come from.
constexpr std::string_view select_events =
    "SELECT e.position, s.name, e.version, t.name, e.schema, e.event_id, e.append_id, "
    "e.event_time, e.recorded_at, e.ingested_at, e.correlation_id, e.causation_id, e.traceparent, "
    "e.tenant, e.extra, e.data FROM events e JOIN streams s ON s.id = e.stream_id "
    "JOIN types t ON t.id = e.type_id";

/// The event in the first row.
EventView read_event(const postgres::Rows& row) {
  EventView event;
  auto& metadata = event.metadata;
  metadata.position = Position(read_number(row, 0, 0));
  metadata.stream = row.text(0, 1);
  metadata.version = StreamVersion(read_number(row, 0, 2));
  event.type = row.text(0, 3);
  event.schema = static_cast<std::uint32_t>(row.integer(0, 4));
  metadata.event_id = EventId(row.uuid(0, 5));
  metadata.append_id = AppendId(row.uuid(0, 6));
  metadata.event_time = UtcTime::from_micros(row.integer(0, 7));
  metadata.recorded_at = UtcTime::from_micros(row.integer(0, 8));
  if (!row.is_null(0, 9)) metadata.ingested_at = UtcTime::from_micros(row.integer(0, 9));
  metadata.correlation_id = row.text(0, 10);
  metadata.causation_id = row.text(0, 11);
  metadata.traceparent = row.text(0, 12);
  metadata.tenant = row.text(0, 13);
  metadata.extra = row.bytes(0, 14);
  event.tombstone = row.is_null(0, 15);
  if (!event.tombstone) event.data = row.bytes(0, 15);
  return event;
}

bool matches(const ReadQuery& query, const EventView& event) {
  if (query.category && event.metadata.category() != *query.category) return false;
  return query.types.empty() ||
         std::find(query.types.begin(), query.types.end(), event.type) != query.types.end();
}

/// Positions to look at, both ends included; empty when `low` is above `high`.
struct Range {
  std::uint64_t low = 1;
  std::uint64_t high = 0;
};

Range range_of(const ReadQuery& query, Position end) {
  if (query.direction == Direction::forward) {
    return {.low = std::max<std::uint64_t>(1, query.from.value_or(Position()).value()),
            .high = end.value()};
  }
  return {.low = 1, .high = std::min(end.value(), query.from.value_or(end).value())};
}

/// What stands before and behind the conditions of a statement that walks in that direction.
std::string walk_sql(std::string_view where, std::string_view key, Direction direction) {
  return fmt::format("{} WHERE {} ORDER BY e.{} {} LIMIT $3", select_events, where, key,
                     direction == Direction::forward ? "ASC" : "DESC");
}

/// One text for each direction.
struct WalkSql {
  WalkSql(std::string_view where, std::string_view key)
      : forward(walk_sql(where, key, Direction::forward)),
        backward(walk_sql(where, key, Direction::backward)) {}
  [[nodiscard]] const std::string& of(Direction direction) const {
    return direction == Direction::forward ? forward : backward;
  }
  std::string forward;
  std::string backward;
};

}  // namespace

/// Rows between `low` and `high`, which are $1 and $2 of the statement; $3 is how many at most.
struct LogReader::Walk {
  const std::string& sql;
  Direction direction = Direction::forward;
  std::uint64_t low = 1;  ///< moves on with every row, or `high` does
  std::uint64_t high = 0;
  std::uint64_t limit = 0;  ///< rows visited at most
  /// Adds what the statement has beyond $3.
  std::function<void(postgres::Parameters&)> add_rest;
  /// The number by which the statement is ordered.
  std::function<std::uint64_t(const EventView&)> key;
  Visitor visit;

  std::uint64_t visited = 0;
  bool stopped = false;  ///< by the visitor
  bool more = false;     ///< there was a row behind the last one visited
};

void LogReader::walk(Walk& walk) {
  std::exception_ptr thrown;
  const auto visit = [&](const postgres::Rows& row) {
    if (walk.stopped || walk.visited == walk.limit) {
      walk.more = true;
      return false;
    }
    const auto event = read_event(row);
    const auto key = walk.key(event);
    try {
      walk.stopped = !walk.visit(event);
    } catch (...) {
      thrown = std::current_exception();  // it is no failure of the connection
      return false;
    }
    ++walk.visited;
    (walk.direction == Direction::forward ? walk.low : walk.high) =
        walk.direction == Direction::forward ? key + 1 : key - 1;
    return true;
  };
  for (std::uint64_t rows = page_size; rows == page_size && !walk.more && !thrown;) {
    if (walk.low > walk.high) return;
    pool_.with([&](postgres::Connection& connection) {
      rows = 0;
      const auto wanted = std::min(page_size, walk.limit - walk.visited + 1);
      auto parameters = postgres::parameters(walk.low, walk.high, wanted);
      if (walk.add_rest) walk.add_rest(parameters);
      connection.each_row(walk.sql, parameters, [&](const postgres::Rows& row) {
        ++rows;
        return visit(row);
      });
    });
  }
  if (thrown) std::rethrow_exception(thrown);
}

Position LogReader::last_position() {
  return pool_.with([](postgres::Connection& connection) {
    return Position(read_number(connection.query("SELECT max(position) FROM events"), 0, 0));
  });
}

ReadEnd LogReader::read(const ReadQuery& query, Position end, const Visitor& visit) {
  TIDEMARK_ASSERT(query.limit >= 1 && query.limit <= limit_max, "limit is 1 to 1,000,000");
  TIDEMARK_ASSERT(query.scan_max >= 1, "a read may look at one event at least");
  static const WalkSql sql(
      "e.position BETWEEN $1 AND $2 "
      "AND ($4::text IS NULL OR e.category_id = (SELECT id FROM categories WHERE name = $4)) "
      "AND ($5::text[] IS NULL OR e.type_id = ANY(ARRAY(SELECT id FROM types WHERE name = "
      "ANY($5))))",
      "position");
  const bool forward = query.direction == Direction::forward;
  auto range = range_of(query, end);
  if (range.low > range.high) return {.at_end = true};
  if (query.correlation_id) return read_correlated(query, end, visit);
  // Positions have no gaps: a bounded range is a bounded number of events.
  if (range.high - range.low >= query.scan_max) {
    if (forward) range.high = range.low + query.scan_max - 1;
    if (!forward) range.low = range.high - query.scan_max + 1;
  }
  ReadEnd result{.scanned = Position(forward ? range.high : range.low)};
  Walk rows{.sql = sql.of(query.direction),
            .direction = query.direction,
            .low = range.low,
            .high = range.high,
            .limit = query.limit,
            .add_rest =
                [&](postgres::Parameters& parameters) {
                  parameters.add(query.category).add_text_array();
                  for (const auto& type : query.types) parameters.element(type);
                  if (query.types.empty()) parameters.make_null();
                },
            .key = [](const EventView& event) { return event.metadata.position.value(); },
            .visit = visit};
  walk(rows);
  result.returned = rows.visited;
  if (rows.stopped || rows.visited == query.limit) {
    result.scanned = Position(forward ? rows.low - 1 : rows.high + 1);
  }
  result.at_end = result.scanned == (forward ? end : Position(1));
  return result;
}

ReadEnd LogReader::read_correlated(const ReadQuery& query, Position end, const Visitor& visit) {
  static const WalkSql sql("e.correlation_id = $4::text AND e.position BETWEEN $1 AND $2",
                           "position");
  const bool forward = query.direction == Direction::forward;
  const auto range = range_of(query, end);
  ReadEnd result{.scanned = Position(forward ? range.high : range.low)};
  Walk rows{
      .sql = sql.of(query.direction),
      .direction = query.direction,
      .low = range.low,
      .high = range.high,
      .limit = query.scan_max,
      .add_rest = [&](postgres::Parameters& parameters) { parameters.add(*query.correlation_id); },
      .key = [](const EventView& event) { return event.metadata.position.value(); },
      .visit =
          [&](const EventView& event) {
            if (!matches(query, event)) return true;
            ++result.returned;
            return visit(event) && result.returned < query.limit;
          }};
  walk(rows);
  if (rows.stopped || rows.visited == query.scan_max) {
    result.scanned = Position(forward ? rows.low - 1 : rows.high + 1);
  }
  result.at_end = result.scanned == (forward ? end : Position(1));
  return result;
}

ReadEnd LogReader::read_stream(const StreamQuery& query, const Visitor& visit) {
  TIDEMARK_ASSERT(query.limit >= 1 && query.limit <= limit_max, "limit is 1 to 1,000,000");
  static const WalkSql sql(
      "e.stream_id = (SELECT id FROM streams WHERE name = $4::text) "
      "AND e.version BETWEEN $1 AND $2",
      "version");
  const bool forward = query.direction == Direction::forward;
  const auto from = query.from.value_or(forward ? StreamVersion() : StreamVersion(INT64_MAX));
  ReadEnd result;
  Walk rows{.sql = sql.of(query.direction),
            .direction = query.direction,
            .low = forward ? std::max<std::uint64_t>(1, from.value()) : 1,
            .high = forward ? INT64_MAX : std::min<std::uint64_t>(from.value(), INT64_MAX),
            .limit = query.limit,
            .add_rest =
                [&](postgres::Parameters& parameters) {
                  parameters.add(std::string_view(query.stream.name()));
                },
            .key = [](const EventView& event) { return event.metadata.version.value(); },
            .visit =
                [&](const EventView& event) {
                  result.scanned = event.metadata.position;
                  return visit(event);
                }};
  if (rows.low <= INT64_MAX) walk(rows);
  result.returned = rows.visited;
  result.at_end = !rows.more;
  return result;
}

std::optional<RecordedEvent> LogReader::find_event(const EventId& id) {
  static const auto sql = fmt::format("{} WHERE e.event_id = $1", select_events);
  return pool_.with([&](postgres::Connection& connection) -> std::optional<RecordedEvent> {
    const auto rows = connection.query(sql, postgres::parameters(id));
    if (rows.empty()) return std::nullopt;
    return RecordedEvent(read_event(rows));
  });
}

std::optional<Appended> LogReader::find_append(const AppendId& id, UtcTime now) {
  static const auto sql =
      fmt::format("SELECT {} FROM appends WHERE append_id = $1", outcome_columns);
  return pool_.with([&](postgres::Connection& connection) -> std::optional<Appended> {
    const auto rows = connection.query(sql, postgres::parameters(id));
    if (rows.empty()) return std::nullopt;
    return read_outcome(rows, 0, now);
  });
}

Position LogReader::position_at(UtcTime recorded_at, Position end) {
  return pool_.with([&](postgres::Connection& connection) {
    std::uint64_t low = 1;
    std::uint64_t high = end.value() + 1;
    while (low < high) {  // the answer is in [low, high]: recorded_at never falls
      const auto middle = low + (high - low) / 2;
      const auto rows = connection.query("SELECT recorded_at FROM events WHERE position = $1",
                                         postgres::parameters(middle));
      if (rows.empty()) {
        throw Failure({.code = "store.corrupt",
                       .message = fmt::format("there is no event at position {}", middle),
                       .hint = "run verify; restore the database from a backup"});
      }
      const bool before = rows.integer(0, 0) < recorded_at.micros();
      (before ? low : high) = before ? middle + 1 : middle;
    }
    return Position(low);
  });
}

std::optional<ChainHash> LogReader::chain_at(Position position) {
  if (position == Position()) return ChainHash{};
  if (position.value() > INT64_MAX) return std::nullopt;
  return pool_.with([&](postgres::Connection& connection) -> std::optional<ChainHash> {
    const auto rows = connection.query("SELECT chain FROM events WHERE position = $1",
                                       postgres::parameters(position.value()));
    if (rows.empty()) return std::nullopt;
    return read_hash(rows, 0, 0);
  });
}

StreamVersion LogReader::stream_version(const StreamId& stream) {
  return pool_.with([&](postgres::Connection& connection) {
    const auto rows = connection.query(
        "SELECT max(version) FROM events "
        "WHERE stream_id = (SELECT id FROM streams WHERE name = $1)",
        postgres::parameters(stream.name()));
    return StreamVersion(read_number(rows, 0, 0));
  });
}

std::vector<StreamInfo> LogReader::streams(const std::string& category, const std::string& after,
                                           std::uint64_t limit) {
  // The names of a category are one range: '.' follows '-'.
  const auto first = category.empty() ? std::string() : category + "-";
  const auto behind = category.empty() ? std::string() : category + ".";
  return pool_.with([&](postgres::Connection& connection) {
    const auto rows = connection.query(
        "SELECT s.name, e.version, e.position FROM streams s CROSS JOIN LATERAL "
        "(SELECT version, position FROM events WHERE stream_id = s.id ORDER BY version DESC LIMIT "
        "1)"
        " e WHERE s.name > $1 AND ($2 = '' OR s.name < $2) ORDER BY s.name LIMIT $3",
        postgres::parameters(std::max(first, after), behind, std::min(limit, limit_max)));
    std::vector<StreamInfo> found;
    for (int row = 0; row < rows.count(); ++row) {
      const auto stream = StreamId::parse(rows.text(row, 0));
      if (!stream) continue;
      found.push_back({.stream = *stream,
                       .version = StreamVersion(read_number(rows, row, 1)),
                       .last_position = Position(read_number(rows, row, 2))});
    }
    return found;
  });
}

std::optional<std::string> LogReader::property(const std::string& name) {
  return pool_.with([&](postgres::Connection& connection) -> std::optional<std::string> {
    const auto rows = connection.query("SELECT value FROM properties WHERE name = $1",
                                       postgres::parameters(name));
    if (rows.empty()) return std::nullopt;
    return std::string(rows.bytes(0, 0));
  });
}

std::optional<std::uint32_t> LogReader::find_schema(const std::string& type,
                                                    const std::string& fingerprint) {
  return pool_.with([&](postgres::Connection& connection) -> std::optional<std::uint32_t> {
    const auto rows = connection.query(
        "SELECT schema FROM schemas "
        "WHERE type_id = (SELECT id FROM types WHERE name = $1) AND fingerprint = $2",
        postgres::parameters(type, fingerprint));
    if (rows.empty()) return std::nullopt;
    return static_cast<std::uint32_t>(rows.integer(0, 0));
  });
}

}  // namespace tidemark::store
