#include "tidemark/security/note.hpp"

#include <algorithm>

#include "tidemark/base/assert.hpp"
#include "tidemark/security/base64.hpp"

namespace tidemark::security {
namespace {

constexpr std::string_view dash = "\u2014 ";
constexpr std::string_view empty_line = "\n\n";

std::optional<Note::Signed> parse_signature(std::string_view line) {
  if (!line.starts_with(dash)) return std::nullopt;
  line.remove_prefix(dash.size());
  const auto space = line.find(' ');
  if (space == line.npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  const auto bytes = from_base64(line.substr(space + 1));
  Note::Signed found{.name = std::string(line.substr(0, space))};
  if (!bytes || bytes->size() <= found.id.size()) return std::nullopt;
  std::copy_n(bytes->begin(), found.id.size(), found.id.begin());
  found.signature = bytes->substr(found.id.size());
  return found;
}

}  // namespace

std::string write_note(std::string_view text, const SigningKey* key) {
  TIDEMARK_ASSERT(text.ends_with('\n') && text.find(empty_line) == text.npos,
                  "the text of a note is whole lines");
  std::string note(text);
  note += '\n';
  if (key == nullptr) return note;
  const auto& id = key->verifier().id();
  const auto signature = key->sign(text);
  std::string bytes(id.begin(), id.end());
  bytes.append(signature.begin(), signature.end());
  note.append(dash).append(key->verifier().name()).append(" ").append(to_base64(bytes));
  note += '\n';
  return note;
}

std::optional<Note> parse_note(std::string_view note) {
  const auto end = note.rfind(empty_line);
  if (end == note.npos || !note.ends_with('\n')) return std::nullopt;
  Note parsed{.text = std::string(note.substr(0, end + 1)), .signatures = {}};
  for (auto rest = note.substr(end + empty_line.size()); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    auto signature = parse_signature(line);
    if (!signature) return std::nullopt;
    parsed.signatures.push_back(*std::move(signature));
    rest.remove_prefix(line.size() + 1);
  }
  return parsed;
}

Signing check_signature(const Note& note, const VerifierKey& key) {
  auto found = Signing::unknown;
  for (const auto& each : note.signatures) {
    if (each.name != key.name() || each.id != key.id()) continue;
    if (!key.accepts(note.text, each.signature)) return Signing::bad;
    found = Signing::good;
  }
  return found;
}

}  // namespace tidemark::security
