#include "rdkafka_handles.hpp"

namespace tidemark::kafka::rd {

PartitionList to_list(const std::vector<TopicPartition>& partitions) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& partition : partitions)
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition);
  return list;
}

std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_t& list) {
  std::vector<TopicPartition> partitions;
  partitions.reserve(static_cast<std::size_t>(list.cnt));
  for (int index = 0; index < list.cnt; ++index)
    partitions.push_back({list.elems[index].topic, list.elems[index].partition});
  return partitions;
}

}  // namespace tidemark::kafka::rd
