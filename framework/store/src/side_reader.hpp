#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "side_file.hpp"
#include "stream_chunk.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {

/// Of an event in a sum over all that have a correlation id, whatever their order.
std::uint64_t correlation_weight(std::string_view id, Position position);

/// Reads the side store, for one reading connection of the log. What it does not have, or not yet,
/// the log has: its user asks there. One thread at a time.
class SideReader {
 public:
  /// The chain of the log at a position, to compare.
  using ChainAt = std::function<std::optional<ChainHash>(Position)>;

  /// `damaged` is set when the side store turns out to be damaged; all must outlive it.
  SideReader(const SqliteStoreOptions& options, const StoreId& store_id,
             std::atomic<bool>& damaged);

  /// How far the side store follows this log now; 0 when there is none that does.
  Position through(const ChainAt& chain_at);

  /// Positions of events with that correlation id from `low` to `high`, in that direction, at most
  /// `limit`. Only up to `through`. None when the side store turns out to be of no use.
  struct Positions {
    std::uint64_t low, high;
    Direction direction;
    std::uint64_t limit;
  };
  std::optional<std::vector<std::uint64_t>> correlated(std::string_view id, const Positions& which);

  /// The sum of `correlation_weight` over what it has up to `through`. None when nobody uses it: it
  /// follows another log by now, or is not free; and when it becomes `unwanted`. Throws `Failure`
  /// "store.corrupt" when it is damaged.
  std::optional<std::uint64_t> correlations(Position through, const std::atomic<bool>& unwanted);
  /// What it says is wrong: it has to be made anew.
  void condemn();

  /// One chunk: the versions in it, and its bytes, which end with the call.
  struct Chunk {
    std::uint64_t first, last;
    std::string_view bytes;
  };
  /// Visits the chunks of a stream that hold versions from `version` on, in order, until the
  /// visitor answers false, or the side store turns out to be of no use.
  void chunks(std::int64_t stream_id, std::uint64_t version,
              const std::function<bool(const Chunk&)>& visit);

 private:
  [[nodiscard]] bool open();
  void close();
  /// After a failure of the side store's own; one of somebody else is thrown on.
  void give_up(const Failure& failure);

  const SqliteStoreOptions* options_;
  StoreId store_id_;
  std::atomic<bool>* damaged_;
  std::optional<sqlite::Database> side_;
  std::uint64_t calls_ = 0;     ///< while there is no side store
  std::uint64_t next_try_ = 0;  ///< the call at which to look for one
  std::int64_t data_version_ = -1;
  Position through_;
};

}  // namespace tidemark::store
