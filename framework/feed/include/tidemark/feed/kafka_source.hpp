#pragma once

#include <memory>

#include "tidemark/base/clock.hpp"
#include "tidemark/feed/source.hpp"
#include "tidemark/kafka/broker.hpp"

namespace tidemark::feed {

struct KafkaSourceOptions {
  kafka::ConsumerOptions consumer;
  /// Events older than this behind a partition's newest are not looked for among the known ids.
  Micros deduplication_horizon = std::chrono::hours(24);
  /// Ids kept at most; when there are more, the oldest go and the horizon is shorter.
  std::uint64_t deduplication_ids_max = 5'000'000;
  /// A person's decision: go on although a topic has other partitions than before.
  bool accept_partition_changes = false;
};

/// Kafka topics, one group, with the offsets in the file as the only truth. Facts that come twice
/// within the horizon are delivered once.
///
/// A topic whose number of partitions changed stops it, "feed.partitions_changed": a key's later
/// records lie in another partition than its earlier ones, and their order is lost.
std::unique_ptr<Source> kafka_source(kafka::Broker& broker, const Catalogue& catalogue,
                                     const KafkaSourceOptions& options);

}  // namespace tidemark::feed
