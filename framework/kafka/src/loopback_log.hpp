#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "tidemark/kafka/record.hpp"

namespace tidemark::kafka::loopback {

/// One partition: records and control markers by offset, and what became of each transaction.
/// A transaction's end takes one offset, as in Kafka, so readers meet gaps.
class PartitionLog {
 public:
  explicit PartitionLog(TopicPartition name) : name_(std::move(name)) {}

  [[nodiscard]] const TopicPartition& name() const { return name_; }
  /// The first offset that retention has left.
  [[nodiscard]] std::int64_t low() const { return low_; }
  /// The offset of the next record.
  [[nodiscard]] std::int64_t high() const { return high_; }
  /// The first record of the oldest open transaction, or the end: `read_committed` stops here.
  [[nodiscard]] std::int64_t last_stable() const;
  [[nodiscard]] std::int64_t end(bool read_committed) const {
    return read_committed ? last_stable() : high_;
  }

  /// Appends a record; `producer` is whose open transaction it belongs to, none for no transaction.
  void append(const ProducerRecord& record, UtcTime time, std::optional<std::int64_t> producer);
  /// Ends `producer`'s open transaction here, if there is one.
  void end_transaction(std::int64_t producer, bool commit);

  struct Read {
    const ConsumerRecord* record = nullptr;  ///< none: nothing more to see up to the end
    std::int64_t next = 0;                   ///< where to go on
  };
  /// The first visible record at or behind `from`, which is in [low, high].
  [[nodiscard]] Read read(std::int64_t from, bool read_committed) const;

  /// Appends the newest committed record again, outside any transaction.
  void duplicate_last();
  void truncate_before(std::int64_t offset);
  /// Keeps of each key the newest record below the last stable offset, tombstones too. Aborted
  /// records and markers go; offsets stay.
  void compact();

 private:
  enum class Fate : std::uint8_t { committed, open, aborted, marker };
  struct Entry {
    Fate fate = Fate::committed;
    std::int64_t producer = 0;
    ConsumerRecord record;  ///< of a marker only `offset` counts
  };

  TopicPartition name_;
  std::int64_t low_ = 0;
  std::int64_t high_ = 0;
  std::deque<Entry> entries_;                  ///< by offset
  std::map<std::int64_t, std::int64_t> open_;  ///< producer to the offset of its first record
};

}  // namespace tidemark::kafka::loopback
