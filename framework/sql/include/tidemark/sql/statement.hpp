#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tidemark/sql/value.hpp"

namespace tidemark::sql {

/// What an engine makes of one statement: for those who write engines, who find the contract of
/// each function in `Statement`.
class Cursor {
 public:
  Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  virtual ~Cursor() = default;

  virtual void bind_integer(int parameter, std::int64_t value) = 0;
  virtual void bind_real(int parameter, double value) = 0;
  virtual void bind_text(int parameter, std::string_view text) = 0;
  /// As `bind_text`; the text goes with the call.
  virtual void bind_passing_text(int parameter, std::string_view text) = 0;
  virtual void bind_blob(int parameter, Blob blob) = 0;
  virtual void bind_null(int parameter) = 0;
  /// Throws `Failure` "….out_of_range".
  [[noreturn]] virtual void refuse_number(int parameter) = 0;

  virtual bool next() = 0;
  virtual void run() = 0;
  virtual void reset() noexcept = 0;

  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual double real(int column) const = 0;
  [[nodiscard]] virtual std::string_view text(int column) const = 0;
  [[nodiscard]] virtual std::string_view blob(int column) const = 0;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual ValueView value(int column) const = 0;
  [[nodiscard]] virtual int column_count() const = 0;
  [[nodiscard]] virtual std::string_view column_name(int column) const = 0;
};

/// One SQL statement, ready to be bound, run and read, whatever engine runs it. Obtained from a
/// `Database`, which must outlive it; one thread at a time, the same as uses the database.
///
/// Parameters are written `?1`, `?2`, … and count from 1, columns from 0; a number out of range is
/// a programming error. Texts and blobs are bound *without a copy*: they must stay as they are
/// until the statement is run to its end, reset, or gone. (A `std::string` that would go at once is
/// copied.) What cannot be done throws `Failure`, after which the statement is reset.
class Statement {
 public:
  explicit Statement(std::unique_ptr<Cursor> cursor) : cursor_(std::move(cursor)) {}

  template <std::integral T>
  Statement& bind(int parameter, T value) {
    if (!std::in_range<std::int64_t>(value)) cursor_->refuse_number(parameter);
    cursor_->bind_integer(parameter, static_cast<std::int64_t>(value));
    return *this;
  }
  Statement& bind(int parameter, double value) {
    cursor_->bind_real(parameter, value);
    return *this;
  }
  Statement& bind(int parameter, std::string_view text) {
    cursor_->bind_text(parameter, text);
    return *this;
  }
  Statement& bind(int parameter, const char* text) {
    return bind(parameter, std::string_view(text));
  }
  Statement& bind(int parameter, Blob blob) {
    cursor_->bind_blob(parameter, blob);
    return *this;
  }
  Statement& bind(int parameter, std::nullptr_t) {
    cursor_->bind_null(parameter);
    return *this;
  }
  template <std::same_as<std::string> T>
  Statement& bind(int parameter, T&& text) {  // a temporary: the lvalue is not the same type
    cursor_->bind_passing_text(parameter, text);
    return *this;
  }
  template <typename T>
  Statement& bind(int parameter, const std::optional<T>& value) {
    return value ? bind(parameter, *value) : bind(parameter, nullptr);
  }
  Statement& bind_value(int parameter, const ValueView& value) {
    return std::visit([&](const auto& held) -> Statement& { return bind(parameter, held); }, value);
  }
  /// Binds parameters 1, 2, 3, … in order.
  template <typename... Ts>
  Statement& bind_all(Ts&&... values) {
    int parameter = 0;
    (bind(++parameter, std::forward<Ts>(values)), ...);
    return *this;
  }

  /// Goes to the next row; false, and the statement is reset, when there is none.
  bool next() { return cursor_->next(); }
  /// Runs to the end without looking at rows, and resets. Within a transaction an engine may only
  /// note it, see `Database::flush`.
  void run() { cursor_->run(); }
  /// Ready to be run again. Bindings stay.
  void reset() noexcept { cursor_->reset(); }

  /// A column of the row that `next()` came to. Texts and blobs are the engine's own memory: they
  /// are good until the next call of `next`, `run` or `reset`, or of an accessor of the same column
  /// that wants another type.
  [[nodiscard]] std::int64_t integer(int column) const { return cursor_->integer(column); }
  [[nodiscard]] double real(int column) const { return cursor_->real(column); }
  [[nodiscard]] std::string_view text(int column) const { return cursor_->text(column); }
  [[nodiscard]] std::string_view blob(int column) const { return cursor_->blob(column); }
  [[nodiscard]] bool is_null(int column) const { return cursor_->is_null(column); }
  [[nodiscard]] ValueView value(int column) const { return cursor_->value(column); }
  /// Columns of the answer; known from the first `next` on.
  [[nodiscard]] int column_count() const { return cursor_->column_count(); }
  [[nodiscard]] std::string_view column_name(int column) const {
    return cursor_->column_name(column);
  }

 private:
  std::unique_ptr<Cursor> cursor_;
};

}  // namespace tidemark::sql
