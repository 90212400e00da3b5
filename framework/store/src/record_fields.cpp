#include "tidemark/store/record_fields.hpp"

#include <fmt/format.h>

#include <charconv>

#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

[[noreturn]] void fail(std::string_view why) {
  throw Failure({.code = "store.bad_record",
                 .message = fmt::format("a record of a copy is damaged: {}", why),
                 .hint = "copy it again"});
}

template <typename Number>
Number read_number(std::string_view field) {
  Number number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (error != std::errc() || end != field.data() + field.size()) fail("a number is none");
  return number;
}

/// Takes a length off the front of `bytes`.
std::size_t take_length(std::string_view& bytes) {
  std::uint64_t length = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (bytes.empty()) fail("it ends early");
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    length |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) return static_cast<std::size_t>(length);
  }
  fail("a length is none");
}

}  // namespace

RecordFields& RecordFields::add(std::string_view text) {
  auto length = text.size();
  for (; length >= 0x80; length >>= 7) {
    bytes_ += static_cast<char>((length & 0x7F) | 0x80);
  }
  bytes_ += static_cast<char>(length);
  bytes_ += text;
  return *this;
}

RecordFields& RecordFields::add(std::int64_t number) {
  return add(std::string_view(fmt::to_string(number)));
}

RecordFields& RecordFields::add(std::uint64_t number) {
  return add(std::string_view(fmt::to_string(number)));
}

std::vector<std::string_view> read_fields(std::string_view value, std::size_t count) {
  std::vector<std::string_view> fields;
  fields.reserve(count);
  while (!value.empty()) {
    const auto length = take_length(value);
    if (length > value.size()) fail("it ends early");
    fields.push_back(value.substr(0, length));
    value.remove_prefix(length);
  }
  if (fields.size() != count) fail("it has another number of fields");
  return fields;
}

std::uint64_t read_unsigned(std::string_view field) { return read_number<std::uint64_t>(field); }

std::int64_t read_signed(std::string_view field) { return read_number<std::int64_t>(field); }

std::optional<std::uint64_t> read_optional(std::string_view field) {
  if (field.empty()) return std::nullopt;
  return read_unsigned(field);
}

std::string number_key(std::uint64_t number) { return fmt::format("{:020}", number); }

}  // namespace tidemark::store
