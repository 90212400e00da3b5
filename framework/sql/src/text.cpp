#include "tidemark/sql/text.hpp"

#include <cstddef>

#include "tidemark/base/bytes.hpp"

namespace tidemark::sql {
namespace {

constexpr std::size_t character_bytes_max = 4;

/// Bytes of the character that `text` begins with; 0: it begins with none.
std::size_t character_size(std::string_view text) {
  for (std::size_t size = 1; size <= character_bytes_max && size <= text.size(); ++size) {
    if (is_text(text.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

bool is_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos && is_utf8(text);
}

std::string text_of(std::string_view text) {
  if (is_text(text)) return std::string(text);
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const auto size = character_size(text.substr(at));
    clean += size > 0 ? text.substr(at, size) : "?";
    at += size > 0 ? size : 1;
  }
  return clean;
}

}  // namespace tidemark::sql
