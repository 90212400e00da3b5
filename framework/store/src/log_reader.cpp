#include "log_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t limit_max = 1'000'000;

bool matches(const ReadQuery& query, const EventView& event) {
  if (query.category && event.metadata.category() != *query.category) return false;
  return query.types.empty() ||
         std::find(query.types.begin(), query.types.end(), event.type) != query.types.end();
}

std::string_view order(Direction direction) {
  return direction == Direction::forward ? "ASC" : "DESC";
}

}  // namespace

EventView read_event(const sqlite::Statement& row, ReaderNames& names) {
  EventView event;
  auto& metadata = event.metadata;
  metadata.position = Position(read_number(row, 0));
  metadata.stream = names.stream(row.integer(1));
  metadata.version = StreamVersion(read_number(row, 2));
  event.type = names.type(row.integer(3));
  event.schema = static_cast<std::uint32_t>(row.integer(4));
  metadata.event_id = read_id<EventId>(row, 5);
  metadata.append_id = read_id<AppendId>(row, 6);
  metadata.event_time = UtcTime::from_micros(row.integer(7));
  metadata.recorded_at = UtcTime::from_micros(row.integer(8));
  if (!row.is_null(9)) metadata.ingested_at = UtcTime::from_micros(row.integer(9));
  metadata.correlation_id = row.text(10);
  metadata.causation_id = row.text(11);
  metadata.traceparent = row.text(12);
  metadata.tenant = row.text(13);
  metadata.extra = row.blob(14);
  event.tombstone = row.is_null(15);
  if (!event.tombstone) event.data = row.blob(15);
  return event;
}

/// Positions to look at, both ends included; empty when `low` is above `high`.
struct LogReader::Range {
  std::uint64_t low = 1;
  std::uint64_t high = 0;
};

/// The filters of a query as the numbers that the file has for their names.
struct LogReader::Filter {
  std::optional<std::int64_t> category_id;
  std::vector<std::int64_t> type_ids;
};

Position LogReader::last_position() {
  auto select = database_.statement("SELECT max(position) FROM events");
  select.next();
  return Position(read_number(select, 0));
}

LogReader::Range LogReader::range_of(const ReadQuery& query, Position end) {
  if (query.direction == Direction::forward) {
    return {.low = std::max<std::uint64_t>(1, query.from.value_or(Position()).value()),
            .high = end.value()};
  }
  return {.low = 1, .high = std::min(end.value(), query.from.value_or(end).value())};
}

ReadEnd LogReader::read(const ReadQuery& query, Position end, const Visitor& visit) {
  TIDEMARK_ASSERT(query.limit >= 1 && query.limit <= limit_max, "limit is 1 to 1,000,000");
  TIDEMARK_ASSERT(query.scan_max >= 1, "a read may look at one event at least");
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
  if (const auto filter = filter_of(query)) {
    auto rows = scan(query, range, *filter);
    while (rows.next()) {
      const auto event = read_event(rows, names_);
      ++result.returned;
      if (visit(event) && result.returned < query.limit) continue;
      result.scanned = event.metadata.position;
      break;
    }
  }
  result.at_end = result.scanned == (forward ? end : Position(1));
  return result;
}

std::optional<std::int64_t> LogReader::id_of(std::string_view sql, std::string_view name) {
  auto select = database_.statement(sql);
  if (!select.bind(1, name).next()) return std::nullopt;
  return select.integer(0);
}

/// None when a name is unknown to the file, so that no event can match.
std::optional<LogReader::Filter> LogReader::filter_of(const ReadQuery& query) {
  Filter filter;
  if (query.category) {
    filter.category_id = id_of("SELECT id FROM categories WHERE name = ?1", *query.category);
    if (!filter.category_id) return std::nullopt;
  }
  for (const auto& type : query.types) {
    const auto id = id_of("SELECT id FROM types WHERE name = ?1", type);
    if (id) filter.type_ids.push_back(*id);
  }
  if (!query.types.empty() && filter.type_ids.empty()) return std::nullopt;
  return filter;
}

sqlite::Statement LogReader::scan(const ReadQuery& query, const Range& range,
                                  const Filter& filter) {
  auto type_ids = filter.type_ids;
  auto sql = fmt::format("SELECT {} FROM events WHERE position BETWEEN ?1 AND ?2", event_columns);
  if (filter.category_id) sql += " AND category_id = ?3";
  if (!type_ids.empty()) {
    // Padded to a power of two with the last one, so that there are few different texts to prepare.
    std::size_t places = 1;
    while (places < type_ids.size()) places *= 2;
    type_ids.resize(places, type_ids.back());
    sql += " AND type_id IN (";
    for (std::size_t at = 0; at < places; ++at) sql += fmt::format("{}?{}", at ? "," : "", at + 4);
    sql += ")";
  }
  sql += fmt::format(" ORDER BY position {}", order(query.direction));
  auto rows = database_.statement(sql);
  rows.bind_all(range.low, range.high);
  if (filter.category_id) rows.bind(3, *filter.category_id);
  for (std::size_t at = 0; at < type_ids.size(); ++at) {
    rows.bind(static_cast<int>(at) + 4, type_ids[at]);
  }
  return rows;
}

