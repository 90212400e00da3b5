#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "log_reader.hpp"
#include "side_file.hpp"

namespace tidemark::store {

/// Keeps the side store: it follows the log and holds what finds events faster, events by
/// correlation id and pieces of streams in which their events lie together. All of it can be lost:
/// it comes anew. It costs appends nothing, because it is a file of its own and comes after them.
///
/// One thread at a time.
class SideWriter {
 public:
  SideWriter(sqlite::Database side, const StoreId& store_id);

  /// Follows the log by a bounded piece, at most to `end`; whether there was something to do.
  /// Another process at the same work makes it do nothing.
  bool round(LogReader& log, Position end);
  /// How far it has come, as far as it knows.
  [[nodiscard]] Position through() const { return through_; }

 private:
  /// What was seen of a stream in this round.
  using Touched = std::map<std::int64_t, std::uint64_t>;
  SideState follow(LogReader& log);
  bool forget_hidden(LogReader& log, SideState& state);
  void take_events(LogReader& log, Position end, SideState& state);
  void pack(LogReader& log, std::int64_t stream, std::uint64_t version);
  [[nodiscard]] std::uint64_t tail_of(std::int64_t stream);
  void put_tail(std::int64_t stream, std::uint64_t next);

  sqlite::Database side_;
  const StoreId store_id_;
  Position through_;
};

}  // namespace tidemark::store
