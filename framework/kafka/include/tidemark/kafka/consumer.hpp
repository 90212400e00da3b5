#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tidemark/kafka/record.hpp"

namespace tidemark::kafka {

/// Where a partition is read from.
struct StartAt {
  enum class Kind : std::uint8_t { beginning, end, offset };
  Kind kind = Kind::beginning;
  std::int64_t offset = 0;  ///< for `offset`: the next record to read
};

/// The group gave us these partitions. Nothing is read from them before `Consumer::start_at`.
struct Assigned {
  std::vector<TopicPartition> partitions;
};
/// The group takes these partitions away. They stay ours until `Consumer::release` is called for
/// them; no record of theirs follows this event.
struct Revoked {
  std::vector<TopicPartition> partitions;
};
/// The group gave these partitions to somebody else already: whatever was not committed is not
/// ours.
struct Lost {
  std::vector<TopicPartition> partitions;
};
/// The partition's end was reached; more may come.
struct ReachedEnd {
  TopicPartition partition;
  std::int64_t offset = 0;  ///< of the next record that will be written
};

using ConsumerEvent = std::variant<ConsumerRecord, Assigned, Revoked, Lost, ReachedEnd>;

/// A member of a consumer group that never blocks, reads committed records only, and leaves it to
/// its owner where each partition starts (offsets are kept with the rows; the group's are a copy).
///
/// Rebalancing is cooperative: partitions that stay are read on meanwhile. Errors: `Failure`
/// "kafka.fatal", "kafka.unknown_topic" (retryable), "kafka.not_authorized" and
/// "kafka.offset_out_of_range" (retention cut what was asked for; `start_at` again goes on). No
/// event is lost by a failure. Destroyed without `close`, the group notices after the session
/// timeout, as after a crash. One thread at a time.
class Consumer {
 public:
  virtual ~Consumer() = default;
  /// Up to `max` events, in order per partition; empty when there is nothing now.
  virtual std::vector<ConsumerEvent> poll(std::size_t max) = 0;
  /// Begins to read an assigned partition.
  virtual void start_at(const TopicPartition& partition, StartAt start) = 0;
  /// Stops and resumes fetching without leaving the group: back pressure.
  virtual void pause(const std::vector<TopicPartition>& partitions) = 0;
  virtual void resume(const std::vector<TopicPartition>& partitions) = 0;
  /// Gives revoked partitions back; until then the rebalance waits.
  virtual void release(const std::vector<TopicPartition>& partitions) = 0;
  /// Copies `next_offset` to the group for lag tools. Not awaited, errors are ignored by design.
  virtual void commit_copy(const TopicPartition& partition, std::int64_t next_offset) = 0;
  /// First and next offset of a partition as the broker says; none while unknown.
  struct Watermarks {
    std::int64_t low = 0, high = 0;
  };
  virtual std::optional<Watermarks> watermarks(const TopicPartition& partition) = 0;
  /// Leaves the group. Bounded (a few seconds at most), does not throw.
  virtual void close() noexcept = 0;
};

}  // namespace tidemark::kafka
