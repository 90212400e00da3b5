#include "state_cache.hpp"

#include <utility>

namespace tidemark::command {

std::optional<Loaded> StateCache::find(const StreamId& stream) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(stream);
  if (found == entries_.end()) return std::nullopt;
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return found->second.loaded;
}

std::optional<Loaded> StateCache::take(const StreamId& stream) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(stream);
  if (found == entries_.end()) return std::nullopt;
  auto loaded = std::move(found->second.loaded);
  erase(found);
  return loaded;
}

void StateCache::put(const StreamId& stream, Loaded loaded) {
  if (states_max_ == 0) return;
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(stream);
  if (found != entries_.end()) {
    const auto age = [](const Loaded& known) {
      return std::pair(known.deleted_through, known.version);
    };
    if (age(found->second.loaded) < age(loaded)) found->second.loaded = std::move(loaded);
    return;
  }
  if (entries_.size() >= states_max_) erase(entries_.find(uses_.back()));
  uses_.push_front(stream);
  entries_.emplace(stream, Entry{.loaded = std::move(loaded), .use = uses_.begin()});
}

void StateCache::drop(const StreamId& stream) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(stream);
  if (found != entries_.end()) erase(found);
}

void StateCache::erase(std::unordered_map<StreamId, Entry>::iterator found) {
  uses_.erase(found->second.use);
  entries_.erase(found);
}

}  // namespace tidemark::command
