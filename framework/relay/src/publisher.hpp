#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "instruments.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/kafka/producer.hpp"
#include "tidemark/relay/relay_worker.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/store/event_store.hpp"
#include "topic_book.hpp"

namespace tidemark::relay {

/// Publishes the log behind one position, transaction by transaction, through one producer that is
/// initialised.
///
/// A transaction begins with the first event that has a topic and ends when it is full, old, at the
/// end of the log, or before an event whose topic has to be prepared. Its last record is the
/// progress. Events without a topic are passed over, and what was passed over is recorded with the
/// next transaction or, when none comes, by one that holds nothing else. After a restart they are
/// passed over again, which costs reading and nothing more.
///
/// What the producer throws comes out of `step`. One thread at a time.
class Publisher {
 public:
  struct Parts {
    const RelayOptions& options;
    store::EventStore& store;
    const Clock& clock;
    TopicBook& topics;
    Instruments& instruments;
  };
  /// `parts` must outlive it. `progress`: the newest committed one.
  Publisher(const Parts& parts, std::unique_ptr<kafka::TransactionalProducer> producer,
            const store::Checkpoint& progress);

  /// Never blocks, but for the broker's `admin_timeout` when a topic is met for the first time.
  runtime::Step step();
  /// Aborts the open transaction in the next steps and goes back to before it. The next one holds
  /// fewer events, so that one event that cannot be published ends up alone, with everything before
  /// it published.
  void abort();
  [[nodiscard]] bool is_aborting() const { return phase_ == Phase::aborting; }
  [[nodiscard]] bool is_open() const { return is_open_; }
  /// Aborts the open transaction if that is possible without waiting.
  void give_up();

  /// Everything up to here is published, or is not to be.
  [[nodiscard]] Position published() const;
  /// The event that was handed to the broker last: category, type and position. Empty before.
  [[nodiscard]] const std::string& at() const { return at_; }

 private:
  enum class Phase : std::uint8_t { filling, closing, committing, aborting };
  /// Why no more events go into the transaction.
  enum class Stop : std::uint8_t { none, queue_full, transaction_full, new_topic, end_of_log };

  runtime::Step fill();
  Stop read_events(std::uint64_t& sent);
  Stop take(const EventView& event);
  runtime::Step prepare_topic();
  runtime::Step close();
  runtime::Step commit();
  runtime::Step finish_abort();
  void begin();
  void start_over();
  [[nodiscard]] bool is_old() const;
  [[nodiscard]] bool owes_progress(bool at_end) const;

  const Parts parts_;
  const std::unique_ptr<kafka::TransactionalProducer> producer_;

  store::Checkpoint committed_;
  Micros committed_at_;       ///< on the monotonic clock
  Position next_;             ///< the first position not looked at
  std::uint64_t events_max_;  ///< of the next transaction: fewer after an abort
  std::string new_category_;  ///< its topic has to be prepared; empty: none
  std::string at_;

  Phase phase_ = Phase::filling;  ///< and the open transaction:
  bool is_open_ = false;
  Position before_open_;  ///< everything up to here was settled when it was opened
  Micros opened_at_{0};
  std::uint64_t events_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<store::Checkpoint> closing_at_;
};

}  // namespace tidemark::relay
