#include "log_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "log_cache.hpp"
#include "position_cursor.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t limit_max = 1'000'000;

bool matches(const ReadQuery& query, const EventView& event) {
  if (query.correlation_id && event.metadata.correlation_id != *query.correlation_id) return false;
  if (query.category && event.metadata.category() != *query.category) return false;
  return query.types.empty() ||
         std::find(query.types.begin(), query.types.end(), event.type) != query.types.end();
}

std::string_view order(Direction direction) {
  return direction == Direction::forward ? "ASC" : "DESC";
}

const std::string& event_at_sql() {
  static const auto sql = fmt::format("SELECT {} FROM events WHERE position = ?1", event_columns);
  return sql;
}

[[noreturn]] void fail_missing(std::uint64_t position) {
  throw Failure({.code = "store.corrupt",
                 .message = fmt::format("there is no event at position {}", position),
                 .hint = "run verify; restore the file from a backup"});
}

[[noreturn]] void fail_missing(const PositionRange& among) {
  throw Failure({.code = "store.corrupt",
                 .message = fmt::format("events are missing among the positions {} to {}",
                                        among.low, among.high),
                 .hint = "run verify; restore the file from a backup"});
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

/// The filters of a query as the numbers that the file has for their names.
struct LogReader::Filter {
  std::optional<std::int64_t> category_id;
  std::vector<std::int64_t> type_ids;
  std::optional<std::string_view> correlation_id;

  [[nodiscard]] bool takes_all() const {
    return !category_id && type_ids.empty() && !correlation_id;
  }
};

/// One read at work.
struct LogReader::Scan {
  const ReadQuery& query;
  const Visitor& visit;
  Range range;                  ///< what is still to be looked at
  std::uint64_t looked_at = 0;  ///< events, of the `scan_max` that may be
  ReadEnd result = {};
  bool stopped = false;  ///< by the visitor or the limit, at `result.scanned`

  [[nodiscard]] bool forward() const { return query.direction == Direction::forward; }
  [[nodiscard]] bool is_over() const { return stopped || range.low > range.high; }
  /// Everything up to `position` (backward: down to it) was looked at.
  void pass(std::uint64_t position) {
    result.scanned = Position(position);
    if (forward()) range.low = position + 1;
    if (!forward()) range.high = position - 1;
  }
  /// Shows an event; false when that was the last to show.
  bool show(const EventView& event) {
    // A conversation is found by its id alone.
    if (query.correlation_id && !meets_any(query.criteria, event)) return true;
    ++result.returned;
    if (visit(event) && result.returned < query.limit) return true;
    pass(event.metadata.position.value());
    stopped = true;
    return false;
  }
};

EventView LogReader::event_in(const sqlite::Statement& row) {
  auto event = read_event(row, names_);
  mask_.apply(event, row.integer(1));
  return event;
}

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
  Scan scan{.query = query, .visit = visit, .range = range_of(query, end)};
  if (scan.range.low > scan.range.high) return {.at_end = true};
  const LogMoment moment(files_);
  mask_.refresh(database_, files_.changes());
  if (const auto filter = filter_of(query); !filter) {
    scan.pass(scan.forward() ? scan.range.high : scan.range.low);
  } else if (query.correlation_id) {
    read_correlated(scan, *filter);
  } else if (!query.criteria.empty()) {
    read_criteria(scan);
  } else {
    read_filtered(scan, *filter);
  }
  scan.result.at_end = scan.result.scanned == (scan.forward() ? end : Position(1));
  return scan.result;
}

/// None when a name is unknown to the file, so that no event can match.
std::optional<LogReader::Filter> LogReader::filter_of(const ReadQuery& query) {
  Filter filter;
  if (query.category) {
    auto select = database_.statement("SELECT id FROM categories WHERE name = ?1");
    if (!select.bind(1, std::string_view(*query.category)).next()) return std::nullopt;
    filter.category_id = select.integer(0);
  }
  filter.type_ids = type_ids(database_, query.types);
  if (!query.types.empty() && filter.type_ids.empty()) return std::nullopt;
  if (query.correlation_id) filter.correlation_id = *query.correlation_id;
  return filter;
}

