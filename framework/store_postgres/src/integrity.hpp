#pragma once

#include <functional>
#include <optional>
#include <vector>
#include "store_names.hpp"

#include "connection_pool.hpp"
#include "log_reader.hpp"
#include "tidemark/store/integrity_log.hpp"

namespace tidemark::store_postgres {

/// The tables `merkle` and `checkpoints` of a schema. `pool` must outlive it.
class PostgresIntegrityTables final : public IntegrityTables {
 public:
  explicit PostgresIntegrityTables(ConnectionPool& pool) : pool_(pool) {}

  std::uint64_t stored_blocks() override { return extent().blocks; }
  MerkleExtent extent() override;
  std::optional<MerkleHash> stored_node(unsigned level, std::uint64_t number) override;
  void visit_chains(Position first, Position last,
                    const std::function<void(const ChainHash&)>& visit) override;
  std::optional<IssuedCheckpoint> checkpoint_from(Position position) override;
  std::vector<IssuedCheckpoint> newest_checkpoints(std::uint64_t limit) override;

 private:
  ConnectionPool& pool_;
};

/// The log of a schema. Both must outlive it.
class PostgresIntegrityLog final : public IntegrityLog {
 public:
  PostgresIntegrityLog(ConnectionPool& pool, LogReader& reader)
      : pool_(pool), reader_(reader), tables_(pool) {}

  IntegrityTables& tables() override { return tables_; }
  std::optional<ChainHash> chain_at(Position position) override {
    return reader_.chain_at(position);
  }
  void stored_event(Position position,
                    const std::function<void(const StoredEvent&)>& visit) override;
  void put_nodes(const std::vector<MerkleNode>& nodes) override;
  IssuedCheckpoint put_checkpoint(const IssuedCheckpoint& made, const MayStay& may_stay) override;

 private:
  ConnectionPool& pool_;
  LogReader& reader_;
  PostgresIntegrityTables tables_;
};

}  // namespace tidemark::store_postgres
