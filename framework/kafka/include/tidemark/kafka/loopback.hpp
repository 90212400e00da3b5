#pragma once

#include <memory>

#include "tidemark/base/clock.hpp"
#include "tidemark/kafka/broker.hpp"

namespace tidemark::kafka {

/// A broker inside the process with the semantics of the real one (partitions, groups with
/// cooperative rebalancing, transactions, fencing, read_committed, compaction on demand), for tests
/// and simulation only: it holds nothing durable. It passes the contract suite of the real one.
///
/// Deterministic: it never draws randomness, starts no thread, and takes time from `clock`, which
/// must outlive it. Safe from any thread.
class LoopbackBroker : public Broker {
 public:
  static std::unique_ptr<LoopbackBroker> create(const Clock& clock);

  /// Every call to the broker then answers `pending`, or nothing, as a broker that is down does.
  virtual void set_down(bool down) = 0;
  /// All records of a topic partition a `read_committed` reader would get, for checkers.
  virtual std::vector<ConsumerRecord> committed(const TopicPartition& partition) = 0;
  /// Puts the same record in again behind the newest: a producer outside that sent twice.
  virtual void duplicate_last(const TopicPartition& partition) = 0;
  /// Cuts everything below `offset`, as retention does.
  virtual void truncate_before(const TopicPartition& partition, std::int64_t offset) = 0;
  /// Keeps the newest committed record of each key, tombstones too, at its offset: log compaction.
  virtual void compact(const TopicPartition& partition) = 0;
  /// What `Consumer::commit_copy` left with the group last, for checkers.
  virtual std::optional<std::int64_t> committed_copy(const std::string& group,
                                                     const TopicPartition& partition) = 0;
};

}  // namespace tidemark::kafka
