#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::intake {

/// What stands in one field of a JSON object.
struct JsonField {
  enum class Kind : std::uint8_t {
    absent,
    null,
    boolean,
    integer,  ///< a whole number that fits `integer`, written without fraction or exponent
    number,   ///< any other number
    text,
    object,
    array,
  };
  Kind kind = Kind::absent;
  std::int64_t integer = 0;
  std::string text;  ///< UTF-8, escapes resolved
};

/// Reads the same fields out of one JSON object after another, and passes over all others.
///
/// A name that stands twice in an object counts as it stands last. What is no JSON: a byte order
/// mark, comments, NaN, half a surrogate pair in an escape, a number beyond the range of a double.
/// Costs about 0.7 µs for 350 bytes, and 3 µs where escapes, fractions or exponents are among them.
/// One thread at a time.
class JsonFields {
 public:
  /// `paths`: names, with a dot between an object's and its field's: "payload.price_micros". An
  /// object whose fields are asked for may be asked for itself.
  explicit JsonFields(const std::vector<std::string>& paths);
  ~JsonFields();

  enum class Read : std::uint8_t {
    fields,
    blank,         ///< nothing but spaces, tabs and carriage returns
    bad_encoding,  ///< not UTF-8
    not_json,      ///< no JSON object
  };
  Read read(std::string_view line);
  /// After `Read::fields`: the field of path number `index`, in the order of the constructor. Good
  /// until the next `read`.
  [[nodiscard]] const JsonField& operator[](std::size_t index) const;
  /// After `Read::not_json`: the byte, from 1, at which it was noticed.
  [[nodiscard]] std::uint64_t error_at() const;

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace tidemark::intake
