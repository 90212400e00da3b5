#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reader_names.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// The columns that `read_event` reads, in its order.
constexpr std::string_view event_columns =
    "position, stream_id, version, type_id, schema, event_id, append_id, event_time, recorded_at, "
    "ingested_at, correlation_id, causation_id, traceparent, tenant, extra, data";
/// The number of those columns: what a query selects beyond them follows here.
constexpr int event_column_count = 16;

/// The event in the row that `row` came to. A view into SQLite's memory and into `names`.
EventView read_event(const sqlite::Statement& row, ReaderNames& names);

/// One connection that answers questions about the log. One thread at a time.
///
/// Positions above `end` are never shown: the caller says how far readers may see.
class LogReader {
 public:
  explicit LogReader(sqlite::Database database)
      : database_(std::move(database)), names_(database_) {}
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  [[nodiscard]] sqlite::Database& database() { return database_; }
  [[nodiscard]] ReaderNames& names() { return names_; }

  /// The last position that is committed, by whichever process.
  Position last_position();
  ReadEnd read(const ReadQuery& query, Position end, const Visitor& visit);
  ReadEnd read_stream(const StreamQuery& query, const Visitor& visit);
  std::optional<RecordedEvent> find_event(const EventId& id);
  /// The first position up to `end` recorded at or after `recorded_at`, or one past `end`.
  Position position_at(UtcTime recorded_at, Position end);
  std::optional<ChainHash> chain_at(Position position);
  StreamVersion stream_version(const StreamId& stream);
  std::vector<StreamInfo> streams(const std::string& category, const std::string& after,
                                  std::uint64_t limit);
  std::optional<std::string> property(const std::string& name);

 private:
  struct Range;
  struct Filter;
  [[nodiscard]] static Range range_of(const ReadQuery& query, Position end);
  [[nodiscard]] std::optional<Filter> filter_of(const ReadQuery& query);
  [[nodiscard]] std::optional<std::int64_t> id_of(std::string_view sql, std::string_view name);
  [[nodiscard]] sqlite::Statement scan(const ReadQuery& query, const Range& range,
                                       const Filter& filter);
  ReadEnd read_correlated(const ReadQuery& query, Position end, const Visitor& visit);

  sqlite::Database database_;
  ReaderNames names_;
};

}  // namespace tidemark::store
