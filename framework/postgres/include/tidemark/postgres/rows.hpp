#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tidemark/base/uuid.hpp"

struct pg_result;

namespace tidemark::postgres {

/// What a statement answered: rows of columns in binary format. Movable; texts and bytes are views
/// that live as long as it does.
///
/// Rows and columns count from 0. A column is read as the type that the server sent; another one,
/// or NULL where a value is wanted, is a programming error.
class Rows {
 public:
  /// For the connection: takes the result over.
  explicit Rows(pg_result* result);

  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Rows that an INSERT, UPDATE or DELETE changed.
  [[nodiscard]] std::uint64_t affected() const;

  [[nodiscard]] int column_count() const;
  [[nodiscard]] std::string_view column_name(int column) const;
  /// The type's number in the server's catalogue.
  [[nodiscard]] std::uint32_t column_type(int column) const;

  [[nodiscard]] bool is_null(int row, int column) const;
  [[nodiscard]] bool boolean(int row, int column) const;
  /// `smallint`, `integer` or `bigint`.
  [[nodiscard]] std::int64_t integer(int row, int column) const;
  /// Empty for NULL.
  [[nodiscard]] std::string_view text(int row, int column) const { return raw(row, column); }
  /// Empty for NULL.
  [[nodiscard]] std::string_view bytes(int row, int column) const { return raw(row, column); }
  [[nodiscard]] Uuid uuid(int row, int column) const;
  /// A one-dimensional `text[]` or `bytea[]` without NULLs; empty for NULL.
  [[nodiscard]] std::vector<std::string_view> texts(int row, int column) const;

 private:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  [[nodiscard]] std::string_view raw(int row, int column) const;

  std::unique_ptr<pg_result, Clear> result_;
  int count_ = 0;
};

}  // namespace tidemark::postgres
