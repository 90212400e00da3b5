#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "tidemark/base/uuid.hpp"

namespace tidemark::security {

/// BLAKE2b with 32 bytes of output and no key (RFC 7693).
using Digest = std::array<std::uint8_t, 32>;

/// The digest of `bytes`. Pure.
Digest digest(std::string_view bytes);

/// A digest as bytes, for storing and for feeding on.
inline std::string_view as_bytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Feeds a digest piece by piece. A text is fed with its length before it (8 bytes, little endian),
/// so that two different sequences of pieces never feed the same bytes. One thread at a time.
class Hasher {
 public:
  Hasher();
  Hasher& raw(std::string_view bytes);   ///< the bytes alone
  Hasher& text(std::string_view text);   ///< length, then bytes
  Hasher& number(std::uint64_t number);  ///< 8 bytes, little endian
  [[nodiscard]] Digest finish();         ///< once

 private:
  alignas(64) std::array<unsigned char, 384> state_;
};

/// A UUID (version 8 of RFC 9562) that follows from `parent` and `parts` and from nothing else. It
/// keeps the first 48 bits of the parent, so that ids derived from a version 7 id sort near it.
Uuid derive(const Uuid& parent, std::initializer_list<std::string_view> parts);

}  // namespace tidemark::security
