#include "connection_pool.hpp"

#include <algorithm>

#include "tidemark/runtime/wakeup.hpp"

namespace tidemark::store_postgres {
namespace {

constexpr Micros pause_first = std::chrono::milliseconds(10);
constexpr Micros pause_max = std::chrono::seconds(1);

}  // namespace

ConnectionPool::ConnectionPool(Options options, const SeenLog& seen)
    : options_(std::move(options)),
      seen_(seen),
      turns_(options_.connections_max, options_.patience) {
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
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return std::make_unique<postgres::Connection>(seen_.connect(options_.connect));
}

void ConnectionPool::give_back(Pointer connection) noexcept {
  const std::lock_guard lock(mutex_);
  if (connection->is_open() && idle_.size() < idle_max) idle_.push_back(std::move(connection));
}

void ConnectionPool::drop_idle() {
  std::vector<Pointer> dropped;
  dropped.reserve(idle_max);  // it changes places with one that must have room
  const std::lock_guard lock(mutex_);
  std::swap(dropped, idle_);
}

}  // namespace tidemark::store_postgres
