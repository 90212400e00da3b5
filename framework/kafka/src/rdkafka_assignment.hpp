#pragma once

#include <map>
#include <set>
#include <vector>

#include "rdkafka_handles.hpp"
#include "rdkafka_topics.hpp"
#include "tidemark/kafka/consumer.hpp"

namespace tidemark::kafka::rd {

/// The partitions of one consumer: which are ours, which are read, which are to go.
///
/// librdkafka's assignment holds a partition from `start` on only. When the group gives partitions,
/// nothing is assigned yet; so nothing can be read before its owner says from where.
class PartitionAssignment {
 public:
  explicit PartitionAssignment(rd_kafka_t& client, bool is_in_group)
      : client_(client), is_in_group_(is_in_group), topics_(client) {}

  /// The group gave `partitions`.
  void give(const std::vector<TopicPartition>& partitions);
  /// The group wants `partitions` back: they are read no longer, and wait for `release`.
  void revoke(const std::vector<TopicPartition>& partitions);
  void release(const std::vector<TopicPartition>& partitions);
  /// Gives up `partitions` at once.
  void drop(const std::vector<TopicPartition>& partitions);
  /// Gives up at once what waits for `release`, and answers with it.
  std::vector<TopicPartition> drop_revoked();

  void start(const TopicPartition& partition, StartAt start);
  /// librdkafka stopped to read the partition: the next `start` has to begin anew.
  void stopped(const TopicPartition& partition) { stopped_.insert(partition); }
  void pause(const std::vector<TopicPartition>& partitions);
  void resume(const std::vector<TopicPartition>& partitions);
  /// Whether its records are for the owner.
  [[nodiscard]] bool is_read(const TopicPartition& partition) const {
    return started_.contains(partition) && !revoked_.contains(partition);
  }

 private:
  void assign(const TopicPartition& partition, std::int64_t offset);
  bool seek(const TopicPartition& partition, std::int64_t offset);
  void unassign(const std::vector<TopicPartition>& partitions);
  void finish_revocation();

  rd_kafka_t& client_;
  const bool is_in_group_;

  Topics topics_;
  std::set<TopicPartition> given_;
  std::set<TopicPartition> started_;  ///< librdkafka's assignment
  std::set<TopicPartition> stopped_;  ///< of `started_`: librdkafka reads them no longer
  std::set<TopicPartition> paused_;
  std::set<TopicPartition> revoked_;     ///< of one rebalance, until all of them are released
  std::set<TopicPartition> unreleased_;  ///< of `revoked_`
  std::map<TopicPartition, StartAt> postponed_;
};

}  // namespace tidemark::kafka::rd
