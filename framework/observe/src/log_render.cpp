#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "tidemark/base/bytes.hpp"
#include "tidemark/observe/log_sink.hpp"

namespace tidemark::observe {
namespace {

unsigned char byte_of(char c) { return static_cast<unsigned char>(c); }

bool is_control(char c) { return byte_of(c) < 0x20 || c == 0x7F; }

/// U+0080 to U+009F: some terminals act on them as they do on ESC sequences.
bool is_c1_control(std::string_view rest) {
  return rest.size() >= 2 && byte_of(rest[0]) == 0xC2 && byte_of(rest[1]) < 0xA0;
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || !is_utf8(text)) return true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (is_control(c) || c == ' ' || c == '"' || c == '=' || c == '\\') return true;
    if (is_c1_control(text.substr(at))) return true;
  }
  return false;
}

/// Appends the short escapes that text and JSON share; false when `c` has none.
bool append_short_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return true;
    case '\\':
      out += "\\\\";
      return true;
    case '\n':
      out += "\\n";
      return true;
    case '\r':
      out += "\\r";
      return true;
    case '\t':
      out += "\\t";
      return true;
    default:
      return false;
  }
}

enum class Broken : std::uint8_t { as_hex, as_replacement };

/// Appends `text` in double quotes; bytes that are no UTF-8 appear as `broken` says.
void append_quoted(std::string& out, std::string_view text, Broken broken) {
  const bool whole = is_utf8(text);
  out += '"';
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (append_short_escape(out, c)) continue;
    if (is_control(c)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte_of(c));
    } else if (byte_of(c) >= 0x80 && !whole) {
      if (broken == Broken::as_hex) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte_of(c));
      } else {
        out += "\\ufffd";
      }
    } else if (is_c1_control(text.substr(at))) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte_of(text[++at]));
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_text(std::string& out, std::string_view text) {
  if (needs_quotes(text)) {
    append_quoted(out, text, Broken::as_hex);
  } else {
    out += text;
  }
}

}  // namespace

std::string to_string(const Field::Value& value) {
  return std::visit(
      [](const auto& inner) {
        if constexpr (std::is_same_v<std::decay_t<decltype(inner)>, std::string_view>) {
          return std::string(inner);
        } else {
          return fmt::format("{}", inner);
        }
      },
      value);
}

std::string render_text(const LogLine& line) {
  std::string out = to_string(line.time);
  out += ' ';
  out += to_string(line.level);
  out += ' ';
  append_text(out, line.event);
  for (const auto part : {line.bound, line.fields}) {
    for (const auto& field : part) {
      out += ' ';
      append_text(out, field.name());
      out += '=';
      append_text(out, to_string(field.value()));
    }
  }
  return out;
}

std::string render_json(const LogLine& line) {
  std::string out = R"({"time":")" + to_string(line.time) + R"(","level":")";
  out += to_string(line.level);
  out += R"(","event":)";
  append_quoted(out, line.event, Broken::as_replacement);
  for (const auto part : {line.bound, line.fields}) {
    for (const auto& field : part) {
      out += ',';
      append_quoted(out, field.name(), Broken::as_replacement);
      out += ':';
      if (const auto* text = std::get_if<std::string_view>(&field.value())) {
        append_quoted(out, *text, Broken::as_replacement);
      } else {
        out += to_string(field.value());
      }
    }
  }
  return out + '}';
}

}  // namespace tidemark::observe
