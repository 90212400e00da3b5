#pragma once

#include <ostream>

#include "tidemark/admin/render.hpp"

namespace tidemark::admin {

/// Writes aligned columns. Where a terminal is too narrow, headings go over several lines, times
/// lose year and fraction, and types their packages; then prose is cut, and last of all what stands
/// furthest right. Names stay whole as long as possible: they are what is typed next.
void write_table(std::ostream& out, const Table& table, const Terminal& terminal);

/// A value of a column for a terminal that is not wide.
std::string narrow_text(const std::string& column, const Value& value);

}  // namespace tidemark::admin
