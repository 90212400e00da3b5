#pragma once

#include <atomic>
#include <functional>

#include "integrity_note.hpp"
#include "log_reader.hpp"
#include "log_writer.hpp"

namespace tidemark::store {

/// Keeps the tree over the log, issues checkpoints of it and proves events by them. Computes on a
/// reading connection; appends wait for its few rows only. Safe from any thread, with a reader for
/// each.
class Integrity {
 public:
  /// Runs a task in a write transaction, as `SqliteStoreEngine::run`.
  using Run = std::function<void(std::function<void(LogWriter&)>)>;
  /// The log as somebody sees it.
  struct View {
    LogReader& reader;
    Position high_water;
    UtcTime now;
  };
  /// `checkpoint_every`: positions between the checkpoints of upkeep, 0 for none. `keys` must
  /// outlive it.
  Integrity(const StoreId& store, std::uint64_t checkpoint_every, const IntegrityKeys& keys)
      : store_(store), checkpoint_every_(checkpoint_every), keys_(keys) {}

  /// Whether a round may find something to do: costs nothing.
  [[nodiscard]] bool is_due(Position high_water) const {
    return high_water.value() >= next_due_.load(std::memory_order_relaxed);
  }
  /// One bounded piece of work, and whether there was any: a part of the tree, or a checkpoint.
  bool round(const View& log, const Run& run);
  /// As `StoreEngine::issue_checkpoint`.
  IssuedCheckpoint issue(const View& log, const Run& run);
  /// As `StoreEngine::prove`.
  static std::optional<InclusionProof> prove(LogReader& reader, Position position);

 private:
  bool grow(const View& log, const Run& run);
  IssuedCheckpoint make(const View& log);

  const StoreId store_;
  const std::uint64_t checkpoint_every_;
  const IntegrityKeys& keys_;
  std::atomic<std::uint64_t> next_due_{1};  ///< the high-water mark with which a round has work
};

}  // namespace tidemark::store
