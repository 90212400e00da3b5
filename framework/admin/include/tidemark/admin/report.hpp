#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tidemark/base/time.hpp"

namespace tidemark::admin {

/// A number of bytes.
struct Size {
  std::uint64_t bytes = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

/// A text that is JSON already, such as an event's payload.
struct Json {
  std::string text;
  friend bool operator==(const Json&, const Json&) = default;
};

/// Several texts.
struct Texts {
  std::vector<std::string> texts;
  friend bool operator==(const Texts&, const Texts&) = default;
};

/// How a text is meant, for terminals with colour.
enum class Mood : std::uint8_t { good, warning, bad };

struct Marked {
  std::string text;
  Mood mood = Mood::good;
  friend bool operator==(const Marked&, const Marked&) = default;
};

/// One thing that a report says. Nothing, a text, a number, a yes or no, a time, a duration, a
/// size, several texts.
using Value = std::variant<std::monostate, std::string, std::uint64_t, bool, UtcTime, Micros, Size,
                           Json, Marked, Texts>;

/// A time that may not be known: nothing for the epoch.
inline Value time_or_nothing(UtcTime time) { return time == UtcTime() ? Value() : Value(time); }
/// A text that may be empty: nothing then.
inline Value text_or_nothing(std::string_view text) {
  return text.empty() ? Value() : Value(std::string(text));
}

/// A named value. Names are snake_case, stable, and without unit: rendering adds it.
struct Fact {
  std::string name;
  Value value;
};
using Facts = std::vector<Fact>;

/// Named facts, one to a line. Facts of a section without a name belong to the report as a whole.
struct FactList {
  std::string name;
  Facts facts;
};

/// Rows of the same columns.
struct Table {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  std::string if_empty = "none";  ///< what a person reads instead of a table without rows
};

/// A line of a tree, with what it says as facts for programs.
struct Node {
  std::string text;
  Facts facts;
  std::vector<Node> children;
};
struct Tree {
  std::string name;
  std::vector<Node> roots;
  bool whole = false;             ///< lines that are too long go on below, instead of being cut
  std::string if_empty = "none";  ///< what a person reads instead of a tree without roots
};

/// Lines that stay as they are, such as a chart.
struct Text {
  std::string name;
  std::string text;
};

using Section = std::variant<FactList, Table, Tree, Text>;

/// What a verb answers: plain data, to be rendered for a person or for a program.
struct Report {
  std::vector<Section> sections;
  bool findings = false;  ///< something is wrong: exit code 1

  Report& add(Section section) {
    sections.push_back(std::move(section));
    return *this;
  }
};

/// The value of a fact, by the names of section and fact; null when there is none.
const Value* find_fact(const Report& report, std::string_view section, std::string_view name);
/// The table of that name; null when there is none.
const Table* find_table(const Report& report, std::string_view name);

}  // namespace tidemark::admin
