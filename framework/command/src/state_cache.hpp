#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "tidemark/base/position.hpp"
#include "tidemark/command/aggregate_model.hpp"

namespace tidemark::command {

/// The state of one aggregate at one version.
struct Loaded {
  std::shared_ptr<AggregateState>
      state;  ///< shared: a decision may read it while the cache forgets it
  StreamVersion version;
  Position position = {};                ///< of the last event folded; 0 for none
  StreamVersion snapshot = {};           ///< version of the newest snapshot known; 0 for none
  std::uint64_t bytes_since_snapshot{};  ///< of the events' data folded behind it
  StreamVersion deleted_through = {};    ///< which life of the stream, see `store::StreamState`
  std::uint64_t skips = 0;               ///< which of its events were skipped, likewise
};

/// The newest known states of the aggregates used last; bounded, the one not used for longest goes
/// first. A stale state does no harm: the append at its version is refused. Safe from any thread.
class StateCache {
 public:
  explicit StateCache(std::size_t states_max) : states_max_(states_max) {}

  [[nodiscard]] std::optional<Loaded> find(const StreamId& stream);
  /// Takes the state out, so that its owner may change it.
  [[nodiscard]] std::optional<Loaded> take(const StreamId& stream);
  /// Keeps `loaded` unless a newer one is kept already.
  void put(const StreamId& stream, Loaded loaded);
  void drop(const StreamId& stream);

 private:
  struct Entry {
    Loaded loaded;
    std::list<StreamId>::iterator use;
  };
  void erase(std::unordered_map<StreamId, Entry>::iterator found);

  const std::size_t states_max_;

  std::mutex mutex_;
  std::unordered_map<StreamId, Entry> entries_;
  std::list<StreamId> uses_;  ///< used last comes first
};

}  // namespace tidemark::command
