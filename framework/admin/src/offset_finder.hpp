#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tidemark/base/position.hpp"
#include "tidemark/base/time.hpp"
#include "tidemark/base/uuid.hpp"
#include "tidemark/kafka/broker.hpp"

namespace tidemark::admin {

/// Finds where the relay put an event. Records of one partition are in the order of the log, so it
/// halves the offsets between what it has seen until it is there, and keeps all that a look brings:
/// a topic of a thousand million records takes some thirty looks, a small one takes one.
class OffsetFinder {
 public:
  struct Options {
    StoreId store;
    std::function<bool(Micros)> wait;  ///< true: the person asked to stop
    Micros patience;                   ///< of waiting, in all
  };
  /// `broker` must outlive it.
  OffsetFinder(kafka::Broker& broker, Options options);

  /// The record of the event at `position`, of `stream`; none when the topic has no such record or
  /// the broker does not say in time.
  struct Place {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };
  std::optional<Place> find(const std::string& topic, const std::string& stream, Position position);

 private:
  /// What is known of one partition.
  struct Known {
    std::unique_ptr<kafka::Consumer> reader;
    std::int64_t low = 0, high = 0;            ///< its ends
    std::map<Position, std::int64_t> offsets;  ///< of records that were seen
  };
  Known* open(const kafka::TopicPartition& partition);
  std::optional<Place> find_in(const kafka::TopicPartition& partition, Position position);
  /// The offsets that a look brought.
  struct Span {
    std::int64_t first = 0, last = 0;
  };
  std::optional<Span> look(const kafka::TopicPartition& partition, Known& known,
                           kafka::StartAt start);
  void take(const kafka::ConsumerRecord& record, Known& known) const;
  std::int32_t partitions_of(const std::string& topic);
  bool is_over();

  kafka::Broker& broker_;
  const Options options_;
  Micros waited_{0};
  std::map<std::string, std::int32_t> partitions_;  ///< by topic
  std::map<std::string, std::int32_t> of_stream_;   ///< all of a stream is in one partition
  std::map<kafka::TopicPartition, Known> known_;
};

}  // namespace tidemark::admin
