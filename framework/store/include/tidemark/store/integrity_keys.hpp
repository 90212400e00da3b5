#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/uuid.hpp"
#include "tidemark/store/integrity.hpp"

namespace tidemark::security {
struct Note;
enum class Signing : std::uint8_t;
}  // namespace tidemark::security

namespace tidemark::store {

/// The text of a checkpoint's note: what is signed. It follows from the checkpoint alone, so that
/// a note that says something else is noticed. A part of the file format: it never changes.
std::string checkpoint_text(const StoreId& store, const IssuedCheckpoint& checkpoint);

/// The keys that an engine's checkpoints are signed and checked with. Safe from any thread.
class IntegrityKeys {
 public:
  /// `signing_key_file` may be empty. Throws `Failure` "key.*".
  IntegrityKeys(const std::filesystem::path& signing_key_file,
                const std::vector<std::string>& verifier_keys);
  ~IntegrityKeys();

  /// Whether newest checkpoints must be signed by one of them: somebody said whose they must be.
  [[nodiscard]] bool demand_signature() const { return demand_signature_; }
  /// A note with `text`, signed when there is a key.
  [[nodiscard]] std::string write(const std::string& text) const;
  /// Whether a note is signed by the key that would sign it now; without one, always.
  [[nodiscard]] bool is_signed_as_now(const std::string& note) const;
  /// What the signatures of a note say: one that is wrong counts for more than one that is good.
  [[nodiscard]] security::Signing check(const security::Note& note) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  const bool demand_signature_;
};

}  // namespace tidemark::store
