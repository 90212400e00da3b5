#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/base/random.hpp"

namespace tidemark::security {

/// Tells keys apart that have the same name: the first bytes of the SHA-256 of name and public key.
using KeyId = std::array<std::uint8_t, 4>;

/// An Ed25519 signature (RFC 8032).
using Signature = std::array<std::uint8_t, 64>;

/// Whether `name` can be the name of a key: 1 to 100 visible ASCII characters, no plus sign.
bool is_key_name(std::string_view name);

/// The public half of a key: checks signatures. Written as in a C2SP signed note:
/// `<name>+<id in hex>+<base64 of 0x01 and the public key>`.
class VerifierKey {
 public:
  /// None for anything else, also for an id that is not that of name and key.
  static std::optional<VerifierKey> parse(std::string_view text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const KeyId& id() const { return id_; }
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool accepts(std::string_view message, std::string_view signature) const;

 private:
  friend class SigningKey;
  using PublicKey = std::array<std::uint8_t, 32>;
  VerifierKey(std::string name, const PublicKey& key);

  std::string name_;
  PublicKey key_;
  KeyId id_;
};

/// The secret half of a key: signs. Its memory is overwritten when it goes; it has no text but the
/// one that `secret_text` is asked for.
class SigningKey {
 public:
  /// A new key; `name` must be one. `random` must be the system's, but in tests.
  static SigningKey create(std::string name, Random& random);
  /// Reads what `secret_text` wrote; none for anything else.
  static std::optional<SigningKey> parse(std::string_view text);

  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&&) = delete;
  ~SigningKey();

  [[nodiscard]] const VerifierKey& verifier() const { return verifier_; }
  [[nodiscard]] Signature sign(std::string_view message) const;
  /// `PRIVATE+KEY+<name>+<id in hex>+<base64 of 0x01 and the seed>`: for its file, and nothing
  /// else.
  [[nodiscard]] std::string secret_text() const;

 private:
  using Seed = std::array<std::uint8_t, 32>;
  using Secret = std::array<std::uint8_t, 64>;
  static SigningKey of_seed(std::string name, const Seed& seed);
  SigningKey(VerifierKey verifier, const Secret& secret);

  VerifierKey verifier_;
  Secret secret_;
};

}  // namespace tidemark::security
