#include "tidemark/store/integrity_keys.hpp"

#include <fmt/format.h>

#include <optional>

#include "tidemark/base/failure.hpp"
#include "tidemark/security/base64.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/security/key_file.hpp"
#include "tidemark/security/note.hpp"

namespace tidemark::store {

struct IntegrityKeys::Keys {
  std::optional<security::SigningKey> signing;
  std::vector<security::VerifierKey> verifiers;
};

std::string checkpoint_text(const StoreId& store, const IssuedCheckpoint& checkpoint) {
  return fmt::format("tidemark/{}\n{}\n{}\nchain {}\nissued_at {}\n", to_string(store),
                     checkpoint.checkpoint.position.value(),
                     security::to_base64(security::as_bytes(checkpoint.root)),
                     security::to_base64(security::as_bytes(checkpoint.checkpoint.chain)),
                     to_string(checkpoint.issued_at));
}

IntegrityKeys::IntegrityKeys(const std::filesystem::path& signing_key_file,
                             const std::vector<std::string>& verifier_keys)
    : keys_(std::make_unique<Keys>()), demand_signature_(!verifier_keys.empty()) {
  for (const auto& text : verifier_keys) {
    const auto key = security::VerifierKey::parse(text);
    if (!key) {
      throw Failure({.code = "key.malformed",
                     .message = "'" + text + "' is no verifier key",
                     .hint = "`tidemark key create` printed it: <name>+<id>+<base64>"});
    }
    keys_->verifiers.push_back(*key);
  }
  if (signing_key_file.empty()) return;
  keys_->signing.emplace(security::read_key_file(signing_key_file));
  keys_->verifiers.push_back(keys_->signing->verifier());
}

IntegrityKeys::~IntegrityKeys() = default;

std::string IntegrityKeys::write(const std::string& text) const {
  return security::write_note(text, keys_->signing ? &*keys_->signing : nullptr);
}

bool IntegrityKeys::is_signed_as_now(const std::string& note) const {
  if (!keys_->signing) return true;
  const auto parsed = security::parse_note(note);
  return parsed &&
         security::check_signature(*parsed, keys_->signing->verifier()) == security::Signing::good;
}

security::Signing IntegrityKeys::check(const security::Note& note) const {
  auto found = security::Signing::unknown;
  for (const auto& key : keys_->verifiers) {
    const auto says = security::check_signature(note, key);
    if (says == security::Signing::bad) return says;
    if (says == security::Signing::good) found = says;
  }
  return found;
}

}  // namespace tidemark::store
