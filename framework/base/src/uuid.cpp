#include "tidemark/base/uuid.hpp"

#include <algorithm>
#include <cstring>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/bytes.hpp"

namespace tidemark {
namespace {

std::string_view as_text(const Uuid::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Uuid Uuid::from_bytes(std::span<const std::uint8_t> bytes) {
  TIDEMARK_ASSERT(bytes.size() == size, "a UUID has 16 bytes");
  Bytes own{};
  std::copy(bytes.begin(), bytes.end(), own.begin());
  return Uuid(own);
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  constexpr std::size_t text_size = 36;
  if (text.size() != text_size) return std::nullopt;
  std::string digits;
  for (std::size_t at = 0; at < text_size; ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (dash != (text[at] == '-')) return std::nullopt;
    if (!dash) digits += text[at];
  }
  const auto raw = from_hex(digits);
  if (!raw) return std::nullopt;
  Bytes bytes{};
  std::memcpy(bytes.data(), raw->data(), size);
  return Uuid(bytes);
}

Uuid Uuid::version7(UtcTime time, Random& random) {
  const auto millis = static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.micros() / 1000));
  const auto high = random.next();
  const auto low = random.next();
  Bytes bytes{};
  for (std::size_t at = 0; at < 6; ++at) {
    bytes[at] = static_cast<std::uint8_t>(millis >> (8 * (5 - at)));
  }
  std::memcpy(bytes.data() + 6, &high, 2);
  std::memcpy(bytes.data() + 8, &low, 8);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return Uuid(bytes);
}

std::string to_string(const Uuid& uuid) {
  auto hex = to_hex(as_text(uuid.bytes()));
  for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, 1, '-');
  return hex;
}

}  // namespace tidemark

std::size_t std::hash<tidemark::Uuid>::operator()(const tidemark::Uuid& uuid) const noexcept {
  // The last eight bytes are the random ones in every version that we make.
  std::size_t value = 0;
  std::memcpy(&value, uuid.bytes().data() + 8, sizeof value);
  return value;
}
