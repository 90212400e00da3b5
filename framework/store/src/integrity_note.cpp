#include "integrity_note.hpp"

#include <fmt/format.h>

#include "tidemark/base/failure.hpp"
#include "tidemark/security/base64.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/security/key_file.hpp"

namespace tidemark::store {

std::string checkpoint_text(const StoreId& store, const IssuedCheckpoint& checkpoint) {
  return fmt::format("tidemark/{}\n{}\n{}\nchain {}\nissued_at {}\n", to_string(store),
                     checkpoint.checkpoint.position.value(),
                     security::to_base64(security::as_bytes(checkpoint.root)),
                     security::to_base64(security::as_bytes(checkpoint.checkpoint.chain)),
                     to_string(checkpoint.issued_at));
}

IntegrityKeys::IntegrityKeys(const std::filesystem::path& signing_key_file,
                             const std::vector<std::string>& verifier_keys)
    : demand_signature_(!verifier_keys.empty()) {
  for (const auto& text : verifier_keys) {
    const auto key = security::VerifierKey::parse(text);
    if (!key) {
      throw Failure({.code = "key.malformed",
                     .message = "'" + text + "' is no verifier key",
                     .hint = "`tidemark key create` printed it: <name>+<id>+<base64>"});
    }
    verifiers_.push_back(*key);
  }
  if (signing_key_file.empty()) return;
  signing_.emplace(security::read_key_file(signing_key_file));
  verifiers_.push_back(signing_->verifier());
}

std::string IntegrityKeys::write(const std::string& text) const {
  return security::write_note(text, signing_ ? &*signing_ : nullptr);
}

bool IntegrityKeys::is_signed_as_now(const std::string& note) const {
  if (!signing_) return true;
  const auto parsed = security::parse_note(note);
  return parsed &&
         security::check_signature(*parsed, signing_->verifier()) == security::Signing::good;
}

security::Signing IntegrityKeys::check(const security::Note& note) const {
  auto found = security::Signing::unknown;
  for (const auto& key : verifiers_) {
    const auto says = security::check_signature(note, key);
    if (says == security::Signing::bad) return says;
    if (says == security::Signing::good) found = says;
  }
  return found;
}

}  // namespace tidemark::store
