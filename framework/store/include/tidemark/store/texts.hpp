#pragma once

#include "tidemark/store/append.hpp"
#include "tidemark/store/import.hpp"

namespace tidemark::store {

/// Throws `Failure` "store.not_text" when a name in `append` is no text that every engine can keep:
/// UTF-8 without zero bytes. Names are what `Limits::name_size_max` holds for, and tags.
void check_texts(const Append& append);
void check_texts(const Import& import);

}  // namespace tidemark::store
