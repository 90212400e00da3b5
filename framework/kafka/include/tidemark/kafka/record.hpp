#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/time.hpp"

namespace tidemark::kafka {

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// Headers of a record, in order; names may repeat.
using RecordHeaders = std::vector<std::pair<std::string, std::string>>;

/// A record to publish.
struct ProducerRecord {
  std::string topic;
  std::string key;
  std::optional<std::string> value;  ///< none: a tombstone
  RecordHeaders headers = {};
  std::optional<std::int32_t> partition = {};  ///< none: by the key (murmur2, as Java clients do)
  std::optional<UtcTime> time = {};            ///< the record's create time
};

/// A record as read.
struct ConsumerRecord {
  TopicPartition from;
  std::int64_t offset = 0;
  std::string key;
  std::optional<std::string> value;
  RecordHeaders headers;
  UtcTime time;
};

}  // namespace tidemark::kafka
