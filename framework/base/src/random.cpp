#include "tidemark/base/random.hpp"

#include <sys/random.h>

#include "tidemark/base/assert.hpp"

namespace tidemark {

std::uint64_t Random::below(std::uint64_t bound) {
  TIDEMARK_ASSERT(bound != 0, "a random number below zero");
  // Numbers of the incomplete last run are thrown away, else the small ones would come more often.
  const std::uint64_t rejected_below = (0 - bound) % bound;
  for (;;) {
    const auto drawn = next();
    if (drawn >= rejected_below) return drawn % bound;
  }
}

std::uint64_t SeededRandom::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  auto z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::uint64_t SystemRandom::next() {
  std::uint64_t drawn = 0;
  const auto size = getrandom(&drawn, sizeof drawn, 0);
  // Up to 256 bytes are never cut short (getrandom(2)).
  TIDEMARK_ASSERT(size == static_cast<ssize_t>(sizeof drawn), "getrandom");
  return drawn;
}

}  // namespace tidemark
