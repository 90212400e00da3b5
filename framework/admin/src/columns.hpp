#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemark/admin/report.hpp"

namespace tidemark::admin {

/// Characters of UTF-8 text; each is taken to fill one column.
std::size_t width_of(std::string_view text);

/// `text` in at most `width` columns, the last of them an ellipsis where something was cut.
std::string cut(std::string_view text, std::size_t width);

/// `text` in lines of at most `width` columns (0: one line), broken at spaces; a longer word stays
/// whole.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// "1 event", "3 events".
std::string counted(std::uint64_t number, std::string_view noun);

/// "recorded_at" as "RECORDED AT".
std::string heading(std::string_view name);

/// `text` in the colour of the value, if it has one and the terminal shows colours.
std::string coloured(std::string text, const Value& value, bool colour);

}  // namespace tidemark::admin
