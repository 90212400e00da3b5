#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "connection_pool.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// Answers questions about the log, over the connections of a pool. Safe from any thread.
///
/// Reads go by pages: memory is needed for one event, no snapshot is held for longer than a page,
/// and a connection that is lost costs no event and repeats none.
class LogReader {
 public:
  /// `pool` must outlive it.
  explicit LogReader(ConnectionPool& pool) : pool_(pool) {}

  /// The last position that is committed, by whichever process.
  Position last_position();
  /// Positions above `end` are not shown.
  ReadEnd read(const ReadQuery& query, Position end, const Visitor& visit);
  ReadEnd read_stream(const StreamQuery& query, const Visitor& visit);
  std::optional<RecordedEvent> find_event(const EventId& id);
  std::optional<Appended> find_append(const AppendId& id, UtcTime now);
  /// The first position up to `end` recorded at or after `recorded_at`, or one past `end`.
  Position position_at(UtcTime recorded_at, Position end);
  std::optional<ChainHash> chain_at(Position position);
  StreamVersion stream_version(const StreamId& stream);
  std::vector<StreamInfo> streams(const std::string& category, const std::string& after,
                                  std::uint64_t limit);
  std::optional<std::string> property(const std::string& name);
  std::optional<std::uint32_t> find_schema(const std::string& type, const std::string& fingerprint);

 private:
  /// One row at a time of a statement, see `walk`.
  struct Walk;
  ReadEnd read_correlated(const ReadQuery& query, Position end, const Visitor& visit);
  void walk(Walk& walk);

  ConnectionPool& pool_;
};

}  // namespace tidemark::store
