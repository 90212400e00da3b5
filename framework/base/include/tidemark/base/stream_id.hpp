#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// The name of a stream: "<category>-<id>", split at the first '-'.
///
/// A category is 1 to 64 characters of a-z, 0-9, '_', '.', '$', without '-'; an id is 1 to 190
/// bytes of UTF-8 without control characters.
class StreamId {
 public:
  static constexpr std::size_t category_size_max = 64;
  static constexpr std::size_t id_size_max = 190;

  /// No name at all: for members that are filled later. Never stored.
  StreamId() = default;
  /// From its parts; a part that breaks the rules above throws a `Failure` "stream.bad_name".
  StreamId(std::string_view category, std::string_view id);
  /// From "<category>-<id>".
  static std::optional<StreamId> parse(std::string_view name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string_view category() const {
    return std::string_view(name_).substr(0, category_size_);
  }
  [[nodiscard]] std::string_view id() const {
    return name_.empty() ? std::string_view() : std::string_view(name_).substr(category_size_ + 1);
  }
  friend auto operator<=>(const StreamId& a, const StreamId& b) { return a.name_ <=> b.name_; }
  friend bool operator==(const StreamId& a, const StreamId& b) { return a.name_ == b.name_; }

 private:
  std::string name_;
  std::size_t category_size_ = 0;
};

/// Whether `text` may be a category.
bool is_category(std::string_view text);

inline std::string to_string(const StreamId& stream) { return stream.name(); }

}  // namespace tidemark

template <>
struct std::hash<tidemark::StreamId> {
  std::size_t operator()(const tidemark::StreamId& stream) const noexcept {
    return std::hash<std::string>()(stream.name());
  }
};
