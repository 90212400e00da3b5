#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemark::admin {

/// RFC 4648, with padding.
std::string to_base64(std::string_view bytes);

/// The inverse; none for anything else.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace tidemark::admin
