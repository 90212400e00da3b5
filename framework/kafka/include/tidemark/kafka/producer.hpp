#pragma once

#include <memory>
#include <optional>
#include <span>

#include "tidemark/base/failure.hpp"
#include "tidemark/kafka/record.hpp"

namespace tidemark::kafka {

/// How far something that was asked of the broker has come.
enum class Progress : std::uint8_t {
  done,     ///< it is so, at the broker
  pending,  ///< under way: ask again later
};

/// A transactional producer that never blocks: each verb is called again until it answers `done`.
///
/// Order: records of one transaction are stored in the order of `send` per partition. A reader with
/// `read_committed` sees all records of a committed transaction and none of an aborted one. Errors:
/// `Failure` "kafka.fenced" (not retryable: another producer with the same transactional id took
/// over; this object is finished), "kafka.abortable" (retryable: call `abort` until done, then
/// begin anew), "kafka.fatal" (not retryable: make a new producer), "kafka.record_too_large",
/// "kafka.unknown_topic", "kafka.not_authorized" (these too: call `abort`). After `init`,
/// `commit` or `abort` answered `pending`, only the same and `poll` may follow; anything else is a
/// programming error. Destroyed at any moment, it leaves what a crash leaves; that can take some
/// seconds. One thread at a time.
class TransactionalProducer {
 public:
  virtual ~TransactionalProducer() = default;
  /// Fences every older producer with the same transactional id and settles its open transaction.
  virtual Progress init() = 0;
  virtual void begin() = 0;
  /// Queues one record; `pending` when the queue is full: call `poll` and send it again later.
  virtual Progress send(const ProducerRecord& record) = 0;
  /// Makes the transaction's records and nothing else visible.
  virtual Progress commit() = 0;
  virtual Progress abort() = 0;
  /// Serves delivery reports. Never blocks.
  virtual void poll() = 0;
};

/// An idempotent producer without transactions, for copies such as dead letters. One thread at a
/// time.
class Producer {
 public:
  virtual ~Producer() = default;
  /// Queues one record under a number of the caller's; `pending` when the queue is full.
  virtual Progress send(const ProducerRecord& record, std::uint64_t tag) = 0;
  /// What became of earlier records since the last call: their tags, and an error where there was
  /// one.
  struct Delivery {
    std::uint64_t tag = 0;
    std::optional<Problem> error;
  };
  virtual std::vector<Delivery> poll() = 0;
};

}  // namespace tidemark::kafka
