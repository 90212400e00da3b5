#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "tidemark/base/time.hpp"

namespace tidemark::store {

/// How much may wait, how much goes together, and how long one waits.
struct GroupLimits {
  std::size_t queue_max = 4096;
  std::size_t group_max = 1024;
  Micros patience = std::chrono::seconds(5);
};

/// A queue whose users do its work: whoever looks at an open item while nobody commits becomes the
/// leader, takes what waits as one group and commits it on its own thread; the others follow. When
/// the leader is done, a follower whose item is still open is the next one.
///
/// `Item` derives from `GroupCommit<Item>::Waiting`. Items are shared: a user may leave before its
/// item is committed. Safe from any thread; the lock is held for the queue only, never while
/// committing.
template <typename Item>
class GroupCommit {
 public:
  class Waiting {
    friend class GroupCommit;
    bool done_ = false;  ///< guarded by the queue's mutex
  };
  using Pointer = std::shared_ptr<Item>;
  /// Commits a group and leaves the outcome in its items; does not throw.
  using Commit = std::function<void(std::span<const Pointer>)>;

  GroupCommit(const GroupLimits& limits, Commit commit)
      : limits_(limits), commit_(std::move(commit)) {}

  /// Adds an item; with a full queue, commits first or waits until another thread did. False: the
  /// queue stayed full as long as patience lasts, and the item was not added.
  bool add(Pointer item) {
    std::unique_lock lock(mutex_);
    while (queue_.size() >= limits_.queue_max) {
      if (!leading_) {
        lead(lock);
      } else if (finished_.wait_for(lock, limits_.patience) == std::cv_status::timeout) {
        return false;
      }
    }
    queue_.push_back(std::move(item));
    return true;
  }

  /// Whether `item` is committed; commits when it is open and nobody does. Waits for nobody.
  bool poll(const Item& item) {
    std::unique_lock lock(mutex_);
    while (!item.done_ && !leading_) lead(lock);
    return item.done_;
  }

  /// As `poll`, but waits for the leader. False: patience ended, the item may be committed later.
  bool wait(const Item& item) {
    std::unique_lock lock(mutex_);
    while (!item.done_) {
      if (!leading_) {
        lead(lock);
      } else if (finished_.wait_for(lock, limits_.patience) == std::cv_status::timeout) {
        return item.done_;
      }
    }
    return true;
  }

 private:
  void lead(std::unique_lock<std::mutex>& lock) {
    leading_ = true;
    while (!queue_.empty() && group_.size() < limits_.group_max) {
      group_.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    lock.unlock();
    commit_(group_);
    lock.lock();
    for (const auto& item : group_) item->done_ = true;
    group_.clear();
    leading_ = false;
    finished_.notify_all();
  }

  const GroupLimits limits_;
  const Commit commit_;
  std::mutex mutex_;
  std::condition_variable finished_;
  std::deque<Pointer> queue_;   // guarded by mutex_
  bool leading_ = false;        // guarded by mutex_
  std::vector<Pointer> group_;  // the leader's; kept for its memory
};

}  // namespace tidemark::store
