#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql_link.hpp"
#include "tidemark/sql/statement.hpp"

namespace tidemark::postgres {

/// One statement of the seam, over a link. Its answer is received whole, unless it is scanned:
/// then it is a cursor of the server, of the open transaction.
class SqlCursor final : public sql::Cursor {
 public:
  SqlCursor(SqlLink& link, std::string_view sql, bool scanned);
  ~SqlCursor() override;

  void bind_integer(int parameter, std::int64_t value) override { at(parameter) = value; }
  void bind_real(int parameter, double value) override { at(parameter) = value; }
  void bind_text(int parameter, std::string_view text) override { at(parameter) = text; }
  void bind_passing_text(int parameter, std::string_view text) override {
    at(parameter) = std::string(text);
  }
  void bind_blob(int parameter, sql::Blob blob) override { at(parameter) = blob; }
  void bind_null(int parameter) override { at(parameter) = nullptr; }
  [[noreturn]] void refuse_number(int parameter) override;

  bool next() override;
  void run() override;
  void reset() noexcept override;

  [[nodiscard]] std::int64_t integer(int column) const override;
  [[nodiscard]] double real(int column) const override;
  [[nodiscard]] std::string_view text(int column) const override;
  [[nodiscard]] std::string_view blob(int column) const override;
  [[nodiscard]] bool is_null(int column) const override;
  [[nodiscard]] sql::ValueView value(int column) const override;
  [[nodiscard]] int column_count() const override;
  [[nodiscard]] std::string_view column_name(int column) const override;

 private:
  using Bound =
      std::variant<std::nullptr_t, std::int64_t, double, std::string_view, sql::Blob, std::string>;
  Bound& at(int parameter);
  [[nodiscard]] Statement filled() const;
  void start();
  void fetch();

  SqlLink& link_;
  const Translation statement_;
  const bool scanned_;
  std::vector<Bound> bound_;
  std::optional<Rows> rows_;
  bool reading_ = false;
  int row_ = 0;
  std::uint64_t transaction_ = 0;             ///< that the server's cursor belongs to
  mutable std::vector<std::string> scratch_;  ///< texts of values that are none, by column
};

}  // namespace tidemark::postgres
