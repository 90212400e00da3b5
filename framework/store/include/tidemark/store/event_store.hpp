#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/result.hpp"
#include "tidemark/store/append.hpp"
#include "tidemark/store/checkpoint.hpp"
#include "tidemark/store/read.hpp"

namespace tidemark::store {

/// The outcome of an append, now or later. Cheap to move, not to be shared by threads. The store
/// must outlive it. A ticket that nobody looks at any more does not take its append back.
class Ticket {
 public:
  /// The engine's side of a ticket.
  struct Shared {
    virtual ~Shared() = default;
    virtual std::optional<Result<Appended, AppendError>> poll() = 0;
    virtual Result<Appended, AppendError> wait() = 0;
  };
  explicit Ticket(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  /// The outcome when it is known. Never waits for another thread; when nobody is committing,
  /// commits all that waits itself (one sync). Throws what the commit threw (`Failure` "store.*").
  std::optional<Result<Appended, AppendError>> poll() { return shared_->poll(); }
  /// The outcome, waiting for it at most the store's `busy_timeout` plus one commit; then throws
  /// `Failure` "store.busy" (retryable): the outcome is not known, the same append id again tells.
  Result<Appended, AppendError> wait() { return shared_->wait(); }

 private:
  std::shared_ptr<Shared> shared_;  ///< shared with the engine's queue until it is committed
};

/// Unregisters its listener when it goes; after that the listener is not called again. It must not
/// go inside its own listener.
class Listening {
 public:
  Listening() = default;
  explicit Listening(std::function<void()> stop) : stop_(std::move(stop)) {}
  Listening(Listening&& other) noexcept : stop_(std::exchange(other.stop_, nullptr)) {}
  Listening& operator=(Listening&& other) noexcept {
    std::swap(stop_, other.stop_);
    return *this;
  }
  ~Listening() {
    if (stop_) stop_();
  }

 private:
  std::function<void()> stop_;
};

/// The property that holds the newest snapshot of a stream's aggregate. It goes with the stream.
inline std::string snapshot_property(const StreamId& stream) { return "snapshot:" + stream.name(); }

/// The one source of truth: an append-only, totally ordered log of events, grouped in streams.
///
/// Promises, tested for every engine. *Append* is atomic, and durable when acknowledged (mode
/// `full`). *Order*: positions are contiguous from 1 and given inside the commit: a reader that has
/// seen position p never meets a new event at or below p; versions of a stream likewise. *Repeats*:
/// the same append id again returns the first outcome whatever the second body says; event ids are
/// unique. *Tombstones*: an event that was deleted, truncated or skipped keeps its place and its
/// envelope in every read by position, without data. *Visibility*: consumers (`read`,
/// `position_at`) see nothing above `high_water()`, which under `normal` stops at what is synced;
/// what a writer asks before it decides (`read_stream`, `stream_state`, `find_event`,
/// `find_append`) and `chain_at` see all that is committed, because the append that builds on it
/// can be lost only together with it.
///
/// All members are safe from any thread. What cannot be helped by the caller throws `Failure`
/// "store.*".
class EventStore {
 public:
  virtual ~EventStore() = default;

  /// Hands in an append and returns at once. It is committed by whoever next polls or waits on a
  /// ticket while nobody commits. At most `Options::queue_max` appends wait; beyond that the caller
  /// commits what waits first. Not committed when the process ends before the ticket is looked at.
  virtual Ticket submit(Append append) = 0;

  /// Appends and waits. Blocks for at most the busy timeout plus one commit: for user threads.
  virtual Result<Appended, AppendError> append(Append append) = 0;

  /// What is stored under an append id, if anything: the first outcome and its answer.
  virtual std::optional<Appended> find_append(const AppendId& id) = 0;

  /// Visits events by position. No snapshot is held between calls. Throws `Failure` "store.limit"
  /// for a query beyond its limits.
  virtual ReadEnd read(const ReadQuery& query, const Visitor& visit) = 0;
  /// Visits the events of one stream by version, from `StreamState::first` on; an unknown stream
  /// has none.
  virtual ReadEnd read_stream(const StreamQuery& query, const Visitor& visit) = 0;
  /// One event by its id.
  virtual std::optional<RecordedEvent> find_event(const EventId& id) = 0;

  /// The last position every reader may see; 0 in an empty store. It only grows.
  virtual Position high_water() = 0;
  /// The first position whose event was recorded at or after `recorded_at`, or one past the end.
  virtual Position position_at(UtcTime recorded_at) = 0;
  /// The log's hash at `position`; none when the log does not reach that far. Zeroes at position 0.
  virtual std::optional<ChainHash> chain_at(Position position) = 0;
  /// A stream as a writer finds it.
  virtual StreamState stream_state(const StreamId& stream) = 0;
  /// Its `StreamState::version`.
  StreamVersion stream_version(const StreamId& stream) { return stream_state(stream).version; }
  /// Streams of `category` (empty: all) whose name follows `after` (empty: from the first), by
  /// name.
  virtual std::vector<StreamInfo> streams(const std::string& category, const std::string& after,
                                          std::uint64_t limit) = 0;
  /// The version of `type` in the catalogue for a layout with this fingerprint; registers it when
  /// new. Both are text as in an `Append`.
  virtual std::uint32_t register_type(const std::string& type, const std::string& fingerprint) = 0;

  [[nodiscard]] virtual StoreId store_id() const = 0;

  /// `listener` is called after every commit that moved `high_water()`, on the committing thread;
  /// it must return at once and must not call the store.
  [[nodiscard]] virtual Listening listen(std::function<void()> listener) = 0;

  /// Small texts that belong to the log's file, such as the application's manifest. Their names are
  /// text as in an `Append`; others throw `Failure` "store.not_text" when they are set.
  virtual std::optional<std::string> property(const std::string& name) = 0;
  virtual void set_property(const std::string& name, const std::string& value) = 0;
  /// Sets a property that is still `expected` (none: that is not there), which is how processes
  /// agree on something. False: it is not, and nothing was changed; look again. An engine that lost
  /// its connection in between may answer false although it was changed.
  virtual bool change_property(const std::string& name, const std::optional<std::string>& expected,
                               const std::string& value) = 0;
};

}  // namespace tidemark::store
