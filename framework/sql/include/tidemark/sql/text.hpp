#pragma once

#include <string>
#include <string_view>

namespace tidemark::sql {

/// Whether every engine keeps `text` as it is: it is UTF-8 without zero bytes.
bool is_text(std::string_view text);

/// `text` as every engine keeps it: '?' stands for each byte that is of no character, and for zero
/// bytes.
std::string text_of(std::string_view text);

}  // namespace tidemark::sql
