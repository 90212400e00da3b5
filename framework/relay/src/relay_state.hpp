#pragma once

#include <memory>
#include <optional>
#include <string>

#include "instruments.hpp"
#include "progress_reader.hpp"
#include "publisher.hpp"
#include "tidemark/relay/lease.hpp"
#include "tidemark/relay/relay_worker.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "topic_book.hpp"

namespace tidemark::relay {

/// The way of a relay from standing by to publishing, and back when it is fenced.
class RelayWorker::State {
 public:
  State(RelayOptions options, const Surroundings& around);

  [[nodiscard]] const std::string& name() const { return name_; }
  runtime::Step step();
  [[nodiscard]] runtime::WorkerReport report() const { return report_.copy(); }
  void stop() noexcept;

 private:
  enum class Phase : std::uint8_t {
    standby,       ///< another relay has the lease
    initialising,  ///< fences whoever published before
    preparing,     ///< topics
    recovering,    ///< reads the newest committed progress
    publishing,
  };

  runtime::Step advance();
  runtime::Step stand_by();
  runtime::Step initialise();
  runtime::Step prepare();
  runtime::Step recover();
  runtime::Step publish();

  /// Where to go on from, given the progress that was found.
  store::Checkpoint resume_from(const std::optional<store::Checkpoint>& found);
  /// What comes after a failure that the relay helps itself out of; false for any other.
  bool recover_from(const Failure& failure);
  void start_over(Phase phase);
  void note(const runtime::Step& step);
  /// Asks a silent broker less often: each wait is a tenth of the silence so far.
  [[nodiscard]] runtime::Step patient(runtime::Step step) const;
  void say(std::optional<Problem> problem);
  void write_report();
  [[nodiscard]] Micros now() const { return around_.clock.monotonic(); }

  const RelayOptions options_;
  const Surroundings around_;
  const std::string name_;
  const std::string transactional_id_;
  const observe::Logger log_;

  TopicBook topics_;
  Instruments instruments_;
  Lease lease_;
  runtime::Backoff backoff_;
  Phase phase_ = Phase::standby;
  Micros retry_at_{0};                 ///< on the monotonic clock: nothing is tried before
  std::optional<Micros> waits_since_;  ///< when the broker was last known to answer
  std::optional<Problem> problem_;
  std::unique_ptr<kafka::TransactionalProducer> producer_;  ///< until the publisher has it
  std::unique_ptr<ProgressReader> progress_;
  std::unique_ptr<Publisher> publisher_;
  runtime::Guarded<runtime::WorkerReport> report_;
};

}  // namespace tidemark::relay
