#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/kafka/broker.hpp"

namespace tidemark::relay {

/// Where the events of one category go instead of to the default topic.
struct TopicRule {
  std::string topic;            ///< empty: the category is not published
  std::int32_t partitions = 0;  ///< when the topic has to be made; 0: as many as all others
};

/// Which topic the events of a category go to. Without a rule it is "<prefix><category>".
struct TopicMapOptions {
  std::string prefix = {};
  std::int32_t partitions = 6;                               ///< of topics that have to be made
  std::int16_t replication = -1;                             ///< likewise; -1: the broker's default
  std::map<std::string, TopicRule, std::less<>> rules = {};  ///< by category
};

/// Which topic the events of a category go to, by rule or by default.
///
/// Categories that start with '$' or "saga." are the framework's own records and are published only
/// under a rule. Several categories may share a topic. A '$' within a category becomes '-' in the
/// default topic, which no category contains. Pure, immutable: safe from any thread.
class TopicMap {
 public:
  /// Throws `Failure` "relay.bad_topic" for a prefix, a rule or a number that Kafka would refuse.
  explicit TopicMap(TopicMapOptions options);

  /// The topic of `category`, as it is to be made; none when its events are not published. Throws
  /// `Failure` "relay.bad_topic" when the default name is the progress topic's or no topic's name.
  [[nodiscard]] std::optional<kafka::TopicSpec> topic_of(std::string_view category) const;
  /// "<prefix><category>", whether or not it is published.
  [[nodiscard]] std::string default_name(std::string_view category) const;

 private:
  const TopicMapOptions options_;
};

}  // namespace tidemark::relay
