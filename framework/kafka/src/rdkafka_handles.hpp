#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <vector>

#include "tidemark/kafka/record.hpp"

namespace tidemark::kafka::rd {

/// Gives each of librdkafka's objects back in its own way.
struct Destroy {
  void operator()(rd_kafka_t* client) const noexcept {
    // Without a word to the group: who wants to leave calls close(). A crash looks the same.
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
  void operator()(rd_kafka_conf_t* it) const noexcept { rd_kafka_conf_destroy(it); }
  void operator()(rd_kafka_error_t* it) const noexcept { rd_kafka_error_destroy(it); }
  void operator()(rd_kafka_message_t* it) const noexcept { rd_kafka_message_destroy(it); }
  void operator()(rd_kafka_headers_t* it) const noexcept { rd_kafka_headers_destroy(it); }
  void operator()(rd_kafka_queue_t* it) const noexcept { rd_kafka_queue_destroy(it); }
  void operator()(rd_kafka_event_t* it) const noexcept { rd_kafka_event_destroy(it); }
  void operator()(rd_kafka_topic_t* it) const noexcept { rd_kafka_topic_destroy(it); }
  void operator()(rd_kafka_NewTopic_t* it) const noexcept { rd_kafka_NewTopic_destroy(it); }
  void operator()(rd_kafka_AdminOptions_t* it) const noexcept { rd_kafka_AdminOptions_destroy(it); }
  void operator()(rd_kafka_ConfigResource_t* it) const noexcept {
    rd_kafka_ConfigResource_destroy(it);
  }
  void operator()(const rd_kafka_metadata_t* it) const noexcept { rd_kafka_metadata_destroy(it); }
  void operator()(rd_kafka_topic_partition_list_t* it) const noexcept {
    rd_kafka_topic_partition_list_destroy(it);
  }
};

template <typename T>
using Handle = std::unique_ptr<T, Destroy>;

using Client = Handle<rd_kafka_t>;
using Error = Handle<rd_kafka_error_t>;
using PartitionList = Handle<rd_kafka_topic_partition_list_t>;

PartitionList to_list(const std::vector<TopicPartition>& partitions);
std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_t& list);

}  // namespace tidemark::kafka::rd
