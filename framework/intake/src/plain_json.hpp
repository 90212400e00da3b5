#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemark::intake {

/// Reads JSON as most senders write it, several times faster than a whole parser: no escapes, no
/// fractions or exponents, no integer of more than 18 digits, at most 32 levels. What it takes it
/// reads exactly as a whole parser does; of everything else, also of what is no JSON, it says that
/// it has to be read by one.
///
/// `Handler` is told `start_object`, `key`, `text`, `number_integer`, `boolean`, `null`,
/// `start_array`, `end_array` and `end_object`, in the order of the text, possibly before it turns
/// out that another parser is needed.
template <typename Handler>
class PlainJson {
 public:
  /// `text`: UTF-8; it must outlive this object.
  PlainJson(std::string_view text, Handler& handler)
      : at_(text.data()), end_(text.data() + text.size()), handler_(handler) {}

  /// Whether the text was one object, and was read.
  bool read() {
    skip_space();
    if (!take('{')) return false;
    open('}');
    while (depth_ > 0) {
      if (!read_next()) return false;
    }
    skip_space();
    return at_ == end_;
  }

 private:
  static constexpr std::size_t depth_max = 32;
  static constexpr std::ptrdiff_t digits_max = 18;

  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
  }
  bool take(char wanted) {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] char closing() const { return closing_[depth_ - 1]; }

  bool open(char closing) {
    if (depth_ == depth_max) return false;
    closing_[depth_++] = closing;
    is_first_ = true;
    if (closing == '}') {
      handler_.start_object(0);
    } else {
      handler_.start_array(0);
    }
    return true;
  }
  bool close() {
    const bool is_object = closing() == '}';
    --depth_;
    is_first_ = false;
    if (is_object) {
      handler_.end_object();
    } else {
      handler_.end_array();
    }
    return true;
  }

  /// The next element of the innermost object or array, or its end.
  bool read_next() {
    skip_space();
    if (take(closing())) return close();
    if (!is_first_) {
      if (!take(',')) return false;
      skip_space();
    }
    is_first_ = false;
    if (closing() == ']') return read_value();
    std::string_view name;
    if (!read_text(name)) return false;
    handler_.key(name);
    skip_space();
    if (!take(':')) return false;
    skip_space();
    return read_value();
  }

  bool read_value() {
    if (at_ == end_) return false;
    switch (*at_) {
      case '"': {
        std::string_view text;
        if (!read_text(text)) return false;
        handler_.text(text);
        return true;
      }
      case '{':
        ++at_;
        return open('}');
      case '[':
        ++at_;
        return open(']');
      case 't':
        return read_word("true") && handler_.boolean(true);
      case 'f':
        return read_word("false") && handler_.boolean(false);
      case 'n':
        return read_word("null") && handler_.null();
      default:
        return read_integer();
    }
  }

  bool read_text(std::string_view& text) {
    if (!take('"')) return false;
    const auto* const begin = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) {
      ++at_;
    }
    text = std::string_view(begin, static_cast<std::size_t>(at_ - begin));
    return take('"');
  }

  bool read_word(std::string_view word) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) {
      return false;
    }
    at_ += word.size();
    return true;
  }

  bool read_integer() {
    std::int64_t value = 0;
    const auto* const digits = *at_ == '-' ? at_ + 1 : at_;
    const auto [behind, problem] = std::from_chars(at_, end_, value);
    if (problem != std::errc() || behind - digits > digits_max) return false;
    if (*digits == '0' && behind - digits > 1) return false;
    // What goes on as a fraction or an exponent is found when neither ',' nor an end follows.
    at_ = behind;
    return handler_.number_integer(value);
  }

  const char* at_;
  const char* const end_;
  Handler& handler_;
  std::array<char, depth_max> closing_{};  ///< of each open object and array, innermost last
  std::size_t depth_ = 0;
  bool is_first_ = false;  ///< nothing was read in the innermost one
};

}  // namespace tidemark::intake
