#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemark::security {

/// RFC 4648, with padding. Its running time does not tell what the bytes are.
std::string to_base64(std::string_view bytes);

/// The inverse; none for anything else, also for unused bits that are not zero.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace tidemark::security
