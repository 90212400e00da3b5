#pragma once

#include <memory>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/feed/handler.hpp"
#include "tidemark/feed/source.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark::feed {

struct FeedOptions {
  std::string name;                               ///< "projection campaign_minutes"
  std::uint64_t batch_max = 1000;                 ///< events fetched in one step
  std::uint64_t commit_events_max = 10'000;       ///< events between two commits
  Micros commit_age_max = std::chrono::milliseconds(50);
  std::uint32_t attempts_max = 3;                 ///< of one event before it is parked for a person
  Micros retry_first = std::chrono::seconds(1);   ///< then doubling
  Micros retry_max = std::chrono::minutes(5);
  std::uint64_t parked_keys_max = 100;            ///< more stop the worker: "feed.parking_full"
  std::uint64_t parked_events_max = 100'000;
  bool strict = false;  ///< a rebuild: the first failing event stops the worker: "feed.poison"
};

/// Drives one handler from one source, with its checkpoint in the same file and the same transaction as
/// what the handler writes. Retries, parks and queues by key as promised for poison events.
///
/// Throws from `step()`: "store.diverged" when the checkpoint is not in the log (says how to rewind),
/// "feed.unknown_type" when the log holds a type that the handler's category needs and nobody registered,
/// "feed.parking_full", "feed.poison".
class FeedWorker final : public runtime::Worker {
 public:
  /// All references must outlive the worker. `file` is the worker's own connection.
  FeedWorker(FeedOptions options, std::unique_ptr<Source> source, Handler& handler,
             sqlite::Database& file, const Clock& clock);
  ~FeedWorker() override;

  [[nodiscard]] const std::string& name() const override;
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override;
  void stop() noexcept override;

  /// The last position committed with the handler's rows; only for a store source.
  [[nodiscard]] Position checkpoint() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::feed
