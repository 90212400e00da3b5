#pragma once

#include <map>
#include <string>
#include <vector>

#include "loopback_log.hpp"
#include "tidemark/kafka/broker.hpp"

namespace tidemark::kafka::loopback {

/// The topics of a loopback broker.
class Topics {
 public:
  /// Creates the topic unless it exists. A bad name or count throws "kafka.admin".
  void ensure(const TopicSpec& spec);
  [[nodiscard]] bool has(const std::string& topic) const { return topics_.contains(topic); }
  [[nodiscard]] TopicFacts facts(const std::string& topic) const;
  /// Every partition of a topic; none of an unknown one.
  [[nodiscard]] std::vector<TopicPartition> partitions(const std::string& topic) const;

  [[nodiscard]] PartitionLog* find(const TopicPartition& partition);
  [[nodiscard]] const PartitionLog* find(const TopicPartition& partition) const;
  /// Where `record` goes. Throws "kafka.unknown_topic" and "kafka.record_too_large".
  PartitionLog& route(const ProducerRecord& record);

 private:
  struct Topic {
    std::map<std::string, std::string> config;
    std::vector<PartitionLog> partitions;
    std::size_t record_bytes_max = 0;
  };
  std::map<std::string, Topic> topics_;
};

}  // namespace tidemark::kafka::loopback
