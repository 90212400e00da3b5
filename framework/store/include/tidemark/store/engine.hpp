#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/store/archive.hpp"
#include "tidemark/store/event_store.hpp"
#include "tidemark/store/facts.hpp"
#include "tidemark/store/import.hpp"
#include "tidemark/store/integrity.hpp"
#include "tidemark/store/life_cycle.hpp"
#include "tidemark/store/replica.hpp"

namespace tidemark::store {

/// Everything that an engine can do: what the application needs of its log, and what its operator
/// does to it. The same promises for every engine, tested by the same suite.
///
/// All members are safe from any thread.
class StoreEngine : public EventStore, public Replica {
 public:
  /// Stores many events that happened elsewhere in one commit, each once. At most
  /// `import_events_max` events; `Appended::versions` is empty. Blocks like `append`.
  virtual Result<Appended, AppendError> import(Import batch) = 0;
  static constexpr std::uint64_t import_events_max = 50'000;

  /// Changes what is kept. Durable when it returns, under `normal` too; events concerned are
  /// tombstones from then on. Blocks like `append`.
  virtual Result<LifeCycleChanged, LifeCycleError> change(LifeCycleChange change) = 0;
  /// What `Retention` says of a stream; none: everything is kept.
  virtual std::optional<Retention> retention(const StreamId& stream) = 0;
  /// Events that are passed over, by position behind `after`, at most `limit`.
  virtual std::vector<Skipped> skipped_events(Position after, std::uint64_t limit) = 0;
  /// One bounded round of taking data out of the file: what was deleted and truncated, and what
  /// retention does not keep and every registered consumer has handled. At most `events_max`
  /// events.
  virtual Compacted compact(std::uint64_t events_max) = 0;

  /// One bounded round of moving the oldest events into cold files beside the log, which never
  /// change again: call it as long as there is more. Every read answers as before; appends wait for
  /// short steps only. Nothing passes a registered consumer without `force` and a reason: then it
  /// is refused with `ConsumerBehind` or `BadChange`. A file of a million events takes one long
  /// round in which it is indexed and synced, a second or so. Data that have to go leave cold files
  /// with `compact`, a whole file at a time.
  ///
  /// Whoever reads an event whose cold file is not there, or another, gets a `Failure`:
  /// "store.cold_missing", "store.cold_foreign", "store.cold_damaged". An engine that has no cold
  /// files refuses with `BadChange`.
  virtual Result<Archived, LifeCycleError> archive(const ArchiveRequest& request);

  /// Registers a consumer or moves it on: at most a write for each, so tell it now and then. Throws
  /// `Failure` "store.limit" for a name beyond its limits, and registers none of them.
  virtual void report_consumers(const std::vector<Consumer>& consumers) = 0;
  [[nodiscard]] virtual std::vector<Consumer> consumers() = 0;
  /// Whether there was one: life-cycle changes do not wait for it any more. Durable like `change`.
  virtual bool forget_consumer(const std::string& name) = 0;

  /// Reads the whole log (forward, from position 1) and checks positions, versions, envelope,
  /// chain, the outcomes of appends, what readers find events by, and the checkpoints that were
  /// issued. `progress` is called about every 100,000 events and stops the work by answering false.
  virtual Verified verify(
      const std::function<bool(std::uint64_t done, std::uint64_t total)>& progress) = 0;
  virtual StoreFacts facts(bool with_counts) = 0;

  /// What shows that the event at `position` is in the log of the newest issued checkpoint; none
  /// when there is no such event, or no checkpoint covers it yet.
  virtual std::optional<InclusionProof> prove(Position position) = 0;
  /// Issues a checkpoint of the log up to `high_water()` now; the newest one when nothing was added
  /// since. Upkeep does it by itself now and then. Durable like `change`: it may be kept elsewhere.
  virtual IssuedCheckpoint issue_checkpoint() = 0;
  /// Those issued, newest first, at most `limit`.
  virtual std::vector<IssuedCheckpoint> issued_checkpoints(std::uint64_t limit) = 0;

  /// One bounded round of upkeep, and whether it did something. Notices commits of other processes
  /// and calls the listeners for them. A worker calls it.
  virtual bool maintain() = 0;
};

}  // namespace tidemark::store
