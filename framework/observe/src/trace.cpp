#include "tidemark/observe/trace.hpp"

#include <algorithm>

#include "tidemark/base/bytes.hpp"

namespace tidemark::observe {
namespace {

constexpr std::size_t size_of_version_00 = 55;

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

template <std::size_t size>
std::string hex_of(const std::array<std::uint8_t, size>& id) {
  return to_hex(std::string(id.begin(), id.end()));
}

/// Reads an id from its digits; false when it is malformed or zero.
template <std::size_t size>
bool read_id(std::string_view digits, std::array<std::uint8_t, size>& id) {
  if (!is_lower_hex(digits)) return false;
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != size) return false;
  std::transform(bytes->begin(), bytes->end(), id.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return id != std::array<std::uint8_t, size>{};
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < size_of_version_00 || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  const auto version = text.substr(0, 2);
  if (!is_lower_hex(version) || version == "ff") return std::nullopt;
  if (text.size() > size_of_version_00 && (version == "00" || text[55] != '-')) return std::nullopt;

  TraceContext context;
  const auto flags = text.substr(53, 2);
  if (!read_id(text.substr(3, 32), context.trace_id) ||
      !read_id(text.substr(36, 16), context.span_id) || !is_lower_hex(flags)) {
    return std::nullopt;
  }
  // The flag is the lowest bit: the last digit is odd.
  context.sampled = std::string_view("13579bdf").find(flags.back()) != std::string_view::npos;
  return context;
}

std::string to_traceparent(const TraceContext& context) {
  return "00-" + hex_of(context.trace_id) + "-" + hex_of(context.span_id) +
         (context.sampled ? "-01" : "-00");
}

}  // namespace tidemark::observe
