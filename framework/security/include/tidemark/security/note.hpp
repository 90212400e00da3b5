#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/security/signature.hpp"

namespace tidemark::security {

/// A text with signatures below it, as C2SP signed-note says: the text ends with a newline; an
/// empty line and the lines `— <key name> <base64 of key id and signature>` follow. Without a
/// signature it is the text and the empty line.
struct Note {
  struct Signed {
    std::string name;
    KeyId id{};
    std::string signature;  ///< raw bytes
  };
  std::string text;
  std::vector<Signed> signatures;
};

/// Makes a note of `text`, which ends with a newline and has no empty line; `key` null: unsigned.
std::string write_note(std::string_view text, const SigningKey* key);

/// None when it is no note.
std::optional<Note> parse_note(std::string_view note);

/// What the signatures say to whoever knows a key.
enum class Signing : std::uint8_t {
  unknown,  ///< none of them is by this key
  good,
  bad,  ///< one says to be by this key, and is not
};
Signing check_signature(const Note& note, const VerifierKey& key);

}  // namespace tidemark::security
