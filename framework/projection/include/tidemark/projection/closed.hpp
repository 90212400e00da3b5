#pragma once

#include <cstdint>

#include "tidemark/projection/spec.hpp"

namespace tidemark {

/// A window of projection `P` that closed: the row as it was at that moment.
template <typename P>
struct Closed {
  const typename P::Row& row;
  const typename P::Row* previous;  ///< as it was at the closing before; null at the first
  std::uint32_t revision = 1;       ///< 1 for the first closing, then one more for each
  Window window;
};

}  // namespace tidemark
