#include "reader_pool.hpp"

#include <fmt/format.h>

#include "tidemark/base/failure.hpp"

namespace tidemark::store {

ReaderPool::Lease ReaderPool::lease() {
  {
    std::unique_lock lock(mutex_);
    const bool free =
        returned_.wait_for(lock, limits_.patience, [&] { return in_use_ < limits_.readers_max; });
    if (!free) {
      throw Failure({.code = "store.busy",
                     .message = fmt::format("{} reads are under way", limits_.readers_max),
                     .hint = "try again, or raise readers_max",
                     .retryable = true});
    }
    ++in_use_;
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(reader)};
    }
  }
  try {
    return {*this, open_()};
  } catch (...) {
    give_back(nullptr);
    throw;
  }
}

void ReaderPool::give_back(std::unique_ptr<LogReader> reader) noexcept {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (reader && idle_.size() < idle_max) idle_.push_back(std::move(reader));
  }
  returned_.notify_one();
}

}  // namespace tidemark::store
