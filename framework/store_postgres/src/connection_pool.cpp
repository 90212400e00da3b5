#include "connection_pool.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/runtime/wakeup.hpp"

namespace tidemark::store_postgres {
namespace {

constexpr Micros pause_first = std::chrono::milliseconds(10);
constexpr Micros pause_max = std::chrono::seconds(1);

}  // namespace

ConnectionPool::ConnectionPool(Options options, const SeenLog& seen)
    : options_(std::move(options)), seen_(seen) {
  idle_.reserve(idle_max);
}

ConnectionPool::Attempts::Attempts(ConnectionPool& pool)
    : pool_(pool), deadline_(timer_.monotonic() + pool.options_.patience), pause_(0) {}

bool ConnectionPool::Attempts::again(const Failure& failure) {
  if (failure.code() != "store.connection") return false;
  // With one connection the others are usually lost too.
  pool_.drop_idle();
  if (timer_.monotonic() + pause_ > deadline_) return false;
  runtime::Wakeup nobody;
  nobody.wait(nobody.generation(), pause_);
  pause_ = std::clamp(2 * pause_, pause_first, pause_max);
  return true;
}

ConnectionPool::Pointer ConnectionPool::take() {
  {
    std::unique_lock lock(mutex_);
    const bool free = returned_.wait_for(lock, options_.patience,
                                         [&] { return in_use_ < options_.connections_max; });
    if (!free) {
      throw Failure({.code = "store.busy",
                     .message = fmt::format("{} reads are under way", options_.connections_max),
                     .hint = "try again, or raise readers_max",
                     .retryable = true});
    }
    ++in_use_;
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  try {
    return std::make_unique<postgres::Connection>(seen_.connect(options_.connect));
  } catch (...) {
    give_back(nullptr);
    throw;
  }
}

void ConnectionPool::give_back(Pointer connection) noexcept {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (connection && connection->is_open() && idle_.size() < idle_max) {
      idle_.push_back(std::move(connection));
    }
  }
  returned_.notify_one();
}

void ConnectionPool::drop_idle() {
  std::vector<Pointer> dropped;
  dropped.reserve(idle_max);  // it changes places with one that must have room
  const std::lock_guard lock(mutex_);
  std::swap(dropped, idle_);
}

}  // namespace tidemark::store_postgres
