#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "tidemark/store/integrity_keys.hpp"
#include "tidemark/store/integrity_log.hpp"

namespace tidemark::store {

/// Keeps the tree over an engine's log, issues checkpoints of it and proves events by them. Appends
/// wait for its few rows only. Safe from any thread, with an `IntegrityLog` for each.
class IntegrityWork {
 public:
  /// The log as somebody sees it.
  struct View {
    IntegrityLog& log;
    Position high_water;
    UtcTime now;
  };
  /// `checkpoint_every`: positions between the checkpoints of upkeep, 0 for none. `keys` must
  /// outlive it.
  IntegrityWork(const StoreId& store, std::uint64_t checkpoint_every, const IntegrityKeys& keys)
      : store_(store), checkpoint_every_(checkpoint_every), keys_(keys) {}

  /// Whether a round may find something to do: costs nothing.
  [[nodiscard]] bool is_due(Position high_water) const {
    return high_water.value() >= next_due_.load(std::memory_order_relaxed);
  }
  /// One bounded piece of work, and whether there was any: a part of the tree, or a checkpoint.
  bool round(const View& view);
  /// As `StoreEngine::issue_checkpoint`.
  IssuedCheckpoint issue(const View& view);
  /// As `StoreEngine::prove`.
  static std::optional<InclusionProof> prove(IntegrityLog& log, Position position);

 private:
  static bool grow(const View& view);
  IssuedCheckpoint make(const View& view);

  const StoreId store_;
  const std::uint64_t checkpoint_every_;
  const IntegrityKeys& keys_;
  std::atomic<std::uint64_t> next_due_{1};  ///< the high-water mark with which a round has work
};

}  // namespace tidemark::store
