#include "sql_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <limits>

#include "tidemark/base/failure.hpp"
#include "types.hpp"

namespace tidemark::postgres {
namespace {

/// Where what begins at `begin` ends: a text, a name or a comment; `begin` itself otherwise.
std::size_t end_of_quoted(std::string_view sql, std::size_t begin) {
  const auto behind = [&](std::string_view closing, std::size_t from) {
    const auto found = sql.find(closing, from);
    return found == std::string_view::npos ? sql.size() : found + closing.size();
  };
  if (sql[begin] == '\'' || sql[begin] == '"') return behind(sql.substr(begin, 1), begin + 1);
  if (sql.substr(begin, 2) == "--") return behind("\n", begin);
  if (sql.substr(begin, 2) == "/*") return behind("*/", begin);
  return begin;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint64_t number_in(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8U | static_cast<unsigned char>(c);
  return number;
}

/// How a numeric is sent: count of digits, weight of the first, sign, digits behind the point;
/// then the digits, of which each is four decimal ones.
struct Numeric {
  explicit Numeric(std::string_view bytes)
      : weight(static_cast<std::int16_t>(number_in(bytes.substr(2, 2)))),
        sign(static_cast<std::uint16_t>(number_in(bytes.substr(4, 2)))),
        digits(bytes.substr(8)) {}
  /// The digit of that weight; 0 where none is sent.
  [[nodiscard]] int digit(int at) const {
    const auto index = weight - at;
    if (index < 0 || index * 2 >= static_cast<int>(digits.size())) return 0;
    return static_cast<int>(number_in(digits.substr(static_cast<std::size_t>(index) * 2, 2)));
  }
  [[nodiscard]] int lowest() const { return weight - static_cast<int>(digits.size() / 2) + 1; }

  int weight;
  unsigned sign;
  std::string_view digits;
};

sql::ValueView numeric_value(std::string_view bytes) {
  constexpr unsigned negative = 0x4000;
  constexpr unsigned beyond_numbers = 0xC000;  // also the bits of both infinities
  const Numeric numeric(bytes);
  if ((numeric.sign & beyond_numbers) == beyond_numbers) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::string text = numeric.sign == negative ? "-0" : "0";
  for (int at = numeric.weight; at >= 0; --at) text += fmt::format("{:04}", numeric.digit(at));
  const bool whole = numeric.lowest() >= 0 || numeric.digits.empty();
  std::int64_t integer = 0;
  const auto* const end = text.data() + text.size();
  if (whole && std::from_chars(text.data(), end, integer).ptr == end) {
    return integer;
  }
  text += '.';
  for (int at = -1; at >= numeric.lowest(); --at) text += fmt::format("{:04}", numeric.digit(at));
  double real = 0;
  std::from_chars(text.data(), text.data() + text.size(), real);
  return real;
}

}  // namespace

Translation translate(std::string_view sql) {
  Translation translation;
  auto& text = translation.sql;
  text.reserve(sql.size());
  for (std::size_t at = 0; at < sql.size();) {
    const auto end = end_of_quoted(sql, at);
    if (end > at) {
      text += sql.substr(at, end - at);
      at = end;
      continue;
    }
    const bool marks = sql[at] == '?' && at + 1 < sql.size() && is_digit(sql[at + 1]);
    text += marks ? '$' : sql[at];
    ++at;
    if (!marks) continue;
    std::size_t number = 0;
    std::from_chars(sql.data() + at, sql.data() + sql.size(), number);
    translation.parameters = std::max(translation.parameters, number);
  }
  return translation;
}

sql::ValueView value_of(const Rows& rows, int row, int column, std::string& scratch,
                        const std::string& area) {
  if (rows.is_null(row, column)) return nullptr;
  const auto bytes = rows.bytes(row, column);
  switch (rows.column_type(column)) {
    case type::bigint:
    case type::integer:
    case type::smallint:
      return rows.integer(row, column);
    case type::oid:
      return static_cast<std::int64_t>(number_in(bytes));
    case type::boolean:
      return std::int64_t{rows.boolean(row, column) ? 1 : 0};
    case type::real:
      return std::bit_cast<double>(number_in(bytes));
    case type::float4:
      return static_cast<double>(
          std::bit_cast<float>(static_cast<std::uint32_t>(number_in(bytes))));
    case type::numeric:
      return numeric_value(bytes);
    case type::bytea:
      return sql::Blob{bytes};
    case type::text:
    case type::name:
    case type::json:
    case type::padded_text:
    case type::limited_text:
    case type::untyped_literal:
      return bytes;
    case type::uuid:
      scratch = to_string(rows.uuid(row, column));
      return std::string_view(scratch);
    default:
      throw Failure({.code = area + ".error",
                     .message = fmt::format("column '{}' is of a type that is not read here",
                                            rows.column_name(column)),
                     .hint = "cast it: column::text"});
  }
}

}  // namespace tidemark::postgres
