#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tidemark/sql/value.hpp"

struct sqlite3_stmt;

namespace tidemark::sqlite {

struct Connection;
struct CachedStatement;

using sql::Blob;
using sql::ValueView;

/// One SQL statement, ready to be bound, run and read. Obtained from a `Database`, which must
/// outlive it; one thread at a time, the same as uses the database.
///
/// Parameters count from 1, columns from 0, both as SQLite does; a number out of range is a
/// programming error. Texts and blobs are bound *without a copy*: they must stay as they are until
/// the statement is run to its end, reset, or gone. (A `std::string` that would go at once is
/// copied.) What cannot be done throws `Failure`, after which the statement is reset.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  template <std::integral T>
  Statement& bind(int parameter, T value) {
    if (!std::in_range<std::int64_t>(value)) out_of_range(parameter);
    return bind_integer(parameter, static_cast<std::int64_t>(value));
  }
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, const char* text) {
    return bind(parameter, std::string_view(text));
  }
  Statement& bind(int parameter, Blob blob);
  Statement& bind(int parameter, std::nullptr_t);
  template <std::same_as<std::string> T>
  Statement& bind(int parameter, T&& text) {  // a temporary: the lvalue is not the same type
    return bind_copy(parameter, text);
  }
  template <typename T>
  Statement& bind(int parameter, const std::optional<T>& value) {
    return value ? bind(parameter, *value) : bind(parameter, nullptr);
  }
  Statement& bind_value(int parameter, const ValueView& value);
  /// Binds parameters 1, 2, 3, … in order.
  template <typename... Ts>
  Statement& bind_all(Ts&&... values) {
    int parameter = 0;
    (bind(++parameter, std::forward<Ts>(values)), ...);
    return *this;
  }
  /// The number of a parameter written `:name`, `@name` or `$name`; 0 when there is none.
  [[nodiscard]] int parameter(const std::string& name) const;
  [[nodiscard]] int parameter_count() const;

  /// Goes to the next row; false, and the statement is reset, when there is none.
  bool next();
  /// Runs to the end without looking at rows, and resets.
  void run();
  /// Ready to be run again. Bindings stay.
  void reset() noexcept;
  /// Sets every parameter to NULL.
  void clear_bindings() noexcept;

  /// A column of the row that `next()` came to. Texts and blobs are SQLite's own memory: they are
  /// good until the next call of `next`, `run` or `reset`, or of an accessor of the same column
  /// that wants another type.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] ValueView value(int column) const;
  [[nodiscard]] int column_count() const;
  [[nodiscard]] std::string_view column_name(int column) const;

  /// Whether running it cannot change the database file.
  [[nodiscard]] bool is_read_only() const;
  /// Throws what `bind` does for a number that does not fit.
  [[noreturn]] void out_of_range(int parameter) const;

 private:
  friend class Database;
  Statement(Connection& connection, sqlite3_stmt* handle, CachedStatement* cached)
      : connection_(&connection), handle_(handle), cached_(cached) {}
  Statement& bind_integer(int parameter, std::int64_t value);
  Statement& bind_copy(int parameter, std::string_view text);
  [[noreturn]] void fail(int result);
  Statement& bound(int result);
  void release() noexcept;

  Connection* connection_;
  sqlite3_stmt* handle_;     ///< null when moved from
  CachedStatement* cached_;  ///< the cache's entry to return to; null when it owns the handle
};

}  // namespace tidemark::sqlite
