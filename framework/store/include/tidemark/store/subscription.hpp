#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "tidemark/store/event_store.hpp"
#include "tidemark/store/origin.hpp"

namespace tidemark::store {

/// What a subscription visits, from where, and how it waits.
struct SubscriptionOptions {
  /// Which events; read forward. `from`: where to begin; none: at the first event. `limit`: how
  /// many one call visits at most.
  ReadQuery events = {};
  /// Instead of `events.from`: where an earlier subscription was, see `Subscription::origin`.
  std::optional<Origin> behind = {};
  /// How long a commit of another process may go unnoticed by one that waits: 1 ms to 1 h.
  Micros poll_interval = std::chrono::milliseconds(100);
};

/// The events that are stored already, and then each new one as it is committed, in order: no
/// position is left out or visited twice where the one goes over into the other, because both are
/// reads of the log behind the last position. Filters are the store's: what is not wanted is not
/// read, where there is an index.
///
/// One thread at a time; any number of them on one store. It keeps nothing on disk: whoever wants
/// to go on later keeps `origin()` with what it made of the events. Nobody waits for it: one that
/// is slow falls behind, and holds no snapshot of the file meanwhile.
class Subscription {
 public:
  /// `store` must outlive it. Throws `Failure` "store.diverged" when `behind` is not in the log.
  Subscription(EventStore& store, SubscriptionOptions options);
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription();

  /// Visits what is there, at most `limit` events, and answers how many. Never waits for new ones.
  /// `visit` answers false to be asked no further in this call. When it throws, its event was not
  /// visited: the next call begins with it.
  std::uint64_t poll(const Visitor& visit);
  /// As `poll`, and waits when nothing is there: until an event was visited, `patience` is over or
  /// `stop` is requested; then it answers 0. A commit of this process wakes it at once, one of
  /// another within `poll_interval` (under `normal`, once upkeep has noticed it).
  std::uint64_t wait(const Visitor& visit, Micros patience, const std::stop_token& stop = {});

  /// Everything up to here was visited or is not wanted.
  [[nodiscard]] Position position() const;
  /// That place, to go on from: with the log's hash and id, so that another history is noticed.
  [[nodiscard]] Origin origin() const;
  /// Whether the last call came to the end of the log: what it visits from now on is new.
  [[nodiscard]] bool is_live() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::store
