#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/kafka/producer.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker.hpp"

namespace tidemark::feed {

struct DeadLetterOptions {
  std::string feed;   ///< whose parked entries: "projection campaign_minutes"
  std::string topic;  ///< for entries that came from the store; others go to "<their topic>.dlq"
  std::size_t in_flight_max = 100;
  Micros look_interval = std::chrono::seconds(1);
};

/// The record that tells of a parked entry: its key, its bytes, and as headers why it was parked.
/// `ce_id` is where it came from, so that two copies of one entry can be told to be one.
kafka::ProducerRecord dead_letter(const Parked& entry, const DeadLetterOptions& options);

/// Publishes a copy of every parked entry that waits for a person to a dead-letter topic, for
/// whoever watches those. At least once: after a crash an entry may be published again. What counts
/// stays the parked table; a copy changes nothing.
class DeadLetterWorker final : public runtime::Worker {
 public:
  /// `file` is a connection of its own to the feed's file. All references outlive the worker.
  DeadLetterWorker(DeadLetterOptions options, sqlite::Database& file, kafka::Producer& producer,
                   const Clock& clock);

  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override;
  /// `done` and `tail` count entries that are published, and that are to be.
  [[nodiscard]] runtime::WorkerReport report() const override;

 private:
  struct Published {
    std::uint64_t done = 0, waiting = 0;
    std::optional<Problem> problem;
  };
  std::uint64_t note_deliveries();
  std::uint64_t send_more();

  const DeadLetterOptions options_;
  const std::string name_;
  sqlite::Database& file_;
  kafka::Producer& producer_;
  const Clock& clock_;
  std::set<std::int64_t> in_flight_;
  std::optional<Micros> wait_until_;  ///< after an error, on the monotonic clock
  runtime::Guarded<Published> published_;
};

}  // namespace tidemark::feed
