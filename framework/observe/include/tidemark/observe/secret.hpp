#pragma once

#include <fmt/core.h>

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark::observe {

/// A text that never prints: a password, a token. Every way of formatting it gives "***"; only
/// `reveal()` gives the text, so that each place which does can be found.
class Secret {
 public:
  static constexpr std::string_view mask = "***";

  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  /// The text itself, for whoever must present it. Never log it.
  [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

 private:
  std::string text_;
};

inline std::string to_string(const Secret& /*secret*/) { return std::string(Secret::mask); }
std::ostream& operator<<(std::ostream& out, const Secret& secret);

}  // namespace tidemark::observe

template <>
struct fmt::formatter<tidemark::observe::Secret> : fmt::formatter<std::string_view> {
  template <typename FormatContext>
  auto format(const tidemark::observe::Secret& /*secret*/, FormatContext& context) const {
    return fmt::formatter<std::string_view>::format(tidemark::observe::Secret::mask, context);
  }
};
