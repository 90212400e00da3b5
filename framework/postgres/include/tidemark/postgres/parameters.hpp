#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/uuid.hpp"

namespace tidemark::postgres {

/// Bytes, to tell a `bytea` from a `text`. A view.
struct Bytes {
  std::string_view bytes;
};

/// The values of a statement's parameters $1, $2, …, in order and in PostgreSQL's binary format.
///
/// Types are those of the value: `bool`, `bigint` for every integer, `double precision`, `text`,
/// `bytea`, `uuid`, and one-dimensional arrays of some; the statement casts where it needs another
/// one. Everything is copied, once, into one buffer. Text must be UTF-8 without zero bytes, or the
/// server refuses it.
class Parameters {
 public:
  Parameters() = default;

  Parameters& add(bool value);
  Parameters& add(double value);
  template <std::integral T>
  Parameters& add(T value) {
    return add_integer(static_cast<std::int64_t>(value));
  }
  Parameters& add(std::string_view text);
  Parameters& add(const char* text) { return add(std::string_view(text)); }
  Parameters& add(Bytes bytes);
  Parameters& add(const Uuid& uuid);
  template <typename Tag>
  Parameters& add(const Id<Tag>& id) {
    return add(id.uuid());
  }
  /// NULL of that type when there is no value.
  template <typename T>
  Parameters& add(const std::optional<T>& value) {
    if (value) return add(*value);
    add(T{});
    make_null();
    return *this;
  }

  /// NULL of the type that the statement has for it.
  Parameters& add_null();
  /// Makes the last parameter NULL, of its type.
  void make_null() { values_.back().null = true; }

  /// An array parameter; elements follow by `element`, all of the array's type, as many as there
  /// are. They end with the next `add…`.
  Parameters& add_bigint_array();
  Parameters& add_text_array();
  Parameters& add_bytea_array();
  Parameters& add_uuid_array();
  Parameters& element(std::int64_t value);
  Parameters& element(std::string_view text_or_bytes);
  Parameters& element(const Uuid& uuid);
  Parameters& null_element();

  [[nodiscard]] std::size_t count() const { return values_.size(); }

  /// For the connection: as libpq takes them. Good until the next change.
  struct Raw {
    std::vector<std::uint32_t> types;
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
  };
  [[nodiscard]] Raw raw() const;

 private:
  struct Value {
    std::uint32_t type = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    bool null = false;
  };
  Parameters& add_integer(std::int64_t value);
  Parameters& add_array(std::uint32_t type, std::uint32_t element_type);
  void begin(std::uint32_t type);
  void end() { values_.back().end = bytes_.size(); }
  void put(std::uint64_t number, unsigned size);
  void count_element(bool null);

  std::string bytes_;
  std::vector<Value> values_;
};

/// Parameters from their values, in order.
template <typename... Ts>
Parameters parameters(Ts&&... values) {
  Parameters all;
  (all.add(std::forward<Ts>(values)), ...);
  return all;
}

}  // namespace tidemark::postgres
