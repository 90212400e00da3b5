#pragma once

#include <array>
#include <cstdint>

#include "tidemark/base/position.hpp"

namespace tidemark::store {

/// The hash of the log up to and including one position (32 bytes).
using ChainHash = std::array<std::uint8_t, 32>;

/// A position together with the log's hash there: what every checkpoint is, wherever it is kept. A
/// position that is not in the log any more, or not with this hash, shows that two histories
/// diverged.
struct Checkpoint {
  Position position;
  ChainHash chain{};  ///< all zero at position 0
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

}  // namespace tidemark::store
