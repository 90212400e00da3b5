#pragma once

#include <string_view>

namespace tidemark::admin {

/// The part of a Protobuf full name behind the last dot: what people call it.
inline std::string_view last_part(std::string_view type) {
  const auto dot = type.rfind('.');
  return dot == std::string_view::npos ? type : type.substr(dot + 1);
}

}  // namespace tidemark::admin
