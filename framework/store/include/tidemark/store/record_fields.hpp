#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::store {

/// Builds the value of a `Record`: texts one behind the other, each with its length in front
/// (unsigned LEB128). Numbers are decimal digits, and what is missing is the empty text.
class RecordFields {
 public:
  RecordFields& add(std::string_view text);
  RecordFields& add(std::int64_t number);
  RecordFields& add(std::uint64_t number);
  template <typename T>
  RecordFields& add(const std::optional<T>& value) {
    return value ? add(*value) : add(std::string_view());
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// The fields of a value: exactly `count`, or `Failure` "store.bad_record".
std::vector<std::string_view> read_fields(std::string_view value, std::size_t count);
std::uint64_t read_unsigned(std::string_view field);
std::int64_t read_signed(std::string_view field);
/// None for the empty text.
std::optional<std::uint64_t> read_optional(std::string_view field);

/// A number as a key: twenty digits, so that keys are in the order of the numbers.
std::string number_key(std::uint64_t number);

}  // namespace tidemark::store
