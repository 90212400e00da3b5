#include "sql_cursor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sql_values.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::postgres {
namespace {

/// Rows of a scan that are in memory at a time.
constexpr int fetched_rows = 1000;

std::string as_text(const sql::ValueView& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return fmt::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return fmt::to_string(*real);
  if (const auto* blob = std::get_if<sql::Blob>(&value)) return std::string(blob->bytes);
  return {};
}

template <typename Number>
Number as_number(const sql::ValueView& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<Number>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return static_cast<Number>(*real);
  Number number{};
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    std::from_chars(text->data(), text->data() + text->size(), number);
  }
  return number;
}

}  // namespace

SqlCursor::SqlCursor(SqlLink& link, std::string_view sql, bool scanned)
    : link_(link),
      statement_(link.translated(sql)),
      scanned_(scanned),
      bound_(statement_.parameters, nullptr) {}

SqlCursor::~SqlCursor() { reset(); }

SqlCursor::Bound& SqlCursor::at(int parameter) {
  TIDEMARK_ASSERT(parameter > 0 && static_cast<std::size_t>(parameter) <= bound_.size(),
                  "a parameter that the statement does not have");
  return bound_[static_cast<std::size_t>(parameter) - 1];
}

void SqlCursor::refuse_number(int parameter) {
  throw Failure({.code = link_.area() + ".out_of_range",
                 .message = fmt::format("parameter {} of {}: a number beyond 64 bits with sign",
                                        parameter, statement_.sql)});
}

Statement SqlCursor::filled() const {
  Statement statement{.sql = statement_.sql, .kept = !scanned_};
  auto& parameters = statement.parameters;
  for (const auto& value : bound_) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      parameters.add(*integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
      parameters.add(*real);
    } else if (const auto* view = std::get_if<std::string_view>(&value)) {
      parameters.add(*view);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      parameters.add(std::string_view(*text));
    } else if (const auto* blob = std::get_if<sql::Blob>(&value)) {
      parameters.add(Bytes{blob->bytes});
    } else {
      parameters.add_null();
    }
  }
  return statement;
}

void SqlCursor::start() {
  auto statement = filled();
  if (scanned_) {
    TIDEMARK_ASSERT(link_.in_transaction(), "a scan needs a transaction");
    statement.sql = "DECLARE tidemark_scan NO SCROLL CURSOR FOR " + statement.sql;
    link_.note(std::move(statement));
    transaction_ = link_.transaction();
    fetch();
  } else {
    rows_ = link_.ask(std::move(statement));
  }
  reading_ = true;
  row_ = -1;
}

void SqlCursor::fetch() {
  rows_ = link_.ask({.sql = fmt::format("FETCH {} FROM tidemark_scan", fetched_rows)});
  row_ = -1;
}

bool SqlCursor::next() {
  if (!reading_) start();
  if (++row_ >= rows_->count() && scanned_ && rows_->count() == fetched_rows) {
    fetch();
    ++row_;
  }
  if (row_ < rows_->count()) return true;
  reset();
  return false;
}

void SqlCursor::run() {
  reset();
  link_.note(filled());
}

void SqlCursor::reset() noexcept {
  reading_ = false;
  if (transaction_ != 0 && transaction_ == link_.transaction()) {
    link_.note_quietly({.sql = "CLOSE tidemark_scan"});
  }
  transaction_ = 0;
}

std::int64_t SqlCursor::integer(int column) const { return as_number<std::int64_t>(value(column)); }

double SqlCursor::real(int column) const { return as_number<double>(value(column)); }

std::string_view SqlCursor::text(int column) const {
  const auto found = value(column);
  if (const auto* text = std::get_if<std::string_view>(&found)) return *text;
  auto& scratch = scratch_[static_cast<std::size_t>(column)];
  scratch = as_text(found);
  return scratch;
}

std::string_view SqlCursor::blob(int column) const {
  const auto found = value(column);
  if (const auto* blob = std::get_if<sql::Blob>(&found)) return blob->bytes;
  return text(column);
}

bool SqlCursor::is_null(int column) const { return rows_->is_null(row_, column); }

sql::ValueView SqlCursor::value(int column) const {
  TIDEMARK_ASSERT(reading_, "next() came to a row");
  const auto index = static_cast<std::size_t>(column);
  if (scratch_.size() <= index) scratch_.resize(static_cast<std::size_t>(column_count()));
  return value_of(*rows_, row_, column, scratch_[index], link_.area());
}

int SqlCursor::column_count() const { return rows_ ? rows_->column_count() : 0; }

std::string_view SqlCursor::column_name(int column) const { return rows_->column_name(column); }

}  // namespace tidemark::postgres
