#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "tidemark/base/assert.hpp"

namespace tidemark {

/// Marks a value as the error of a `Result`: `return Unexpected(AppendError{...});`
template <typename E>
class Unexpected {
 public:
  explicit Unexpected(E error) : error_(std::move(error)) {}
  [[nodiscard]] const E& error() const& noexcept { return error_; }
  [[nodiscard]] E&& error() && noexcept { return std::move(error_); }

 private:
  E error_;
};

/// A value, or the reason why there is none that the caller should act on.
///
/// The names are those of C++23's `std::expected`, which Debian 12's compiler lacks in C++20.
/// Reading the side that is not there is a programming error and aborts. As thread safe as its
/// members.
template <typename T, typename E>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<T, E>, "value and error must be different types");

 public:
  using value_type = T;
  using error_type = E;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: as std::expected
  Result(Unexpected<E> error)                                            // NOLINT: as std::expected
      : state_(std::in_place_index<1>, std::move(error).error()) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& value() & { return *check_value(); }
  [[nodiscard]] const T& value() const& { return *const_cast<Result*>(this)->check_value(); }
  [[nodiscard]] T&& value() && { return std::move(*check_value()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return check_value(); }
  const T* operator->() const { return const_cast<Result*>(this)->check_value(); }

  [[nodiscard]] const E& error() const& {
    TIDEMARK_ASSERT(!has_value(), "error() of a Result that holds a value");
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] E&& error() && {
    TIDEMARK_ASSERT(!has_value(), "error() of a Result that holds a value");
    return std::move(*std::get_if<1>(&state_));
  }
  [[nodiscard]] T value_or(T other) const& { return has_value() ? value() : std::move(other); }

 private:
  T* check_value() {
    TIDEMARK_ASSERT(has_value(), "value() of a Result that holds an error");
    return std::get_if<0>(&state_);
  }
  std::variant<T, E> state_;
};

/// A `Result` whose success carries nothing.
template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  Result() = default;
  Result(Unexpected<E> error) : error_(std::move(error).error()) {}  // NOLINT: as std::expected

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] const E& error() const& {
    TIDEMARK_ASSERT(error_.has_value(), "error() of a Result that holds a value");
    return *error_;
  }

 private:
  std::optional<E> error_;
};

}  // namespace tidemark
