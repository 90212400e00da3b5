#include "tidemark/security/digest.hpp"

#include <sodium/core.h>
#include <sodium/crypto_generichash.h>

#include <algorithm>
#include <new>

namespace tidemark::security {
namespace {

static_assert(sizeof(crypto_generichash_state) <= 384);
static_assert(alignof(crypto_generichash_state) <= 64);

crypto_generichash_state* state_in(std::array<unsigned char, 384>& storage) {
  return std::launder(reinterpret_cast<crypto_generichash_state*>(storage.data()));
}

/// Of a sum that has got nothing yet: to copy it takes a third of the time of making it.
const crypto_generichash_state& fresh() {
  static const auto state = [] {
    // Without it the library keeps to code that every processor runs, which takes an eighth longer.
    [[maybe_unused]] const bool picked_fastest = sodium_init() >= 0;
    crypto_generichash_state made;
    crypto_generichash_init(&made, nullptr, 0, Digest().size());
    return made;
  }();
  return state;
}

const unsigned char* as_unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

Digest digest(std::string_view bytes) {
  auto state = fresh();
  crypto_generichash_update(&state, as_unsigned(bytes), bytes.size());
  Digest out;
  crypto_generichash_final(&state, out.data(), out.size());
  return out;
}

Hasher::Hasher() { new (state_.data()) crypto_generichash_state(fresh()); }

Hasher& Hasher::raw(std::string_view bytes) {
  crypto_generichash_update(state_in(state_), as_unsigned(bytes), bytes.size());
  return *this;
}

Hasher& Hasher::text(std::string_view text) { return number(text.size()).raw(text); }

Hasher& Hasher::number(std::uint64_t number) {
  unsigned char bytes[8];
  for (unsigned at = 0; at < 8; ++at) bytes[at] = static_cast<unsigned char>(number >> (8 * at));
  crypto_generichash_update(state_in(state_), bytes, sizeof bytes);
  return *this;
}

Digest Hasher::finish() {
  Digest out;
  crypto_generichash_final(state_in(state_), out.data(), out.size());
  return out;
}

Uuid derive(const Uuid& parent, std::initializer_list<std::string_view> parts) {
  Hasher hasher;
  hasher.raw({reinterpret_cast<const char*>(parent.bytes().data()), Uuid::size});
  for (const auto part : parts) hasher.text(part);
  const auto hash = hasher.finish();
  auto bytes = parent.bytes();
  std::copy_n(hash.begin(), 10, bytes.begin() + 6);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x80);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return Uuid(bytes);
}

}  // namespace tidemark::security
