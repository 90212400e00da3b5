#include "columns.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::admin {
namespace {

bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

std::string cut(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t characters = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (starts_character(text[end]) && characters++ == width - 1) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const auto space = text.find(' ');
    const auto word = text.substr(0, space);
    auto& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (width == 0 || width_of(line) + 1 + width_of(word) <= width) {
      line.append(" ").append(word);
    } else {
      lines.emplace_back(word);
    }
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return lines;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string heading(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), [](char c) {
    if (c == '_') return ' ';
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string coloured(std::string text, const Value& value, bool colour) {
  const auto* marked = std::get_if<Marked>(&value);
  if (!colour || marked == nullptr) return text;
  const char* start = "\x1b[32m";
  if (marked->mood == Mood::warning) start = "\x1b[33m";
  if (marked->mood == Mood::bad) start = "\x1b[31m";
  return start + std::move(text) + "\x1b[0m";
}

}  // namespace tidemark::admin