sqlite::Statement LogReader::select(sqlite::Database& file, const Range& range,
                                    const Filter& filter, Direction direction) {
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
  const auto next_place = static_cast<int>(type_ids.size()) + 4;
  if (filter.correlation_id) sql += fmt::format(" AND correlation_id = ?{}", next_place);
  sql += fmt::format(" ORDER BY position {}", order(direction));
  auto rows = file.statement(sql);
  rows.bind_all(range.low, range.high);
  if (filter.category_id) rows.bind(3, *filter.category_id);
  for (std::size_t at = 0; at < type_ids.size(); ++at) {
    rows.bind(static_cast<int>(at) + 4, type_ids[at]);
  }
  if (filter.correlation_id) rows.bind(next_place, *filter.correlation_id);
  return rows;
}

/// The next positions to look at: all that are left, or the next block that has what is looked for.
std::optional<LogReader::Range> LogReader::next_stretch(Scan& scan, const Filter& filter) {
  const auto direction = scan.query.direction;
  const auto left = scan.range;
  auto stretch = left;
  if (filter.category_id || !filter.type_ids.empty()) {
    std::optional block = block_of(Position(scan.forward() ? left.low : left.high));
    for (bool agreed = false; block && !agreed;) {
      const auto before = block;
      if (!filter.type_ids.empty()) {
        block = next_type_block(database_, filter.type_ids, *block, direction);
      }
      if (block && filter.category_id) {
        block = next_category_block(database_, *filter.category_id, *block, direction);
      }
      agreed = block == before;
    }
    if (!block) return std::nullopt;
    stretch.low = std::max(left.low, *block * block_size + 1);
    stretch.high = std::min(left.high, (*block + 1) * block_size);
    if (stretch.low > stretch.high) return std::nullopt;
  }
  // Positions have no gaps: a bounded range is a bounded number of events.
  const auto budget = scan.query.scan_max - scan.looked_at;
  if (stretch.high - stretch.low >= budget) {
    if (scan.forward()) stretch.high = stretch.low + budget - 1;
    if (!scan.forward()) stretch.low = stretch.high - budget + 1;
  }
  return files_.clip(stretch, direction);
}

void LogReader::read_filtered(Scan& scan, const Filter& filter) {
  const auto rest = scan.range;
  while (!scan.is_over() && scan.looked_at < scan.query.scan_max) {
    const auto stretch = next_stretch(scan, filter);
    if (!stretch) return scan.pass(scan.forward() ? rest.high : rest.low);
    const auto file = files_.holding(stretch->low);
    auto rows = select(*file, *stretch, filter, scan.query.direction);
    const auto returned = scan.result.returned;
    while (!scan.stopped && rows.next()) scan.show(event_in(rows));
    if (!scan.stopped) scan.pass(scan.forward() ? stretch->high : stretch->low);
    const auto end = scan.result.scanned.value();
    const auto passed = scan.forward() ? end - stretch->low + 1 : stretch->high - end + 1;
    if (filter.takes_all() && scan.result.returned - returned != passed) fail_missing(*stretch);
    if (scan.stopped) return;
    scan.looked_at += passed;
  }
}

Position LogReader::side_through() {
  if (!side_) return {};
  return side_->through([this](Position position) { return chain_at(position); });
}

/// What the side store knows comes from there; the rest is looked through.
void LogReader::read_correlated(Scan& scan, const Filter& filter) {
  const auto through = side_through();
  if (scan.forward() && through.value() >= scan.range.low)
    read_correlated_side(scan, filter, through);
  if (scan.is_over() || scan.looked_at >= scan.query.scan_max) return;
  auto rest = scan.range;
  if (!scan.forward()) rest.low = std::max(rest.low, through.value() + 1);
  if (rest.low <= rest.high) {
    const auto low = std::exchange(scan.range.low, rest.low);
    read_filtered(scan, filter);
    if (!scan.forward()) scan.range.low = low;
  }
  if (scan.forward() || scan.is_over() || scan.looked_at >= scan.query.scan_max) return;
  read_correlated_side(scan, filter, through);
}

