#pragma once

#include <compare>
#include <cstdint>

namespace tidemark {

/// A strong whole number; `Tag` keeps places of different kinds apart. Explicit in both directions.
template <typename Tag>
class Ordinal {
 public:
  constexpr Ordinal() = default;
  constexpr explicit Ordinal(std::uint64_t value) : value_(value) {}
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  [[nodiscard]] constexpr Ordinal next() const { return Ordinal(value_ + 1); }
  friend constexpr auto operator<=>(Ordinal, Ordinal) = default;

 private:
  std::uint64_t value_ = 0;
};

/// A place in the whole store: 1 for the first event, no gaps; 0 means before the first.
using Position = Ordinal<struct PositionTag>;
/// A place in one stream: 1 for its first event, no gaps; 0 means that the stream is empty.
using StreamVersion = Ordinal<struct StreamVersionTag>;

}  // namespace tidemark
