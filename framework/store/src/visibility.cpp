#include "tidemark/store/visibility.hpp"

#include <algorithm>

namespace tidemark::store {
namespace {

/// One listener. `calls` counts the threads inside it, so that it can be waited for.
struct Entry {
  std::function<void()> call;
  std::atomic<bool> stopped{false};
  std::atomic<std::uint32_t> calls{0};
};

bool raise_to(std::atomic<std::uint64_t>& number, std::uint64_t value) {
  auto seen = number.load();
  while (seen < value) {
    if (number.compare_exchange_weak(seen, value)) return true;
  }
  return false;
}

}  // namespace

struct Visibility::Listeners {
  std::mutex mutex;
  std::vector<std::shared_ptr<Entry>> entries;  // guarded by mutex; shared with calls under way
};

Visibility::Visibility() : listeners_(std::make_shared<Listeners>()) {}

bool Visibility::raise(Position position) { return raise_to(high_water_, position.value()); }

Listening Visibility::listen(std::function<void()> listener) {
  auto entry = std::make_shared<Entry>();
  entry->call = std::move(listener);
  {
    const std::lock_guard lock(listeners_->mutex);
    listeners_->entries.push_back(entry);
  }
  return Listening([listeners = listeners_, entry] {
    {
      const std::lock_guard lock(listeners->mutex);
      std::erase(listeners->entries, entry);
    }
    entry->stopped = true;
    // A listener returns at once, so this ends soon; after it, nobody is inside any more.
    for (auto calls = entry->calls.load(); calls != 0; calls = entry->calls.load()) {
      entry->calls.wait(calls);
    }
  });
}

void Visibility::announce() {
  if (!raise_to(announced_, high_water_.load())) return;
  std::vector<std::shared_ptr<Entry>> entries;
  {
    const std::lock_guard lock(listeners_->mutex);
    entries = listeners_->entries;
  }
  for (const auto& entry : entries) {
    ++entry->calls;
    if (!entry->stopped) entry->call();
    if (--entry->calls == 0) entry->calls.notify_all();
  }
}

}  // namespace tidemark::store
