#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// Raw bytes travel as std::string and std::string_view: it is what Protobuf, SQLite and Kafka
/// take.
std::string to_hex(std::string_view bytes);

/// The bytes that `hex` (either case, an even number of digits) spells.
std::optional<std::string> from_hex(std::string_view hex);

/// Adds without overflow; none when the sum does not fit. Money never wraps.
std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b);

/// Whether `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

}  // namespace tidemark
