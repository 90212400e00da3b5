#pragma once

#include <optional>
#include <string>

#include "tidemark/store/integrity_keys.hpp"
#include "tidemark/store/integrity_log.hpp"

namespace tidemark::store {

/// Compares what an engine keeps to prove its log with the log, along a scan of it: the stored tree
/// and each checkpoint that was issued. Needs memory for one checkpoint and a hash for each bit of
/// the log's length.
class IntegrityCheck {
 public:
  /// All must outlive it.
  IntegrityCheck(IntegrityTables& tables, const StoreId& store, const IntegrityKeys& keys);

  /// The next event of the log.
  void add(const ChainHash& chain);
  /// When the scan came to its end, and the log goes on to `last`.
  void finish(Position last);

  [[nodiscard]] std::uint64_t checkpoints() const { return checkpoints_; }
  /// The first place where they differ.
  [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }

 private:
  template <typename Work>
  void reading(Work work);
  void report(Position position, std::string_view code, std::string message);
  void compare(const MerkleNode& node);
  void compare_checkpoint(const ChainHash& chain);
  void compare_end(Position last);
  void compare_note(const IssuedCheckpoint& issued);

  IntegrityTables& tables_;
  const StoreId store_;
  const IntegrityKeys& keys_;
  MerkleExtent extent_;
  MerkleFrontier tree_;
  std::optional<IssuedCheckpoint> next_;  ///< the one to come
  Position good_;                         ///< of the last checkpoint that held
  std::uint64_t checkpoints_ = 0;
  std::optional<Damage> damage_;
};

}  // namespace tidemark::store
