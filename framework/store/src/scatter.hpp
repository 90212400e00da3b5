#pragma once

#include <cstdint>

namespace tidemark::store {

/// Scatters the bits of `number` (the finaliser of SplitMix64), for sums that do not depend on an
/// order.
constexpr std::uint64_t scatter(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9ULL;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBULL;
  return number ^ (number >> 31);
}

}  // namespace tidemark::store
