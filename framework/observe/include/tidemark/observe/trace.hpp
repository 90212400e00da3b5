#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::observe {

/// One span's place in a distributed trace, as W3C Trace Context's `traceparent` carries it.
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};  ///< of the whole trace, never all zero
  std::array<std::uint8_t, 8> span_id{};    ///< of the span that speaks, never all zero
  bool sampled = false;                     ///< the caller records this trace
  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// Reads a `traceparent`. Versions above 00 are read as their first four fields, as the standard
/// asks; version ff, upper case, zero ids and anything malformed are none.
std::optional<TraceContext> parse_traceparent(std::string_view text);

/// "00-<trace id>-<span id>-<flags>", 55 characters.
std::string to_traceparent(const TraceContext& context);

}  // namespace tidemark::observe
