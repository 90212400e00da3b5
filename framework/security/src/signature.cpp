#include "tidemark/security/signature.hpp"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

#include <algorithm>
#include <utility>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/security/base64.hpp"

namespace tidemark::security {
namespace {

constexpr std::string_view secret_prefix = "PRIVATE+KEY+";
constexpr char ed25519 = 0x01;  ///< the algorithm, in front of a key's bytes

const unsigned char* as_unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

template <std::size_t Size>
std::string_view as_text(const std::array<std::uint8_t, Size>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

KeyId key_id(std::string_view name, const std::array<std::uint8_t, 32>& key) {
  std::string bytes(name);
  bytes += '\n';
  bytes += ed25519;
  bytes += as_text(key);
  std::array<std::uint8_t, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), as_unsigned(bytes), bytes.size());
  KeyId id{};
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

/// Overwrites bytes that nobody should find.
template <typename Bytes>
void wipe(Bytes& bytes) {
  sodium_memzero(bytes.data(), bytes.size());
}

/// `<name>+<id in hex>+<base64 of the algorithm and 32 bytes>`.
struct KeyText {
  std::string_view name, id;
  std::array<std::uint8_t, 32> key{};
};

std::optional<KeyText> parse_key_text(std::string_view text) {
  const auto first = text.find('+');
  const auto second = first == text.npos ? text.npos : text.find('+', first + 1);
  if (second == text.npos) return std::nullopt;
  KeyText found{.name = text.substr(0, first), .id = text.substr(first + 1, second - first - 1)};
  auto bytes = from_base64(text.substr(second + 1));
  if (!bytes) return std::nullopt;
  const bool good =
      is_key_name(found.name) && bytes->size() == 1 + found.key.size() && bytes->front() == ed25519;
  if (good) std::copy(bytes->begin() + 1, bytes->end(), found.key.begin());
  wipe(*bytes);
  if (!good) return std::nullopt;
  return found;
}

std::string key_text(const VerifierKey& key, const std::array<std::uint8_t, 32>& bytes) {
  std::string tagged(1, ed25519);
  tagged += as_text(bytes);
  auto text = key.name() + '+' + to_hex(as_text(key.id())) + '+' + to_base64(tagged);
  wipe(tagged);
  return text;
}

}  // namespace

bool is_key_name(std::string_view name) {
  constexpr std::size_t size_max = 100;
  return !name.empty() && name.size() <= size_max &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f && c != '+'; });
}

VerifierKey::VerifierKey(std::string name, const PublicKey& key)
    : name_(std::move(name)), key_(key), id_(key_id(name_, key)) {}

std::optional<VerifierKey> VerifierKey::parse(std::string_view text) {
  const auto parts = parse_key_text(text);
  if (!parts) return std::nullopt;
  VerifierKey key(std::string(parts->name), parts->key);
  if (parts->id != to_hex(as_text(key.id()))) return std::nullopt;
  return key;
}

std::string VerifierKey::text() const { return key_text(*this, key_); }

bool VerifierKey::accepts(std::string_view message, std::string_view signature) const {
  return signature.size() == crypto_sign_ed25519_BYTES &&
         crypto_sign_ed25519_verify_detached(as_unsigned(signature), as_unsigned(message),
                                             message.size(), key_.data()) == 0;
}

SigningKey::SigningKey(VerifierKey verifier, const Secret& secret)
    : verifier_(std::move(verifier)), secret_(secret) {}

SigningKey::SigningKey(SigningKey&& other) noexcept
    : verifier_(std::move(other.verifier_)), secret_(other.secret_) {
  wipe(other.secret_);
}

SigningKey::~SigningKey() { wipe(secret_); }

SigningKey SigningKey::of_seed(std::string name, const Seed& seed) {
  VerifierKey::PublicKey key{};
  Secret secret{};
  crypto_sign_ed25519_seed_keypair(key.data(), secret.data(), seed.data());
  SigningKey made(VerifierKey(std::move(name), key), secret);
  wipe(secret);
  return made;
}

SigningKey SigningKey::create(std::string name, Random& random) {
  TIDEMARK_ASSERT(is_key_name(name), "a key has a name that a note can hold");
  Seed seed{};
  for (std::size_t at = 0; at < seed.size(); at += sizeof(std::uint64_t)) {
    const auto drawn = random.next();
    for (std::size_t byte = 0; byte < sizeof drawn; ++byte) {
      seed[at + byte] = static_cast<std::uint8_t>(drawn >> (8 * byte));
    }
  }
  auto made = of_seed(std::move(name), seed);
  wipe(seed);
  return made;
}

std::optional<SigningKey> SigningKey::parse(std::string_view text) {
  if (!text.starts_with(secret_prefix)) return std::nullopt;
  auto parts = parse_key_text(text.substr(secret_prefix.size()));
  if (!parts) return std::nullopt;
  auto key = of_seed(std::string(parts->name), parts->key);
  wipe(parts->key);
  if (parts->id != to_hex(as_text(key.verifier().id()))) return std::nullopt;
  return key;
}

Signature SigningKey::sign(std::string_view message) const {
  Signature signature{};
  crypto_sign_ed25519_detached(signature.data(), nullptr, as_unsigned(message), message.size(),
                               secret_.data());
  return signature;
}

std::string SigningKey::secret_text() const {
  Seed seed{};
  crypto_sign_ed25519_sk_to_seed(seed.data(), secret_.data());
  auto text = std::string(secret_prefix) + key_text(verifier_, seed);
  wipe(seed);
  return text;
}

}  // namespace tidemark::security
