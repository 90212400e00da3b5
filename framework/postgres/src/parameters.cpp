#include "tidemark/postgres/parameters.hpp"

#include <bit>

#include "types.hpp"

namespace tidemark::postgres {
namespace {

constexpr std::size_t has_null_at = 4;
constexpr std::size_t element_count_at = 12;

}  // namespace

void Parameters::put(std::uint64_t number, unsigned size) {
  while (size > 0) bytes_ += static_cast<char>(number >> (8 * --size));
}

void Parameters::begin(std::uint32_t type) {
  values_.push_back({.type = type, .begin = bytes_.size(), .end = bytes_.size()});
}

Parameters& Parameters::add(bool value) {
  begin(type::boolean);
  put(value ? 1 : 0, 1);
  end();
  return *this;
}

Parameters& Parameters::add(double value) {
  begin(type::real);
  put(std::bit_cast<std::uint64_t>(value), 8);
  end();
  return *this;
}

Parameters& Parameters::add_null() {
  begin(type::unknown);
  make_null();
  return *this;
}

Parameters& Parameters::add_integer(std::int64_t value) {
  begin(type::bigint);
  put(static_cast<std::uint64_t>(value), 8);
  end();
  return *this;
}

Parameters& Parameters::add(std::string_view text) {
  begin(type::text);
  bytes_ += text;
  end();
  return *this;
}

Parameters& Parameters::add(Bytes bytes) {
  begin(type::bytea);
  bytes_ += bytes.bytes;
  end();
  return *this;
}

Parameters& Parameters::add(const Uuid& uuid) {
  begin(type::uuid);
  bytes_.append(uuid.bytes().begin(), uuid.bytes().end());
  end();
  return *this;
}

/// The header of a binary array: dimensions, whether there are NULLs, type; then length and lower
/// bound of the one dimension.
Parameters& Parameters::add_array(std::uint32_t type, std::uint32_t element_type) {
  begin(type);
  put(1, 4);
  put(0, 4);
  put(element_type, 4);
  put(0, 4);
  put(1, 4);
  end();
  return *this;
}

Parameters& Parameters::add_bigint_array() { return add_array(type::bigint_array, type::bigint); }
Parameters& Parameters::add_text_array() { return add_array(type::text_array, type::text); }
Parameters& Parameters::add_bytea_array() { return add_array(type::bytea_array, type::bytea); }
Parameters& Parameters::add_uuid_array() { return add_array(type::uuid_array, type::uuid); }

/// One element more in the header of the last array.
void Parameters::count_element(bool null) {
  const auto begin = values_.back().begin;
  if (null) bytes_[begin + has_null_at + 3] = 1;
  for (auto at = begin + element_count_at + 4; at > begin + element_count_at; --at) {
    if (++bytes_[at - 1] != 0) break;
  }
}

Parameters& Parameters::element(std::int64_t value) {
  count_element(false);
  put(8, 4);
  put(static_cast<std::uint64_t>(value), 8);
  end();
  return *this;
}

Parameters& Parameters::element(std::string_view text_or_bytes) {
  count_element(false);
  put(text_or_bytes.size(), 4);
  bytes_ += text_or_bytes;
  end();
  return *this;
}

Parameters& Parameters::element(const Uuid& uuid) {
  count_element(false);
  put(Uuid::size, 4);
  bytes_.append(uuid.bytes().begin(), uuid.bytes().end());
  end();
  return *this;
}

Parameters& Parameters::null_element() {
  count_element(true);
  put(0xFFFFFFFF, 4);
  end();
  return *this;
}

Parameters::Raw Parameters::raw() const {
  Raw raw;
  raw.types.reserve(values_.size());
  raw.values.reserve(values_.size());
  raw.lengths.reserve(values_.size());
  for (const auto& value : values_) {
    const auto size = value.end - value.begin;
    raw.types.push_back(value.type);
    raw.values.push_back(value.null ? nullptr : bytes_.data() + value.begin);
    raw.lengths.push_back(static_cast<int>(size));
  }
  raw.formats.assign(values_.size(), 1);
  return raw;
}

}  // namespace tidemark::postgres
