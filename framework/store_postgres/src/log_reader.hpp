#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include "store_names.hpp"

#include "connection_pool.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store_postgres {

/// Answers questions about the log, over the connections of a pool. Safe from any thread.
///
/// Reads go by pages: memory is needed for one event, no snapshot is held for longer than a page,
/// and a connection that is lost costs no event and repeats none.
class LogReader {
 public:
  /// `pool` must outlive it.
  explicit LogReader(ConnectionPool& pool) : pool_(pool) {}

  /// The end of the log, committed and on disk, by whichever process; `known` is.
  Checkpoint end(Position known);
  /// Positions above `end` are not shown.
  ReadEnd read(const ReadQuery& query, Position end, const Visitor& visit);
  ReadEnd read_stream(const StreamQuery& query, UtcTime now, const Visitor& visit);
  std::optional<RecordedEvent> find_event(const EventId& id);
  std::optional<Appended> find_append(const AppendId& id, UtcTime now);
  /// The first position up to `end` recorded at or after `recorded_at`, or one past `end`.
  Position position_at(UtcTime recorded_at, Position end);
  std::optional<ChainHash> chain_at(Position position);
  StreamState stream_state(const StreamId& stream, UtcTime now);
  std::vector<StreamInfo> streams(const std::string& category, const std::string& after,
                                  std::uint64_t limit);
  std::optional<std::string> property(const std::string& name);
  std::optional<std::uint32_t> find_schema(const std::string& type, const std::string& fingerprint);

 private:
  /// Positions to look at, both ends included; empty when `low` is above `high`.
  struct Range {
    std::uint64_t low = 1;
    std::uint64_t high = 0;
  };
  struct Scan;
  /// One row at a time of a statement, see `walk`.
  struct Walk;
  [[nodiscard]] static Range range_of(const ReadQuery& query, Position end);
  void read_matching(Scan& scan, const std::string& sql,
                     const std::function<void(postgres::Parameters&)>& add_rest);
  void read_filtered(Scan& scan);
  void read_stretch(Scan& scan, Range stretch);
  [[nodiscard]] std::vector<Range> next_stretches(const Scan& scan);
  void walk(Walk& walk);

  ConnectionPool& pool_;
};

}  // namespace tidemark::store_postgres
