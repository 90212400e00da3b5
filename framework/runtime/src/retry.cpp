#include "tidemark/runtime/retry.hpp"

#include <algorithm>

#include "tidemark/base/assert.hpp"

namespace tidemark::runtime {

Backoff::Backoff(const RetryPolicy& policy)
    : policy_(policy), wait_(std::min(policy.first, policy.max)) {
  TIDEMARK_ASSERT(policy.attempts > 0, "nothing is tried less than once");
  TIDEMARK_ASSERT(policy.first.count() >= 0 && policy.factor > 0, "waits do not shrink");
  TIDEMARK_ASSERT(policy.jitter_percent <= 100, "jitter is at most the whole wait");
}

std::optional<Micros> Backoff::next(Random& random) {
  if (failures_ < RetryPolicy::for_ever) ++failures_;
  if (policy_.attempts != RetryPolicy::for_ever && failures_ >= policy_.attempts) {
    return std::nullopt;
  }
  const auto wait = wait_;
  // Compared by division: the product could overflow.
  wait_ = wait_ > policy_.max / policy_.factor ? policy_.max : wait_ * policy_.factor;
  const auto cut_max = wait.count() / 100 * policy_.jitter_percent;
  if (cut_max == 0) return wait;
  return wait -
         Micros(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(cut_max) + 1)));
}

void Backoff::reset() noexcept {
  failures_ = 0;
  wait_ = std::min(policy_.first, policy_.max);
}

}  // namespace tidemark::runtime
