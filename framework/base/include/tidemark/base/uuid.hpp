#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"

namespace tidemark {

/// 128 bits that name one thing, in the byte order of RFC 9562. Ordered by bytes, which for version
/// 7 is by time.
class Uuid {
 public:
  static constexpr std::size_t size = 16;
  using Bytes = std::array<std::uint8_t, size>;

  constexpr Uuid() = default;
  constexpr explicit Uuid(const Bytes& bytes) : bytes_(bytes) {}
  /// From exactly 16 bytes; anything else is a programming error.
  static Uuid from_bytes(std::span<const std::uint8_t> bytes);
  /// From "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", either case.
  static std::optional<Uuid> parse(std::string_view text);
  /// RFC 9562 version 7: 48 bits of milliseconds from `time`, the rest from `random`.
  static Uuid version7(UtcTime time, Random& random);

  [[nodiscard]] constexpr const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] constexpr bool is_nil() const { return *this == Uuid(); }
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  Bytes bytes_{};
};

/// 36 characters, lower case.
std::string to_string(const Uuid& uuid);

/// A UUID that names one kind of thing; `Tag` keeps the kinds apart. Explicit in both directions.
template <typename Tag>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(const Uuid& uuid) : uuid_(uuid) {}
  [[nodiscard]] constexpr const Uuid& uuid() const { return uuid_; }
  [[nodiscard]] constexpr bool is_nil() const { return uuid_.is_nil(); }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;

 private:
  Uuid uuid_;
};

template <typename Tag>
std::string to_string(const Id<Tag>& id) {
  return to_string(id.uuid());
}

/// Names one event for ever.
using EventId = Id<struct EventIdTag>;
/// Names one append; for a command's append it is the command's id.
using AppendId = Id<struct AppendIdTag>;
/// Names one command; the same id again is the same command.
using CommandId = Id<struct CommandIdTag>;
/// Names one store file.
using StoreId = Id<struct StoreIdTag>;

}  // namespace tidemark

template <>
struct std::hash<tidemark::Uuid> {
  std::size_t operator()(const tidemark::Uuid& uuid) const noexcept;
};
template <typename Tag>
struct std::hash<tidemark::Id<Tag>> {
  std::size_t operator()(const tidemark::Id<Tag>& id) const noexcept {
    return std::hash<tidemark::Uuid>()(id.uuid());
  }
};