ReadEnd LogReader::read_correlated(const ReadQuery& query, Position end, const Visitor& visit) {
  const bool forward = query.direction == Direction::forward;
  const auto range = range_of(query, end);
  ReadEnd result{.scanned = Position(forward ? range.high : range.low)};
  auto rows = database_.statement(
      fmt::format("SELECT {} FROM events INDEXED BY events_by_correlation "
                  "WHERE correlation_id = ?1 AND position BETWEEN ?2 AND ?3 ORDER BY position {}",
                  event_columns, order(query.direction)));
  rows.bind_all(std::string_view(*query.correlation_id), range.low, range.high);
  for (std::uint64_t looked_at = 1; rows.next(); ++looked_at) {
    const auto event = read_event(rows, names_);
    bool more = looked_at < query.scan_max;
    if (matches(query, event)) {
      ++result.returned;
      more = visit(event) && more && result.returned < query.limit;
    }
    if (more) continue;
    result.scanned = event.metadata.position;
    break;
  }
  result.at_end = result.scanned == (forward ? end : Position(1));
  return result;
}

ReadEnd LogReader::read_stream(const StreamQuery& query, const Visitor& visit) {
  TIDEMARK_ASSERT(query.limit >= 1 && query.limit <= limit_max, "limit is 1 to 1,000,000");
  // One statement: each one by itself costs the file locks of a transaction.
  static const auto sql = [](std::string_view compare, std::string_view order_by) {
    return fmt::format(
        "SELECT {} FROM events WHERE stream_id = (SELECT id FROM streams WHERE name = ?1) "
        "AND version {} ?2 ORDER BY version {}",
        event_columns, compare, order_by);
  };
  static const auto sql_forward = sql(">=", "ASC");
  static const auto sql_backward = sql("<=", "DESC");
  const bool forward = query.direction == Direction::forward;
  constexpr auto newest = StreamVersion(INT64_MAX);
  auto rows = database_.statement(forward ? sql_forward : sql_backward);
  rows.bind_all(std::string_view(query.stream.name()),
                query.from.value_or(forward ? StreamVersion() : newest).value());
  ReadEnd result{.at_end = true};
  while (rows.next()) {
    const auto event = read_event(rows, names_);
    ++result.returned;
    result.scanned = event.metadata.position;
    if (visit(event) && result.returned < query.limit) continue;
    result.at_end = !rows.next();
    break;
  }
  return result;
}

std::optional<RecordedEvent> LogReader::find_event(const EventId& id) {
  auto row =
      database_.statement(fmt::format("SELECT {} FROM events WHERE event_id = ?1", event_columns));
  if (!row.bind(1, as_blob(id)).next()) return std::nullopt;
  return RecordedEvent(read_event(row, names_));
}

Position LogReader::position_at(UtcTime recorded_at, Position end) {
  auto select = database_.statement("SELECT recorded_at FROM events WHERE position = ?1");
  std::uint64_t low = 1;
  std::uint64_t high = end.value() + 1;
  while (low < high) {  // the answer is in [low, high]: recorded_at never falls
    const auto middle = low + (high - low) / 2;
    if (!select.bind(1, middle).next()) {
      throw Failure({.code = "store.corrupt",
                     .message = fmt::format("there is no event at position {}", middle),
                     .hint = "run verify; restore the file from a backup"});
    }
    const bool before = select.integer(0) < recorded_at.micros();
    select.reset();
    (before ? low : high) = before ? middle + 1 : middle;
  }
  return Position(low);
}

std::optional<ChainHash> LogReader::chain_at(Position position) {
  if (position == Position()) return ChainHash{};
  auto select = database_.statement("SELECT chain FROM events WHERE position = ?1");
  if (!select.bind(1, position.value()).next()) return std::nullopt;
  return read_hash(select, 0);
}

StreamVersion LogReader::stream_version(const StreamId& stream) {
  auto select = database_.statement(
      "SELECT (SELECT max(version) FROM events WHERE stream_id = streams.id) FROM streams "
      "WHERE name = ?1");
  return select.bind(1, std::string_view(stream.name())).next()
             ? StreamVersion(read_number(select, 0))
             : StreamVersion();
}

std::vector<StreamInfo> LogReader::streams(const std::string& category, const std::string& after,
                                           std::uint64_t limit) {
  // The names of a category are one range: '.' follows '-'.
  const auto first = category.empty() ? std::string() : category + "-";
  const auto behind = category.empty() ? std::string() : category + ".";
  auto rows = database_.statement(
      "SELECT name, (SELECT max(version) FROM events WHERE stream_id = streams.id), "
      "(SELECT position FROM events WHERE stream_id = streams.id ORDER BY version DESC LIMIT 1) "
      "FROM streams WHERE name > ?1 AND (?2 = '' OR name < ?2) ORDER BY name LIMIT ?3");
  rows.bind_all(std::string_view(std::max(first, after)), std::string_view(behind),
                std::min<std::uint64_t>(limit, limit_max));
  std::vector<StreamInfo> found;
  while (rows.next()) {
    const auto stream = StreamId::parse(rows.text(0));
    if (!stream) continue;
    found.push_back({.stream = *stream,
                     .version = StreamVersion(read_number(rows, 1)),
                     .last_position = Position(read_number(rows, 2))});
  }
  return found;
}

std::optional<std::string> LogReader::property(const std::string& name) {
  auto select = database_.statement("SELECT value FROM properties WHERE name = ?1");
  if (!select.bind(1, std::string_view(name)).next()) return std::nullopt;
  return std::string(select.blob(0));
}

}  // namespace tidemark::store
