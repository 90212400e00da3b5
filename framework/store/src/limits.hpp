#pragma once

#include <cstdint>
#include <optional>

#include "tidemark/store/append.hpp"

namespace tidemark::store {

/// What one append may hold. The first two are settable, the others part of the contract.
struct Limits {
  std::uint64_t events_max = 4096;
  std::uint64_t data_size_max = 900 * 1024;
  static constexpr std::uint64_t streams_max = 1024;
  static constexpr std::uint64_t append_size_max = 64ULL << 20;  ///< data of all its events
  static constexpr std::uint64_t name_size_max =
      255;  ///< type, correlation, causation, trace, tenant
  static constexpr std::uint64_t extra_size_max = 64 * 1024;  ///< headers and tags, encoded
};

/// The first limit that `append` breaks, if any. An append that names a stream twice, or that
/// neither adds, checks nor answers anything, is a programming error.
std::optional<LimitExceeded> exceeded(const Append& append, const Limits& limits);

}  // namespace tidemark::store
