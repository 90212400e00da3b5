#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// How far readers may see, and who wants to know when that changes. Safe from any thread.
class Visibility {
 public:
  Visibility();

  /// It only grows.
  [[nodiscard]] Position high_water() const { return Position(high_water_.load()); }
  /// Whether `position` moved it.
  bool raise(Position position);

  Listening listen(std::function<void()> listener);
  /// Calls every listener, with no lock held, if the high-water mark moved since this was last
  /// done.
  void announce();

 private:
  struct Listeners;
  std::atomic<std::uint64_t> high_water_{0};
  std::atomic<std::uint64_t> announced_{0};
  // Shared with every `Listening`, which may go after the store.
  std::shared_ptr<Listeners> listeners_;
};

}  // namespace tidemark::store
