#pragma once

#include <memory>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/feed/handler.hpp"
#include "tidemark/feed/source.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/runtime/worker.hpp"

namespace tidemark::feed {

struct FeedOptions {
  std::string name;                          ///< "projection campaign_minutes"
  std::uint64_t batch_max = 1000;            ///< events fetched in one step
  std::uint64_t commit_events_max = 10'000;  ///< events between two commits
  Micros commit_age_max = std::chrono::milliseconds(50);
  std::uint32_t attempts_max = 3;                ///< of one event before it is parked for a person
  Micros retry_first = std::chrono::seconds(1);  ///< the wait after the first failure
  std::uint32_t retry_factor = 2;  ///< each wait is that much longer than the one before
  Micros retry_max = std::chrono::minutes(5);
  std::uint64_t parked_keys_max = 100;  ///< more stop the worker: "feed.parking_full"
  std::uint64_t parked_events_max = 100'000;
  bool strict = false;  ///< a rebuild: the first failing event stops the worker: "feed.poison"
  observe::Logger log = observe::Logger::null();
};

/// Drives one handler from one source, with its checkpoint in the same file and the same
/// transaction as what the handler writes. Retries, parks and queues by key as promised for poison
/// events.
///
/// What fails is set aside with its key at the first failure; later events of that key queue behind
/// it, in order, and all other keys go on. It is tried again when due, each time in a commit of its
/// own, until `attempts_max`; then it waits for a person (`ParkingDesk`).
///
/// Throws from `step()`: "store.diverged" when the checkpoint is not in the log (says how to
/// rewind), "feed.unknown_type" when the log holds a type that the handler's category needs and
/// nobody registered, "feed.parking_full" (retryable: goes on when there is room), "feed.poison"
/// (strict only). After each it stands at its checkpoint, and the next step tries again. Its report
/// is `failed` only behind one that is not retryable.
///
/// While a key is to be tried again later, a step that finds nothing else is `waiting`: the feed is
/// not done.
class FeedWorker final : public runtime::Worker {
 public:
  /// All references must outlive the worker. `file` is the worker's own connection; the feed's
  /// tables are made in it.
  FeedWorker(FeedOptions options, std::unique_ptr<Source> source, Handler& handler,
             sql::Database& file, const Clock& clock);
  ~FeedWorker() override;

  [[nodiscard]] const std::string& name() const override;
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override;
  /// Commits what is whole, if that needs no waiting.
  void stop() noexcept override;

  /// The last position committed with the handler's rows; only for a store source. Safe from any
  /// thread.
  [[nodiscard]] Position checkpoint() const;
  /// How far it is and could be. Safe from any thread.
  [[nodiscard]] Source::Extent extent() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::feed
