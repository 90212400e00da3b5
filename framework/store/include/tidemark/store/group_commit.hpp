#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "tidemark/base/clock.hpp"

namespace tidemark::store {

/// How much may wait, how much goes together, and how long one waits.
struct GroupLimits {
  std::size_t queue_max = 4096;
  std::size_t group_max = 1024;
  Micros patience = std::chrono::seconds(5);
  /// How long a leader may wait for others to come along; 0: it does not.
  Micros gather_max{0};
};

/// A queue whose users do its work: whoever looks at an open item while nobody commits becomes the
/// leader, takes what waits as one group and commits it on its own thread; the others follow. When
/// the leader is done, a follower whose item is still open is the next one.
///
/// Threads that append in a loop fall into two halves, each waiting for the commit of the other. So
/// a leader that waits for its item may let those whom the last commit released come back first,
/// for at most `gather_max` and half the time that commit took; where that does not help, it is
/// soon tried only now and then.
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

  /// `clock` must outlive it.
  GroupCommit(const GroupLimits& limits, const Clock& clock, Commit commit)
      : limits_(limits), clock_(clock), commit_(std::move(commit)) {}

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
    if (queue_.size() == awaited_) gathered_.notify_one();
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
        gather(lock);
        lead(lock);
      } else if (finished_.wait_for(lock, limits_.patience) == std::cv_status::timeout) {
        return item.done_;
      }
    }
    return true;
  }

 private:
  /// Waits for those who are likely to come, with the lead taken.
  void gather(std::unique_lock<std::mutex>& lock) {
    // Most of them are enough: one that stays away should not cost the others the whole time.
    const auto enough = std::min({likely_ - likely_ / 4, limits_.group_max, limits_.queue_max});
    if (limits_.gather_max == Micros(0) || queue_.size() >= enough) return;
    if (pauses_left_ > 0) {
      --pauses_left_;
      return;
    }
    leading_ = true;
    awaited_ = enough;
    const bool came = gathered_.wait_for(lock, std::min(took_ / 2, limits_.gather_max),
                                         [&] { return queue_.size() >= enough; });
    awaited_ = 0;
    pauses_ = came ? 0 : std::min(2 * pauses_ + 1, pauses_max);
    pauses_left_ = pauses_;
  }

  void lead(std::unique_lock<std::mutex>& lock) {
    leading_ = true;
    while (!queue_.empty() && group_.size() < limits_.group_max) {
      group_.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    lock.unlock();
    const auto began = clock_.monotonic();
    commit_(group_);
    const auto took = clock_.monotonic() - began;
    lock.lock();
    for (const auto& item : group_) item->done_ = true;
    took_ = took;
    likely_ = group_.size() + queue_.size();
    group_.clear();
    leading_ = false;
    // Without the lock: whoever wakes up wants it.
    lock.unlock();
    finished_.notify_all();
    lock.lock();
  }

  static constexpr std::uint32_t pauses_max = 63;

  const GroupLimits limits_;
  const Clock& clock_;
  const Commit commit_;
  std::vector<Pointer> group_;  ///< the leader's; kept for its memory

  std::mutex mutex_;  // guards everything below
  std::condition_variable finished_;
  std::condition_variable gathered_;
  std::deque<Pointer> queue_;
  bool leading_ = false;
  std::size_t awaited_ = 0;   ///< items that the leader waits for; 0: it does not
  std::size_t likely_ = 0;    ///< items that are likely to be there for the next commit
  Micros took_{0};            ///< the last commit
  std::uint32_t pauses_ = 0;  ///< commits without gathering after it did not help
  std::uint32_t pauses_left_ = 0;
};

}  // namespace tidemark::store
