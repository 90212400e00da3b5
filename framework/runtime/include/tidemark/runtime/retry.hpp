#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "tidemark/base/random.hpp"
#include "tidemark/base/time.hpp"

namespace tidemark::runtime {

/// How often something is tried, and how long to wait in between.
struct RetryPolicy {
  static constexpr std::uint32_t for_ever = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t attempts = 3;              ///< the first one included; at least 1
  Micros first = std::chrono::seconds(1);  ///< the wait after the first failure
  std::uint32_t factor = 2;                ///< each wait is that much longer than the one before
  Micros max = std::chrono::seconds(60);   ///< no wait is longer
  std::uint32_t jitter_percent = 20;       ///< each wait is cut by up to that much, at random
};

/// Counts failed attempts and says how long to wait before the next. Pure: it neither waits nor
/// reads a clock. One thread at a time.
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy);

  /// Call after a failed attempt: how long to wait before the next one; none when that was the
  /// last. Draws once from `random`, unless there is no jitter.
  [[nodiscard]] std::optional<Micros> next(Random& random);
  /// Call after a success: the next failure is a first one again.
  void reset() noexcept;
  /// Failed attempts since the last success.
  [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }

 private:
  const RetryPolicy policy_;
  Micros wait_;
  std::uint32_t failures_ = 0;
};

}  // namespace tidemark::runtime
