#pragma once

#include <vector>

#include "merkle.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::store {

/// How far the stored tree goes.
struct MerkleExtent {
  std::uint64_t blocks = 0;  ///< without gaps
  std::uint64_t nodes = 0;   ///< of all levels
};

/// What an engine keeps to prove its log.
class IntegrityTables : public MerkleStorage {
 public:
  virtual MerkleExtent extent() = 0;
  /// The first checkpoint at or behind `position`.
  virtual std::optional<IssuedCheckpoint> checkpoint_from(Position position) = 0;
  /// Newest first.
  virtual std::vector<IssuedCheckpoint> newest_checkpoints(std::uint64_t limit) = 0;
  std::optional<IssuedCheckpoint> newest_checkpoint();

  std::uint64_t stored_blocks() override { return extent().blocks; }
};

/// The tables `merkle` and `checkpoints` of a file. One thread at a time; `database` must outlive
/// it.
class SqliteIntegrityTables final : public IntegrityTables {
 public:
  explicit SqliteIntegrityTables(sqlite::Database& database) : database_(database) {}

  std::uint64_t stored_blocks() override;
  MerkleExtent extent() override;
  std::optional<MerkleHash> stored_node(unsigned level, std::uint64_t number) override;
  void visit_chains(Position first, Position last,
                    const std::function<void(const ChainHash&)>& visit) override;
  std::optional<IssuedCheckpoint> checkpoint_from(Position position) override;
  std::vector<IssuedCheckpoint> newest_checkpoints(std::uint64_t limit) override;

  /// In a write transaction. What is stored already stays: it is the same.
  void put_nodes(const std::vector<MerkleNode>& nodes);
  /// In a write transaction, over one at the same position.
  void put_checkpoint(const IssuedCheckpoint& checkpoint);

 private:
  sqlite::Database& database_;
};

}  // namespace tidemark::store
