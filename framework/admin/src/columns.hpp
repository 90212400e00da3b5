#pragma once

#include <string>
#include <string_view>

#include "tidemark/admin/report.hpp"

namespace tidemark::admin {

/// Characters of UTF-8 text; each is taken to fill one column.
std::size_t width_of(std::string_view text);

/// `text` in at most `width` columns, the last of them an ellipsis where something was cut.
std::string cut(std::string_view text, std::size_t width);

/// "recorded_at" as "RECORDED AT".
std::string heading(std::string_view name);

/// `text` in the colour of the value, if it has one and the terminal shows colours.
std::string coloured(std::string text, const Value& value, bool colour);

}  // namespace tidemark::admin
