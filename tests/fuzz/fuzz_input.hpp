#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace tidemark::fuzz {

/// What a fuzzer made, taken piece by piece; what is not there any more is zero or empty.
class FuzzInput {
 public:
  explicit FuzzInput(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  /// Little-endian, of that many bytes, at most 8.
  std::uint64_t number(unsigned bytes) {
    std::uint64_t value = 0;
    for (unsigned at = 0; at < bytes; ++at) value |= std::uint64_t{byte()} << (8 * at);
    return value;
  }
  std::string_view text(std::size_t size) {
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// Length in one byte, then the text.
  std::string_view short_text() { return text(byte()); }
  std::string_view all() { return text(rest_.size()); }

 private:
  std::string_view rest_;
};

}  // namespace tidemark::fuzz
