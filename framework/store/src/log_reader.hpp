#pragma once

#include <optional>
#include <string>
#include <vector>

#include "event_files.hpp"
#include "life_mask.hpp"
#include "log_cache.hpp"
#include "reader_names.hpp"
#include "side_reader.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// The columns that `read_event` reads, in its order.
constexpr std::string_view event_columns =
    "position, stream_id, version, type_id, schema, event_id, append_id, event_time, recorded_at, "
    "ingested_at, correlation_id, causation_id, traceparent, tenant, extra, data";
/// The number of those columns: what a query selects beyond them follows here.
constexpr int event_column_count = 16;
/// The columns with the version, and with the number of the type.
constexpr int event_version_column = 2;
constexpr int event_type_column = 3;

/// The event in the row that `row` came to. A view into SQLite's memory and into `names`.
EventView read_event(const sqlite::Statement& row, ReaderNames& names);

/// One connection that answers questions about the log. One thread at a time.
///
/// Positions above `end` are never shown: the caller says how far readers may see.
class LogReader {
 public:
  /// Without a side store it answers the same, from the log alone.
  LogReader(sqlite::Database database, const SqliteStoreOptions& options,
            std::optional<SideReader> side = std::nullopt)
      : database_(std::move(database)),
        files_(database_, options),
        names_(database_),
        side_(std::move(side)) {}
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  [[nodiscard]] sqlite::Database& database() { return database_; }
  [[nodiscard]] EventFiles& files() { return files_; }
  [[nodiscard]] ReaderNames& names() { return names_; }

  /// The last position that is committed, by whichever process.
  Position last_position();
  ReadEnd read(const ReadQuery& query, Position end, const Visitor& visit);
  ReadEnd read_stream(const StreamQuery& query, UtcTime now, const Visitor& visit);
  std::optional<RecordedEvent> find_event(const EventId& id);
  /// The first position up to `end` recorded at or after `recorded_at`, or one past `end`.
  Position position_at(UtcTime recorded_at, Position end);
  std::optional<ChainHash> chain_at(Position position);
  /// `now`: what `Retention::age_max` counts from.
  StreamState stream_state(const StreamId& stream, UtcTime now);
  /// Visits the rows of a stream's versions `from` to `to` in that direction, as they are stored
  /// and with the columns of `read_event`, until the visitor answers false; whether it never did.
  bool stored_versions(std::int64_t stream_id, PositionRange versions, Direction direction,
                       const std::function<bool(const sqlite::Statement&)>& visit);
  std::vector<StreamInfo> streams(const std::string& category, const std::string& after,
                                  std::uint64_t limit);
  std::optional<std::string> property(const std::string& name);
  /// How far the side store follows this log; 0: there is none, or it cannot be read.
  [[nodiscard]] Position side_through();
  /// Null: it reads without one.
  [[nodiscard]] SideReader* side() { return side_ ? &*side_ : nullptr; }

 private:
  using Range = PositionRange;
  struct Filter;
  [[nodiscard]] static Range range_of(const ReadQuery& query, Position end);
  [[nodiscard]] std::optional<Filter> filter_of(const ReadQuery& query);
  struct Scan;
  [[nodiscard]] std::optional<Range> next_stretch(Scan& scan, const Filter& filter);
  [[nodiscard]] static sqlite::Statement select(sqlite::Database& file, const Range& range,
                                                const Filter& filter, Direction direction);
  void read_filtered(Scan& scan, const Filter& filter);
  void read_correlated(Scan& scan, const Filter& filter);
  void read_correlated_side(Scan& scan, const Filter& filter, Position through);
  void read_criteria(Scan& scan);
  struct StreamScan;
  bool read_versions(StreamScan& scan, std::uint64_t from, std::uint64_t to);
  void read_chunks(StreamScan& scan);
  [[nodiscard]] EventView event_in(const sqlite::Statement& row);
  struct StreamRow;
  [[nodiscard]] std::optional<StreamRow> stream_row(std::string_view name, UtcTime now);

  sqlite::Database database_;
  EventFiles files_;
  ReaderNames names_;
  LifeMask mask_;
  std::optional<SideReader> side_;
};

}  // namespace tidemark::store
