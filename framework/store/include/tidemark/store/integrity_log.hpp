#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "tidemark/store/merkle.hpp"
#include "tidemark/store/replica.hpp"

namespace tidemark::store {

/// How far the stored tree goes.
struct MerkleExtent {
  std::uint64_t blocks = 0;  ///< without gaps
  std::uint64_t nodes = 0;   ///< of all levels
};

/// What an engine keeps to prove its log. One thread at a time.
class IntegrityTables : public MerkleStorage {
 public:
  virtual MerkleExtent extent() = 0;
  /// The first checkpoint at or behind `position`.
  virtual std::optional<IssuedCheckpoint> checkpoint_from(Position position) = 0;
  /// Newest first.
  virtual std::vector<IssuedCheckpoint> newest_checkpoints(std::uint64_t limit) = 0;
  std::optional<IssuedCheckpoint> newest_checkpoint();
};

/// A log that is proved, with what is kept to prove it. One thread at a time.
class IntegrityLog {
 public:
  virtual ~IntegrityLog() = default;
  virtual IntegrityTables& tables() = 0;
  /// None when the log does not reach that far. Zeroes at position 0.
  virtual std::optional<ChainHash> chain_at(Position position) = 0;
  /// Visits the event at a position, as it is stored; nothing when there is none.
  virtual void stored_event(Position position,
                            const std::function<void(const StoredEvent&)>& visit) = 0;

  /// Stores subtrees in one commit. What is stored already stays: it is the same.
  virtual void put_nodes(const std::vector<MerkleNode>& nodes) = 0;
  /// Whether a checkpoint that is stored may stay where another one was made.
  using MayStay = std::function<bool(const IssuedCheckpoint& stored)>;
  /// In one commit: stores a checkpoint over one at its position, unless that may stay; answers
  /// with the one that is stored then. `may_stay` is called in that commit, and must own what it
  /// needs.
  virtual IssuedCheckpoint put_checkpoint(const IssuedCheckpoint& made,
                                          const MayStay& may_stay) = 0;
};

}  // namespace tidemark::store
