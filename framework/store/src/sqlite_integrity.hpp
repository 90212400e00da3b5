#pragma once

#include <functional>
#include <vector>

#include "log_reader.hpp"
#include "log_writer.hpp"
#include "tidemark/store/integrity_log.hpp"

namespace tidemark::store {

/// The tables `merkle` and `checkpoints` of a log. `files` must outlive it.
class SqliteIntegrityTables final : public IntegrityTables {
 public:
  explicit SqliteIntegrityTables(EventFiles& files) : files_(files), database_(files.log()) {}

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
  EventFiles& files_;
  sqlite::Database& database_;
};

/// The log of a file: reads on one connection, and writes by the engine's queue.
class SqliteIntegrityLog final : public IntegrityLog {
 public:
  /// Runs a task in a write transaction, as `SqliteStoreEngine::run`.
  using Run = std::function<void(std::function<void(LogWriter&)>)>;
  /// `reader` must outlive it. Without `run` it is for reading.
  explicit SqliteIntegrityLog(LogReader& reader, Run run = nullptr)
      : reader_(reader), tables_(reader.files()), run_(std::move(run)) {}

  IntegrityTables& tables() override { return tables_; }
  std::optional<ChainHash> chain_at(Position position) override {
    return reader_.chain_at(position);
  }
  void stored_event(Position position,
                    const std::function<void(const StoredEvent&)>& visit) override;
  void put_nodes(const std::vector<MerkleNode>& nodes) override;
  IssuedCheckpoint put_checkpoint(const IssuedCheckpoint& made, const MayStay& may_stay) override;

 private:
  LogReader& reader_;
  SqliteIntegrityTables tables_;
  const Run run_;
};

}  // namespace tidemark::store
