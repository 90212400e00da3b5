#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace tidemark::sql {

/// Bytes, to tell them from text. A view.
struct Blob {
  std::string_view bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

/// One value of a type that is known only at run time. A view.
using ValueView = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, Blob>;

}  // namespace tidemark::sql
