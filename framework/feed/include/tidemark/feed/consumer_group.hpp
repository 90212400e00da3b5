#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/runtime/retry.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/store/engine.hpp"
#include "tidemark/store/origin.hpp"

namespace tidemark::feed {

struct ConsumerGroupOptions {
  std::string name;  ///< 1 to 100 letters, digits, '.', '_' and '-'
  /// Which events, read forward; the same for all members. `from`: where a new group begins.
  /// `limit`: events in one step.
  store::ReadQuery events = {};
  /// What an event's order is kept with: at most 250 bytes. None: its stream.
  std::function<std::string(const EventView&)> key = nullptr;
  /// Of a new group, for good: so many members at most have work at a time. 1 to 256.
  std::uint32_t lanes = 64;
  /// A member that was not heard of for so long is taken for dead. At least twice the time that
  /// handling one event takes, so that a live one is not; at least 1 s.
  Micros lease = std::chrono::seconds(10);
  /// How often what was handled is noted: so much is handled again after a crash.
  Micros checkpoint_interval = std::chrono::milliseconds(500);
  runtime::RetryPolicy retry = {};      ///< of an event that fails, before it waits for a person
  std::uint32_t parked_keys_max = 100;  ///< of the group; 1 to 1000
  observe::Logger log = observe::Logger::null();
};

/// By which right a member handles an event.
struct GroupTurn {
  std::uint32_t lane = 0;
  /// Grows with every change of the lane's owner: a resource that remembers the highest it has seen
  /// can refuse a member that was taken for dead and does not know it yet (a fencing token).
  std::uint64_t epoch = 0;
  std::uint32_t attempt = 1;  ///< 2 and more: it failed before
};

/// Handles one event, as stored; tombstones are passed over. What it throws but `Failure` counts
/// against the event, a `Failure` against the world: the same event comes again. It may come again
/// after a crash in any case, so what it does must be harmless to repeat (the event's id tells).
using GroupHandler = std::function<void(const EventView&, const GroupTurn&)>;

/// One of several consumers, of one process or many, that share the events of a log: every event is
/// handled by one of them, at least once, and those of one key in order.
///
/// Keys are spread over lanes, and each lane belongs to one member at a time. Members share lanes
/// evenly; when one comes or leaves, the others give or take, with the place they have come to, so
/// nothing is handled twice; when one dies, its lanes are taken over after `lease` from the place
/// last noted. No clocks are compared: a member is dead when its record stood still for `lease` by
/// the observer's clock. One that could not renew for half of `lease` handles nothing more before
/// it has; only one that is stopped in the middle of handling an event for longer than the rest, or
/// whose machine was suspended, which its clock does not count, can overlap with its successor,
/// which `GroupTurn::epoch` shows.
///
/// An event that keeps failing parks its key: later events of the key wait behind it, in the log,
/// and all others go on. `ConsumerGroupDesk` has the verbs.
///
/// All progress is one small property of the log, committed about every `checkpoint_interval` while
/// there is something to note. The group is a registered consumer of the log, by the name
/// "group <name>": nothing takes events from it that it has not handled. A member's own name has a
/// piece of its id too.
///
/// Throws from `step()`: "group.parking_full" (retryable), "group.bad_key",
/// "group.newer_format", "store.diverged" (what the group has handled is not in the log), and the
/// store's.
class ConsumerGroupWorker final : public runtime::Worker {
 public:
  /// All references must outlive it. Throws "group.bad_options".
  ConsumerGroupWorker(store::StoreEngine& store, ConsumerGroupOptions options, GroupHandler handler,
                      const Clock& clock, Random& random);
  ~ConsumerGroupWorker() override;

  [[nodiscard]] const std::string& name() const override;
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override;
  /// Notes what was handled and gives its lanes back.
  void stop() noexcept override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A group as it last noted itself.
struct GroupView {
  std::string name;
  struct Lane {
    std::string owner;  ///< a member's id; empty: nobody's
    std::uint64_t epoch = 0;
    Position position;
  };
  std::vector<Lane> lanes;
  std::vector<std::string> members;
  struct Parked {
    std::string key;
    Position failed;  ///< the event that failed; what follows of its key waits
    std::uint32_t attempts = 0;
    std::string reason;
    bool for_person = false;  ///< it is not tried again by itself
  };
  std::vector<Parked> parked;
  struct Dropped {
    std::string key;
    Position position;
    std::string reason;
  };
  std::vector<Dropped> dropped;  ///< the newest 100

  Position lowest;  ///< every event up to here is handled or dropped
  /// The place in the log that the farthest lane was noted at; none for a group that began behind
  /// the log's end.
  std::optional<store::Origin> origin;
};

/// Looks at groups, and a person's verbs on what they have parked; from any process. A member sees
/// it when it next notes its progress.
class ConsumerGroupDesk {
 public:
  explicit ConsumerGroupDesk(store::StoreEngine& store) : store_(store) {}
  /// The names of all groups, at most 10,000.
  [[nodiscard]] std::vector<std::string> list() const;
  [[nodiscard]] std::optional<GroupView> show(const std::string& group) const;
  /// Tries a parked key again from the event that failed. False: there is none such.
  bool retry(const std::string& group, const std::string& key);
  /// Passes over the event at `failed` that a key waits for, keeps it with the reason, and goes on
  /// with the rest of the key. False: that key does not wait for that event. Throws `Failure`
  /// "group.bad_reason" for a reason that is no UTF-8 text of at most `reason_size_max` bytes.
  bool drop(const std::string& group, const std::string& key, Position failed,
            const std::string& reason);
  static constexpr std::size_t reason_size_max = 500;
  /// Goes back: what is behind `to`, or behind the log's end if that comes first, is handled again,
  /// also what was handled of another history. What is not handled up to there stays so. False:
  /// there is no such group.
  bool rewind(const std::string& group, Position to);

 private:
  store::StoreEngine& store_;
};

}  // namespace tidemark::feed
