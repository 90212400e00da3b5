#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tidemark::sql {

/// A kind of database: what marks it as that, and the steps to its newest format.
struct Format {
  std::string_view name;     ///< for messages: "read model"
  std::uint32_t number = 0;  ///< marks it, where names cannot be kept
  /// Step n takes it from format n to n + 1; written as `in_dialect` reads.
  std::span<const std::string_view> steps;
};

/// What a power loss may take.
enum class Durability : std::uint8_t {
  full,    ///< nothing that was committed
  normal,  ///< the newest commits, but never half of one
};

}  // namespace tidemark::sql
