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
};

/// Kafka topics, one group, with the offsets in the file as the only truth. Facts that come twice
/// within the horizon are delivered once.
std::unique_ptr<Source> kafka_source(kafka::Broker& broker, const Catalogue& catalogue,
                                     const KafkaSourceOptions& options);

}  // namespace tidemark::feed
