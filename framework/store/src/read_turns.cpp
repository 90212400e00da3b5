#include "tidemark/store/read_turns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

/// Whose turns this thread has, each as often as it has them.
std::vector<const ReadTurns*>& turns_of_thread() {
  thread_local std::vector<const ReadTurns*> turns;
  return turns;
}

}  // namespace

ReadTurns::Turn::Turn(ReadTurns& turns) : turns_(&turns) {
  auto& mine = turns_of_thread();
  const bool reads_already = std::find(mine.begin(), mine.end(), turns_) != mine.end();
  mine.push_back(turns_);
  if (reads_already) return;
  try {
    turns.begin();
  } catch (...) {
    mine.pop_back();
    throw;
  }
}

ReadTurns::Turn::Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}

ReadTurns::Turn::~Turn() {
  if (turns_ == nullptr) return;
  auto& mine = turns_of_thread();
  const auto mine_here = std::find(mine.rbegin(), mine.rend(), turns_);
  if (mine_here != mine.rend()) mine.erase(std::next(mine_here).base());
  if (std::find(mine.begin(), mine.end(), turns_) == mine.end()) turns_->end();
}

void ReadTurns::begin() {
  std::unique_lock lock(mutex_);
  if (ended_.wait_for(lock, patience_, [&] { return reading_ < threads_max_; })) {
    ++reading_;
    return;
  }
  throw Failure({.code = "store.busy",
                 .message = fmt::format("{} reads are under way", threads_max_),
                 .hint = "try again, or raise readers_max",
                 .retryable = true});
}

void ReadTurns::end() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --reading_;
  }
  ended_.notify_one();
}

}  // namespace tidemark::store