void LogReader::read_correlated_side(Scan& scan, const Filter& filter, Position through) {
  const auto high = std::min(scan.range.high, through.value());
  const auto low = scan.range.low;
  EventRows rows(files_, event_at_sql());
  constexpr std::uint64_t page = 1000;
  for (bool more = true; more;) {
    const auto found =
        side_->correlated(*scan.query.correlation_id,
                          {.low = scan.forward() ? scan.range.low : low,
                           .high = scan.forward() ? high : std::min(high, scan.range.high),
                           .direction = scan.query.direction,
                           .limit = page});
    if (!found) return read_filtered(scan, filter);
    for (const auto position : *found) {
      const auto* row = rows.find(position);
      if (row == nullptr) fail_missing(position);
      const auto event = event_in(*row);
      if (matches(scan.query, event) && !scan.show(event)) return;
      scan.pass(position);
      if (++scan.looked_at >= scan.query.scan_max) return;
    }
    more = found->size() == page;
  }
  scan.pass(scan.forward() ? high : low);
}

void LogReader::read_criteria(Scan& scan) {
  const auto range = scan.range;
  const auto cursor =
      criteria_cursor(files_, scan.query.criteria, scan.query.direction, range.high);
  EventRows rows(files_, event_at_sql());
  while (!scan.is_over()) {
    const auto found = cursor->seek(scan.forward() ? scan.range.low : scan.range.high);
    if (!found || *found > range.high || *found < range.low) break;
    const auto* row = rows.find(*found);
    if (row == nullptr) fail_missing(*found);
    const auto event = event_in(*row);
    if (matches(scan.query, event) && !scan.show(event)) return;
    scan.pass(*found);
    if (++scan.looked_at >= scan.query.scan_max) return;
  }
  scan.pass(scan.forward() ? range.high : range.low);
}

std::optional<RecordedEvent> LogReader::find_event(const EventId& id) {
  static const auto sql = fmt::format("SELECT {} FROM events WHERE event_id = ?1", event_columns);
  const LogMoment moment(files_);
  mask_.refresh(database_, files_.changes());
  const auto file = files_.holding(id);
  if (!file) return std::nullopt;
  auto row = file->statement(sql);
  if (!row.bind(1, as_blob(id)).next()) return std::nullopt;
  return RecordedEvent(event_in(row));
}

Position LogReader::position_at(UtcTime recorded_at, Position end) {
  const LogMoment moment(files_);
  // The answer is in [low, high]: recorded_at never falls. Which archive it is in, is known.
  std::uint64_t low = 1;
  std::uint64_t high = end.value() + 1;
  for (const auto& archive : files_.archives()) {
    if (archive.recorded_last >= recorded_at) {
      high = std::min(high, archive.last);
      break;
    }
    low = std::min(high, archive.last + 1);
  }
  EventRows rows(files_, "SELECT recorded_at FROM events WHERE position = ?1");
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto* row = rows.find(middle);
    if (row == nullptr) fail_missing(middle);
    const bool before = row->integer(0) < recorded_at.micros();
    (before ? low : high) = before ? middle + 1 : middle;
  }
  return Position(low);
}

std::optional<ChainHash> LogReader::chain_at(Position position) {
  if (position == Position()) return ChainHash{};
  if (position.value() > INT64_MAX) return std::nullopt;
  constexpr std::string_view sql = "SELECT chain FROM events WHERE position = ?1";
  if (position.value() > files_.archived()) {
    auto select = database_.statement(sql);
    if (select.bind(1, position.value()).next()) return read_hash(select, 0);
  }
  // Events leave the log for an archive only, so that a later look finds it there.
  const LogMoment moment(files_);
  if (position.value() > files_.archived()) return std::nullopt;
  EventRows rows(files_, sql);
  const auto* row = rows.find(position.value());
  if (row == nullptr) fail_missing(position.value());
  return read_hash(*row, 0);
}

std::optional<std::string> LogReader::property(const std::string& name) {
  auto select = database_.statement("SELECT value FROM properties WHERE name = ?1");
  if (!select.bind(1, std::string_view(name)).next()) return std::nullopt;
  return std::string(select.blob(0));
}

}  // namespace tidemark::store
