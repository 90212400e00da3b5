#include "type_names.hpp"

#include "columns.hpp"

namespace tidemark::admin {

std::string_view last_part(std::string_view type) {
  const auto dot = type.rfind('.');
  return dot == std::string_view::npos ? type : type.substr(dot + 1);
}

std::string short_types(std::string_view text) {
  std::string words;
  for (const auto& word : wrapped(text, 1)) {
    words.append(words.empty() ? "" : " ").append(last_part(word));
  }
  return words;
}

}  // namespace tidemark::admin
