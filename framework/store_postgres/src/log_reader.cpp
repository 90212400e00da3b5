#include "log_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "columns.hpp"
#include "criteria.hpp"
#include "durability.hpp"
#include "log_facts.hpp"
#include "outcomes.hpp"
#include "stored_row.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::store_postgres {
namespace {

constexpr std::uint64_t limit_max = 1'000'000;
constexpr std::uint64_t page_size = 1000;
constexpr std::uint64_t blocks_max = 256;

/// Events as readers see them.
const std::string& select_events() {
  static const auto sql = fmt::format(
      "SELECT {}, CASE WHEN k.position IS NULL AND l.stream_id IS NULL THEN e.data END "
      "FROM events e JOIN streams s ON s.id = e.stream_id JOIN types t ON t.id = e.type_id "
      // What people hid and upkeep has not yet taken out.
      "LEFT JOIN lives l ON l.stream_id = e.stream_id AND e.version < l.truncated_before "
      "LEFT JOIN skips k ON k.position = e.position",
      event_columns);
  return sql;
}

/// The first version that reads of the stream of `l`, a row of `lives`, show at the time $`now`.
std::string first_version_sql(int now) {
  return fmt::format(
      "greatest(l.deleted_through + 1, l.truncated_before, "
      "CASE WHEN l.count_max IS NOT NULL THEN (SELECT max(v.version) FROM events v "
      "WHERE v.stream_id = l.stream_id) - l.count_max + 1 END, "
      "CASE WHEN l.age_max IS NOT NULL THEN coalesce((SELECT v.version FROM events v "
      "WHERE v.stream_id = l.stream_id AND v.version >= l.truncated_before "
      "AND v.recorded_at >= ${}::bigint - l.age_max ORDER BY v.version LIMIT 1), "
      "(SELECT max(v.version) + 1 FROM events v WHERE v.stream_id = l.stream_id)) END)",
      now);
}

bool matches(const ReadQuery& query, const EventView& event) {
  if (query.category && event.metadata.category() != *query.category) return false;
  // A conversation is found by its id alone.
  if (query.correlation_id && !store::meets_any(query.criteria, event)) return false;
  return query.types.empty() ||
         std::find(query.types.begin(), query.types.end(), event.type) != query.types.end();
}

void add_types(const ReadQuery& query, postgres::Parameters& parameters) {
  parameters.add_text_array();
  for (const auto& type : query.types) parameters.element(type);
  if (query.types.empty()) parameters.make_null();
}

/// What stands before and behind the conditions of a statement that walks in that direction.
std::string walk_sql(std::string_view where, std::string_view key, Direction direction) {
  return fmt::format("{} WHERE {} ORDER BY e.{} {} LIMIT $3", select_events(), where, key,
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

LogReader::Range LogReader::range_of(const ReadQuery& query, Position end) {
  if (query.direction == Direction::forward) {
    return {.low = std::max<std::uint64_t>(1, query.from.value_or(Position()).value()),
            .high = end.value()};
  }
  return {.low = 1, .high = std::min(end.value(), query.from.value_or(end).value())};
}

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
      // One more than the limit, which may be the highest number there is: is there another?
      const auto wanted = std::min(page_size - 1, walk.limit - walk.visited) + 1;
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

Checkpoint LogReader::end(Position known) {
  return pool_.with(
      [&](postgres::Connection& connection) { return durable_end(connection, known); });
}

/// One read at work.
struct LogReader::Scan {
  const ReadQuery& query;
  const Visitor& visit;
  Range range;                  ///< what is still to be looked at
  std::uint64_t looked_at = 0;  ///< events, of the `scan_max` that may be
  ReadEnd result = {};
  bool stopped = false;  ///< by the visitor or the limit, at `result.scanned`

  [[nodiscard]] bool forward() const { return query.direction == Direction::forward; }
  [[nodiscard]] bool is_over() const {
    return stopped || range.low > range.high || looked_at >= query.scan_max;
  }
  /// Everything up to `position` (backward: down to it) was looked at.
  void pass(std::uint64_t position) {
    result.scanned = Position(position);
    if (forward()) range.low = position + 1;
    if (!forward()) range.high = position - 1;
  }
  void pass_all() { pass(forward() ? range.high : range.low); }
  /// Shows an event; false when that was the last to show.
  bool show(const EventView& event) {
    ++result.returned;
    if (visit(event) && result.returned < query.limit) return true;
    pass(event.metadata.position.value());
    stopped = true;
    return false;
  }
};

ReadEnd LogReader::read(const ReadQuery& query, Position end, const Visitor& visit) {
  TIDEMARK_ASSERT(query.limit >= 1 && query.limit <= limit_max, "limit is 1 to 1,000,000");
  TIDEMARK_ASSERT(query.scan_max >= 1, "a read may look at one event at least");
  Scan scan{.query = query, .visit = visit, .range = range_of(query, end)};
  if (scan.range.low > scan.range.high) return {.at_end = true};
  if (query.correlation_id) {
    static const WalkSql sql("e.correlation_id = $4::text AND e.position BETWEEN $1 AND $2",
                             "position");
    read_matching(scan, sql.of(query.direction),
                  [&](auto& parameters) { parameters.add(*query.correlation_id); });
  } else if (!query.criteria.empty()) {
    const auto sql = fmt::format("{} WHERE e.position = ANY(ARRAY({})) ORDER BY e.position {}",
                                 select_events(), positions_sql(query.criteria, query.direction),
                                 scan.forward() ? "ASC" : "DESC");
    read_matching(scan, sql, [&](auto& parameters) { add_criteria(query.criteria, parameters); });
  } else {
    read_filtered(scan);
  }
  scan.result.at_end = scan.result.scanned == (scan.forward() ? end : Position(1));
  return scan.result;
}

/// Shows of the rows of a statement those that match the rest of the query.
void LogReader::read_matching(Scan& scan, const std::string& sql,
                              const std::function<void(postgres::Parameters&)>& add_rest) {
  const auto range = scan.range;
  Walk rows{
      .sql = sql,
      .direction = scan.query.direction,
      .low = range.low,
      .high = range.high,
      .limit = scan.query.scan_max,
      .add_rest = add_rest,
      .key = [](const EventView& event) { return event.metadata.position.value(); },
      .visit =
          [&](const EventView& event) { return !matches(scan.query, event) || scan.show(event); }};
  walk(rows);
  if (scan.stopped) return;
  if (rows.visited < scan.query.scan_max) return scan.pass_all();
  scan.pass(scan.forward() ? rows.low - 1 : rows.high + 1);
}

/// Stretches of what is left to look at, in the direction of the scan, that have what is looked
/// for; as many as one answer holds. None: there is none any more.
std::vector<LogReader::Range> LogReader::next_stretches(const Scan& scan) {
  if (!scan.query.category && scan.query.types.empty()) return {scan.range};
  static const auto sql = [](std::string_view order) {
    return fmt::format(
        "SELECT block FROM (SELECT DISTINCT block FROM type_blocks "
        "WHERE $5::text[] IS NOT NULL AND type_id = ANY(ARRAY(SELECT id FROM types "
        "WHERE name = ANY($5))) AND block BETWEEN $1 AND $2 UNION ALL "
        "SELECT block FROM category_blocks WHERE $5::text[] IS NULL AND category_id = "
        "(SELECT id FROM categories WHERE name = $4) AND block BETWEEN $1 AND $2) b "
        "WHERE $4::text IS NULL OR EXISTS (SELECT 1 FROM category_blocks c WHERE c.category_id = "
        "(SELECT id FROM categories WHERE name = $4) AND c.block = b.block) "
        "ORDER BY block {} LIMIT $3",
        order);
  };
  static const auto sql_forward = sql("ASC");
  static const auto sql_backward = sql("DESC");
  auto parameters =
      postgres::parameters(block_of(Position(scan.range.low)), block_of(Position(scan.range.high)),
                           blocks_max, scan.query.category);
  add_types(scan.query, parameters);
  const auto rows = pool_.with([&](postgres::Connection& connection) {
    return connection.query(scan.forward() ? sql_forward : sql_backward, parameters);
  });
  std::vector<Range> stretches;
  for (int row = 0; row < rows.count(); ++row) {
    const auto first = read_number(rows, row, 0) * block_size + 1;
    const Range block{.low = std::max(scan.range.low, first),
                      .high = std::min(scan.range.high, first + block_size - 1)};
    if (!stretches.empty() && stretches.back().high + 1 == block.low) {
      stretches.back().high = block.high;
    } else if (!stretches.empty() && block.high + 1 == stretches.back().low) {
      stretches.back().low = block.low;
    } else {
      stretches.push_back(block);
    }
  }
  return stretches;
}

void LogReader::read_filtered(Scan& scan) {
  while (!scan.is_over()) {
    const auto stretches = next_stretches(scan);
    if (stretches.empty()) return scan.pass_all();
    for (const auto& stretch : stretches) {
      if (scan.is_over()) return;
      read_stretch(scan, stretch);
    }
  }
}

void LogReader::read_stretch(Scan& scan, Range stretch) {
  static const WalkSql sql(
      "e.position BETWEEN $1 AND $2 "
      "AND ($4::text IS NULL OR e.category_id = (SELECT id FROM categories WHERE name = $4)) "
      "AND ($5::text[] IS NULL OR "
      "e.type_id = ANY(ARRAY(SELECT id FROM types WHERE name = ANY($5))))",
      "position");
  // Positions have no gaps: a bounded range is a bounded number of events.
  const auto budget = scan.query.scan_max - scan.looked_at;
  if (stretch.high - stretch.low >= budget) {
    if (scan.forward()) stretch.high = stretch.low + budget - 1;
    if (!scan.forward()) stretch.low = stretch.high - budget + 1;
  }
  Walk rows{.sql = sql.of(scan.query.direction),
            .direction = scan.query.direction,
            .low = stretch.low,
            .high = stretch.high,
            .limit = scan.query.limit - scan.result.returned,
            .add_rest =
                [&](postgres::Parameters& parameters) {
                  parameters.add(scan.query.category);
                  add_types(scan.query, parameters);
                },
            .key = [](const EventView& event) { return event.metadata.position.value(); },
            .visit = [&](const EventView& event) { return scan.show(event); }};
  walk(rows);
  if (scan.stopped) return;
  scan.looked_at += stretch.high - stretch.low + 1;
  scan.pass(scan.forward() ? stretch.high : stretch.low);
}

ReadEnd LogReader::read_stream(const StreamQuery& query, UtcTime now, const Visitor& visit) {
  TIDEMARK_ASSERT(query.limit >= 1 && query.limit <= limit_max, "limit is 1 to 1,000,000");
  static const WalkSql sql(
      fmt::format("e.stream_id = (SELECT id FROM streams WHERE name = $4::text) "
                  "AND e.version BETWEEN $1 AND $2 AND e.version >= coalesce((SELECT {} FROM "
                  "lives l JOIN streams n ON n.id = l.stream_id WHERE n.name = $4), 1)",
                  first_version_sql(5)),
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
                  parameters.add(std::string_view(query.stream.name())).add(now.micros());
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

StreamState LogReader::stream_state(const StreamId& stream, UtcTime now) {
  static const auto sql = fmt::format(
      "SELECT (SELECT max(version) FROM events WHERE stream_id = s.id), l.deleted_through, "
      "coalesce(l.gone, false), {}, (SELECT bit_xor(hashint8extended(k.position, 0)) FROM skips k "
      "JOIN events e USING (position) WHERE e.stream_id = s.id) FROM streams s LEFT JOIN lives l "
      "ON l.stream_id = s.id "
      "WHERE s.name = $1",
      first_version_sql(2));
  return pool_.with([&](postgres::Connection& connection) {
    const auto rows =
        connection.query(sql, postgres::parameters(std::string_view(stream.name()), now.micros()));
    if (rows.empty()) return StreamState();
    auto state = KnownStream{.version = StreamVersion(read_number(rows, 0, 0)),
                             .deleted_through = StreamVersion(read_number(rows, 0, 1)),
                             .gone = rows.boolean(0, 2)}
                     .state();
    if (!rows.is_null(0, 1)) state.first = StreamVersion(read_number(rows, 0, 3));
    if (!rows.is_null(0, 4)) state.skips = static_cast<std::uint64_t>(rows.integer(0, 4));
    return state;
  });
}

std::optional<RecordedEvent> LogReader::find_event(const EventId& id) {
  static const auto sql = fmt::format("{} WHERE e.event_id = $1", select_events());
  return pool_.with([&](postgres::Connection& connection) -> std::optional<RecordedEvent> {
    const auto rows = connection.query(sql, postgres::parameters(id));
    if (rows.empty()) return std::nullopt;
    return RecordedEvent(read_event(rows));
  });
}

std::optional<Appended> LogReader::find_append(const AppendId& id, UtcTime now) {
  static const auto sql =
      fmt::format("SELECT {} FROM appends WHERE append_id = $1", outcome_columns);
  const auto find = [&](postgres::Connection& connection) -> std::optional<Appended> {
    const auto rows = connection.query(sql, postgres::parameters(id));
    if (!rows.empty()) {
      if (auto outcome = read_outcome(rows, 0, now)) return outcome;
    }
    postgres::Parameters ids;
    ids.add_uuid_array().element(id.uuid());
    auto told = read_told(connection.query(told_sql(), ids));
    if (told.empty()) return std::nullopt;
    return std::move(told.begin()->second);
  };
  return pool_.with([&](postgres::Connection& connection) {
    auto found = find(connection);
    // Whoever asks takes it for an acknowledgement.
    if (found) make_durable(connection);
    return found;
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

std::vector<StreamInfo> LogReader::streams(const std::string& category, const std::string& after,
                                           std::uint64_t limit) {
  // The names of a category are one range: '.' follows '-'.
  const auto first = category.empty() ? std::string() : category + "-";
  const auto behind = category.empty() ? std::string() : category + ".";
  return pool_.with([&](postgres::Connection& connection) {
    const auto rows = connection.query(
        "SELECT s.name, e.version, e.position, l.deleted_through, coalesce(l.gone, false) "
        "FROM streams s LEFT JOIN lives l ON l.stream_id = s.id CROSS JOIN LATERAL "
        "(SELECT version, position FROM events WHERE stream_id = s.id ORDER BY version DESC LIMIT "
        "1)"
        " e WHERE s.name > $1 AND ($2 = '' OR s.name < $2) ORDER BY s.name LIMIT $3",
        postgres::parameters(std::max(first, after), behind, std::min(limit, limit_max)));
    std::vector<StreamInfo> found;
    for (int row = 0; row < rows.count(); ++row) {
      const auto stream = StreamId::parse(rows.text(row, 0));
      if (!stream) continue;
      const KnownStream known{.version = StreamVersion(read_number(rows, row, 1)),
                              .deleted_through = StreamVersion(read_number(rows, row, 3)),
                              .gone = rows.boolean(row, 4)};
      found.push_back({.stream = *stream,
                       .version = known.version,
                       .last_position = Position(read_number(rows, row, 2)),
                       .deletion = known.state().deletion});
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

}  // namespace tidemark::store_postgres
