#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/base/time.hpp"

namespace tidemark::runtime {

/// Reads a length of time: a whole number and one of us, ms, s, m, h, d, without a space ("200ms").
/// A bare number has no unit and is none, except 0.
std::optional<Micros> parse_duration(std::string_view text);

/// The text in the largest unit that keeps it whole: "5s", "1500ms". Not negative.
std::string format_duration(Micros duration);

/// Reads a number of bytes: a whole number, alone or with one of B, KiB, MiB, GiB, TiB ("16MiB").
std::optional<std::int64_t> parse_size(std::string_view text);

/// The text in the largest unit that keeps it whole: "16MiB", "1500B". Not negative.
std::string format_size(std::int64_t bytes);

}  // namespace tidemark::runtime
