#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/base/time.hpp"
#include "tidemark/observe/secret.hpp"

namespace tidemark::observe {

enum class Level : std::uint8_t { debug, info, warn, error };

/// "debug", "info", "warn" or "error".
std::string_view to_string(Level level);
std::optional<Level> parse_level(std::string_view text);

/// One named value of a log line. It refers to the caller's texts and lives no longer than the
/// call.
class Field {
 public:
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, bool>;

  template <typename T>
    requires std::convertible_to<const T&, std::string_view>
  Field(std::string_view name, const T& text) : name_(name), value_(std::string_view(text)) {}
  template <std::integral T>
  Field(std::string_view name, T number) : name_(name), value_(widened(number)) {}
  Field(std::string_view name, const Secret& /*secret*/) : name_(name), value_(Secret::mask) {}

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] const Value& value() const { return value_; }

 private:
  template <typename T>
  static Value widened(T number) {
    if constexpr (std::is_same_v<T, bool>) {
      return number;
    } else if constexpr (std::is_signed_v<T>) {
      return static_cast<std::int64_t>(number);
    } else {
      return static_cast<std::uint64_t>(number);
    }
  }

  std::string_view name_;
  Value value_;
};

/// The value as it would stand in a line, without quotes.
std::string to_string(const Field::Value& value);

/// One line on its way to a sink. Refers to the caller's texts.
struct LogLine {
  UtcTime time;
  Level level = Level::info;
  std::string_view event;
  std::span<const Field> bound;   ///< what the logger adds to each of its lines
  std::span<const Field> fields;  ///< what this line says
};

/// Where lines go. `write` is called from any thread, returns when the line is handed to the
/// system, and never throws: what cannot be written is dropped.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(const LogLine& line) noexcept = 0;
};

enum class LogFormat : std::uint8_t {
  text,  ///< `2026-11-21T05:02:42Z info relay.started topic=orders position=42`
  json,  ///< one JSON object a line: time, level, event, then the fields
};

struct LogTarget {
  LogFormat format = LogFormat::text;
  std::string file = {};  ///< appended to; empty means standard error
};

/// Opens a sink that writes each line at once. A file that cannot be opened is a `Problem`
/// "log.unwritable".
Result<std::shared_ptr<LogSink>, Problem> open_log(const LogTarget& target);

/// The line without its end: one line of printable characters, whatever its texts hold.
std::string render_text(const LogLine& line);
/// The line as one JSON object. Bytes that are not UTF-8 become U+FFFD.
std::string render_json(const LogLine& line);

/// Keeps what is logged, for tests.
class CapturingSink final : public LogSink {
 public:
  /// A line that was logged, with its values as texts.
  struct Line {
    UtcTime time;
    Level level = Level::info;
    std::string event;
    std::vector<std::pair<std::string, std::string>> fields;
    /// The value of the first field of that name.
    [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
  };

  void write(const LogLine& line) noexcept override;
  [[nodiscard]] std::vector<Line> lines() const;
  /// The lines of one event, oldest first.
  [[nodiscard]] std::vector<Line> lines(std::string_view event) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Line> lines_;  ///< guarded by mutex_
};

}  // namespace tidemark::observe
