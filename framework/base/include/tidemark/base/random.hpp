#pragma once

#include <cstdint>

namespace tidemark {

/// Where randomness comes from. One implementation repeats itself from a seed, the other does not.
class Random {
 public:
  virtual ~Random() = default;
  /// 64 evenly distributed bits.
  virtual std::uint64_t next() = 0;
  /// A number in [0, bound), evenly distributed; `bound` must not be 0. Our own algorithm, because
  /// the standard library's distributions differ between implementations.
  std::uint64_t below(std::uint64_t bound);
};

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same numbers everywhere. Not for
/// secrets. One thread at a time.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

/// The operating system's randomness (getrandom). Safe from any thread.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

}  // namespace tidemark
