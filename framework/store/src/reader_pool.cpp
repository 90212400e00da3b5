#include "reader_pool.hpp"

#include <utility>

namespace tidemark::store {

ReaderPool::Lease ReaderPool::lease() {
  ReadTurns::Turn turn(turns_);
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(turn), std::move(reader)};
    }
  }
  return {*this, std::move(turn), open_()};
}

void ReaderPool::give_back(std::unique_ptr<LogReader> reader) noexcept {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < idle_max) idle_.push_back(std::move(reader));
}

}  // namespace tidemark::store
