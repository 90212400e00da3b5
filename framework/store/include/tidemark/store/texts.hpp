#pragma once

#include <string_view>

#include "tidemark/store/append.hpp"
#include "tidemark/store/import.hpp"

namespace tidemark::store {

/// Whether every engine can keep it as a text: UTF-8 without zero bytes.
bool is_text(std::string_view text);
/// Throws `Failure` "store.not_text", which names `field`, when it is none.
void check_text(std::string_view field, std::string_view text);
/// Throws `Failure` "store.not_text" when a name in `append` is no text. Names are what
/// `Limits::name_size_max` holds for, and tags.
void check_texts(const Append& append);
void check_texts(const Import& import);

}  // namespace tidemark::store
