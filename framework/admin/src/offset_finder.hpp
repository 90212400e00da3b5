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
/// halves the offsets between the partition's ends until it is there: a topic of a thousand million
/// records takes thirty looks.
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
  /// The first record at or behind an offset.
  struct Seen {
    std::int64_t offset = 0;
    Position position;
  };
  std::optional<Place> find_in(const kafka::TopicPartition& partition, Position position);
  std::optional<Seen> look(const kafka::TopicPartition& partition, std::int64_t offset);
  std::optional<kafka::Consumer::Watermarks> ends_of(const kafka::TopicPartition& partition);
  std::int32_t partitions_of(const std::string& topic);
  bool is_over();

  kafka::Broker& broker_;
  const Options options_;
  Micros waited_{0};
  std::map<std::string, std::int32_t> partitions_;  ///< by topic
  std::map<std::string, std::int32_t> of_stream_;   ///< all of a stream is in one partition
};

}  // namespace tidemark::admin
