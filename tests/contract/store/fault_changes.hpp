#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// What else than appends is asked of a store on a disk that fails: changes of what is kept,
/// checkpoints, a property that processes agree on. What was acknowledged has to be there from then
/// on; what failed is there whole or not at all, and can be asked for again. All but `wrong` throw
/// what the store throws.
class FaultChanges {
 public:
  /// Events in a stream of `change`, all of them appended at once before.
  static constexpr std::uint64_t events = 4;

  /// A change of what is kept of that stream: all kinds in turn. `event` is its first one.
  void change(StoreEngine& store, const StreamId& stream, const EventId& event);
  void issue_checkpoint(StoreEngine& store);
  /// Changes the property from what it is to something new.
  void agree(StoreEngine& store);
  /// Asks again for the changes that are not acknowledged; the streams must be there.
  void change_again(StoreEngine& store);
  /// Compares what was acknowledged with what the store tells.
  void check(StoreEngine& store);

  /// What was not as promised since the last call, in sentences.
  std::vector<std::string> wrong();
  [[nodiscard]] std::uint64_t acknowledged() const;

 private:
  struct Known {
    StreamId stream;
    EventId event;
    LifeCycleChange change;
    std::string after;  ///< what the store tells of its stream then
    bool acknowledged = false;
  };
  void hand_in(StoreEngine& store, Known& known);
  static std::string told(StoreEngine& store, const Known& known);

  std::vector<Known> changes_;
  std::vector<std::string> checkpoints_;                       ///< notes
  std::set<std::optional<std::string>> agreed_{std::nullopt};  ///< what the property may be
  std::uint64_t agreements_ = 0;
  std::vector<std::string> wrong_;
};

}  // namespace tidemark::store
