#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tidemark/admin/render.hpp"

namespace tidemark::admin {

/// Writes aligned columns. Where a terminal is too narrow, headings go over several lines, times
/// lose year and fraction, and types their packages; then prose goes on lines of its own below each
/// row, and last what stands furthest right. Nothing is left out but what a row does not have.
void write_table(std::ostream& out, const Table& table, const Terminal& terminal);

/// A value with the name of its column.
struct Labelled {
  std::string name;
  const Value* value = nullptr;
};

/// Writes what has no place in a row on indented lines below it. What is not known is left out.
void write_below(std::ostream& out, const std::vector<Labelled>& rest, const Terminal& terminal);

/// A value of a column for a terminal that is not wide.
std::string narrow_text(const std::string& column, const Value& value);

}  // namespace tidemark::admin
