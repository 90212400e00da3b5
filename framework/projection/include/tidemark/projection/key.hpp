#pragma once

#include <google/protobuf/message.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tidemark {

/// The key of a projection's rows: getters of the row's fields, in order, for instance
/// `Key<&Row::campaign_id, &Row::minute_micros>`. Strings, bytes, whole numbers, booleans and enums
/// may be keys.
template <auto... Getters>
struct Key;

namespace projection {

/// Appends one key value to `out`. Keys compare as bytes exactly as their values do field by field.
void put_key(std::string& out, std::string_view text);
void put_key(std::string& out, std::int64_t number);
/// Throws std::out_of_range beyond the largest `std::int64_t`: a column could not hold it.
void put_key(std::string& out, std::uint64_t number);

/// The field that `is_set` notices when it alone is given a value; none when there is none.
const google::protobuf::FieldDescriptor* find_field(
    const google::protobuf::Message& prototype,
    const std::function<bool(const google::protobuf::Message&)>& is_set);

template <typename Getter>
struct GetterTraits;
template <typename RowType, typename Value>
struct GetterTraits<Value (RowType::*)() const> {
  using Row = RowType;
  using Type = std::remove_cvref_t<Value>;
};
template <typename RowType, typename Value>
struct GetterTraits<Value (RowType::*)() const noexcept>
    : GetterTraits<Value (RowType::*)() const> {};

template <typename T>
using KeyArgument = std::conditional_t<std::is_same_v<T, std::string>, std::string_view, T>;

template <typename T>
void put_key_value(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    put_key(out, value);
  } else if constexpr (std::is_enum_v<T> || std::signed_integral<T> || std::is_same_v<T, bool>) {
    put_key(out, static_cast<std::int64_t>(value));
  } else {
    static_assert(std::unsigned_integral<T>, "a floating point number cannot be a key");
    put_key(out, static_cast<std::uint64_t>(value));
  }
}

template <typename KeyType>
struct KeyCodec;

template <auto... Getters>
struct KeyCodec<Key<Getters...>> {
  static_assert(sizeof...(Getters) > 0, "a key has at least one field");

  /// The bytes of a key. One argument for each of its fields, in order.
  static void encode(std::string& out,
                     const KeyArgument<typename GetterTraits<decltype(Getters)>::Type>&... values) {
    out.clear();
    (put_key_value(out, values), ...);
  }

  /// The fields behind the getters.
  static std::vector<const google::protobuf::FieldDescriptor*> fields() {
    return {field_of<Getters>()...};
  }

 private:
  template <auto Getter>
  static const google::protobuf::FieldDescriptor* field_of() {
    using Row = typename GetterTraits<decltype(Getter)>::Row;
    using Field = typename GetterTraits<decltype(Getter)>::Type;
    return find_field(Row::default_instance(), [](const google::protobuf::Message& probe) {
      return (static_cast<const Row&>(probe).*Getter)() != Field();
    });
  }
};

}  // namespace projection
}  // namespace tidemark
