#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "log_reader.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"
#include "version_search.hpp"

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

/// What a read of one stream needs to know before it begins.
struct LogReader::StreamRow {
  std::int64_t id = 0;
  StreamState state;
};

std::optional<LogReader::StreamRow> LogReader::stream_row(std::string_view name, UtcTime now) {
  auto select = database_.statement(
      "SELECT id, coalesce((SELECT max(version) FROM events WHERE stream_id = id), "
      "(SELECT max(version) FROM archived_streams WHERE stream_id = id)), gone, deleted_through, "
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
    first = first_version(
        files_, {.stream_id = known.id, .versions = {.low = first, .high = known.version.value()}},
        Along::recorded_at, oldest_kept(now, select.integer(6)));
  }
  state.first = StreamVersion(first);
  return StreamRow{.id = known.id, .state = state};
}

StreamState LogReader::stream_state(const StreamId& stream, UtcTime now) {
  const LogMoment moment(files_);
  auto row = stream_row(stream.name(), now);
  if (!row) return {};
  mask_.refresh(database_, files_.changes());
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
  const LogMoment moment(files_);
  const auto stream = stream_row(query.stream.name(), now);
  if (!stream) return {.at_end = true};
  mask_.refresh(database_, files_.changes());
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
    const auto from = std::min(last, query.from.value_or(StreamVersion(INT64_MAX)).value());
    read_versions(scan, first, from);
    scan.result.at_end = !scan.stopped || scan.next <= first + 1;
  }
  return scan.result;
}

/// From the log and its archives. False: it was stopped.
bool LogReader::read_versions(StreamScan& scan, std::uint64_t from, std::uint64_t to) {
  return stored_versions(scan.stream_id, {.low = from, .high = to}, scan.query.direction,
                         [&](const sqlite::Statement& row) { return scan.show(event_in(row)); });
}

bool LogReader::stored_versions(std::int64_t stream_id, PositionRange versions, Direction direction,
                                const std::function<bool(const sqlite::Statement&)>& visit) {
  static const auto sql_forward = stream_sql("ASC");
  static const auto sql_backward = stream_sql("DESC");
  const bool forward = direction == Direction::forward;
  while (versions.low <= versions.high) {
    const auto piece = files_.holding(stream_id, forward ? versions.low : versions.high);
    auto rows = piece.file->statement(forward ? sql_forward : sql_backward);
    rows.bind_all(stream_id, versions.low, std::min(versions.high, piece.last));
    std::uint64_t visited = 0;
    while (rows.next()) {
      visited = read_number(rows, event_version_column);
      if (!visit(rows)) return false;
    }
    if (forward && piece.last >= versions.high) break;
    if (!forward && visited <= versions.low) break;
    if (forward) versions.low = piece.last + 1;
    if (!forward) versions.high = visited - 1;
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
  const auto behind = category + ".";
  auto rows = database_.statement(
      "SELECT name, coalesce((SELECT max(version) FROM events WHERE stream_id = streams.id), "
      "(SELECT max(version) FROM archived_streams WHERE stream_id = streams.id)), coalesce("
      "(SELECT position FROM events WHERE stream_id = streams.id ORDER BY version DESC LIMIT 1), "
      "(SELECT max(position) FROM archived_streams WHERE stream_id = streams.id)), "
      "deleted_through, gone FROM streams LEFT JOIN lives ON stream_id = id WHERE name > ?1 AND "
      "name < ?2 ORDER BY name LIMIT ?3");
  rows.bind(1, std::string_view(std::max(first, after)));
  if (category.empty()) {
    rows.bind(2, sqlite::Blob{});  // behind every text
  } else {
    rows.bind(2, std::string_view(behind));
  }
  rows.bind(3, std::min<std::uint64_t>(limit, limit_max));
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
