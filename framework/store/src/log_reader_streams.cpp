#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "log_reader.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t limit_max = 1'000'000;
/// A read of fewer versions than this goes to the log at once.
constexpr std::uint64_t chunks_worth_while = 64;

std::string stream_sql(std::string_view order_by) {
  return fmt::format(
      "SELECT {} FROM events WHERE stream_id = ?1 AND version BETWEEN ?2 AND ?3 ORDER BY version "
      "{}",
      event_columns, order_by);
}

}  // namespace

std::string_view stored_stream_sql() {
  static const auto sql = stream_sql("ASC");
  return sql;
}

/// What a read of one stream needs to know before it begins.
struct LogReader::StreamRow {
  std::int64_t id = 0;
  StreamState state;
};

std::optional<LogReader::StreamRow> LogReader::stream_row(std::string_view name, UtcTime now) {
  auto select = database_.statement(
      "SELECT id, (SELECT max(version) FROM events WHERE stream_id = id), gone, deleted_through, "
      "truncated_before, count_max, age_max FROM streams LEFT JOIN lives ON stream_id = id "
      "WHERE name = ?1");
  if (!select.bind(1, name).next()) return std::nullopt;
  const KnownStream known{.id = select.integer(0),
                          .version = StreamVersion(read_number(select, 1)),
                          .deleted_through = StreamVersion(read_number(select, 3)),
                          .gone = select.integer(2) != 0};
  auto state = known.state();
  if (select.is_null(2)) return StreamRow{.id = known.id, .state = state};
  auto first = std::max(known.deleted_through.value() + 1, read_number(select, 4));
  if (!select.is_null(5)) {
    const auto kept = read_number(select, 5);
    const auto version = known.version.value();
    first = std::max(first, version > kept ? version - kept + 1 : 1);
  }
  if (!select.is_null(6)) {
    first = std::max(first, first_recorded(known, now.micros() - select.integer(6)));
  }
  state.first = StreamVersion(first);
  return StreamRow{.id = known.id, .state = state};
}

/// The first version recorded at or after `recorded_at`: times never fall along the versions.
std::uint64_t LogReader::first_recorded(const KnownStream& stream, std::int64_t recorded_at) {
  auto select =
      database_.statement("SELECT recorded_at FROM events WHERE stream_id = ?1 AND version = ?2");
  std::uint64_t low = 1;
  std::uint64_t high = stream.version.value() + 1;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const bool before =
        select.bind_all(stream.id, middle).next() && select.integer(0) < recorded_at;
    select.reset();
    (before ? low : high) = before ? middle + 1 : middle;
  }
  return low;
}

StreamState LogReader::stream_state(const StreamId& stream, UtcTime now) {
  auto row = stream_row(stream.name(), now);
  if (!row) return {};
  mask_.refresh(database_);
  row->state.skips = mask_.skips_of(row->id);
  return row->state;
}

/// One read of a stream at work.
struct LogReader::StreamScan {
  const StreamQuery& query;
  const Visitor& visit;
  std::int64_t stream_id = 0;
  std::uint64_t next = 1;  ///< forward: the first version that was not looked at
  ReadEnd result = {};
  bool stopped = false;

  /// Shows an event; false when that was the last to show.
  bool show(const EventView& event) {
    ++result.returned;
    result.scanned = event.metadata.position;
    next = event.metadata.version.value() + 1;
    stopped = !visit(event) || result.returned >= query.limit;
    return !stopped;
  }
};

ReadEnd LogReader::read_stream(const StreamQuery& query, UtcTime now, const Visitor& visit) {
  TIDEMARK_ASSERT(query.limit >= 1 && query.limit <= limit_max, "limit is 1 to 1,000,000");
  const auto stream = stream_row(query.stream.name(), now);
  if (!stream) return {.at_end = true};
  mask_.refresh(database_);
  StreamScan scan{.query = query, .visit = visit, .stream_id = stream->id};
  const auto first = stream->state.first.value();
  const auto last = stream->state.version.value();
  if (query.direction == Direction::forward) {
    scan.next = std::max(first, query.from.value_or(StreamVersion()).value());
    if (scan.next + chunks_worth_while <= last && query.limit >= chunks_worth_while &&
        side_through() != Position()) {
      read_chunks(scan);
    }
    if (!scan.stopped) read_versions(scan, scan.next, INT64_MAX);
    scan.result.at_end = !scan.stopped || scan.next > last;
  } else {
    const auto from = query.from.value_or(StreamVersion(INT64_MAX)).value();
    read_versions(scan, first, from);
    scan.result.at_end = !scan.stopped || scan.next <= first + 1;
  }
  return scan.result;
}

/// From the log. False: it was stopped.
bool LogReader::read_versions(StreamScan& scan, std::uint64_t from, std::uint64_t to) {
  static const auto sql_backward = stream_sql("DESC");
  const bool forward = scan.query.direction == Direction::forward;
  auto rows = database_.statement(forward ? stored_stream_sql() : std::string_view(sql_backward));
  rows.bind_all(scan.stream_id, from, to);
  while (rows.next()) {
    if (!scan.show(event_in(rows))) return false;
  }
  return true;
}

/// From the side store, as far as it goes, and from the log what is between its chunks.
void LogReader::read_chunks(StreamScan& scan) {
  side_->chunks(scan.stream_id, scan.next, [&](const SideReader::Chunk& chunk) {
    if (chunk.first > scan.next && !read_versions(scan, scan.next, chunk.first - 1)) return false;
    auto version = chunk.first;
    read_chunk(chunk.bytes, [&](EventView& event, std::int64_t type_id) {
      event.metadata.version = StreamVersion(version++);
      if (event.metadata.version.value() < scan.next) return true;
      event.metadata.stream = scan.query.stream.name();
      event.type = names_.type(type_id);
      mask_.apply(event, scan.stream_id);
      return scan.show(event);
    });
    return !scan.stopped;
  });
}

std::vector<StreamInfo> LogReader::streams(const std::string& category, const std::string& after,
                                           std::uint64_t limit) {
  // The names of a category are one range: '.' follows '-'.
  const auto first = category.empty() ? std::string() : category + "-";
  const auto behind = category.empty() ? std::string() : category + ".";
  auto rows = database_.statement(
      "SELECT name, (SELECT max(version) FROM events WHERE stream_id = streams.id), "
      "(SELECT position FROM events WHERE stream_id = streams.id ORDER BY version DESC LIMIT 1), "
      "deleted_through, gone FROM streams LEFT JOIN lives ON stream_id = id WHERE name > ?1 AND "
      "(?2 = '' OR name < ?2) ORDER BY name LIMIT ?3");
  rows.bind_all(std::string_view(std::max(first, after)), std::string_view(behind),
                std::min<std::uint64_t>(limit, limit_max));
  std::vector<StreamInfo> found;
  while (rows.next()) {
    const auto stream = StreamId::parse(rows.text(0));
    if (!stream) continue;
    const KnownStream known{.version = StreamVersion(read_number(rows, 1)),
                            .deleted_through = StreamVersion(read_number(rows, 3)),
                            .gone = rows.integer(4) != 0};
    found.push_back({.stream = *stream,
                     .version = known.version,
                     .last_position = Position(read_number(rows, 2)),
                     .deletion = known.state().deletion});
  }
  return found;
}

}  // namespace tidemark::store
