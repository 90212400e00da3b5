#include "answer.hpp"

namespace tidemark::command {

std::string encode_answer(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::accepted:
      return "a";
    case Outcome::Kind::nothing:
      return "n";
    case Outcome::Kind::rejected:
      break;
  }
  std::string bytes = "r" + outcome.rejection.code;
  bytes += '\0';
  return bytes + outcome.rejection.detail;
}

bool decode_answer(std::string_view bytes, Outcome& outcome) {
  if (bytes == "a") {
    outcome.kind = Outcome::Kind::accepted;
    return true;
  }
  if (bytes == "n") {
    outcome.kind = Outcome::Kind::nothing;
    return true;
  }
  const auto end = bytes.find('\0');
  if (!bytes.starts_with('r') || end == std::string_view::npos) return false;
  outcome.kind = Outcome::Kind::rejected;
  outcome.rejection = {.code = std::string(bytes.substr(1, end - 1)),
                       .detail = std::string(bytes.substr(end + 1))};
  return true;
}

}  // namespace tidemark::command
