#include "tidemark/sqlite/statement.hpp"

#include <fmt/format.h>

#include "connection.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::sqlite {
namespace {

/// The field itself, to be asked as often as is needed: each `sqlite3_column_` function looks it up
/// again. SQLite calls it unprotected, because nothing keeps a second thread from it; a connection
/// of ours has one thread at a time.
sqlite3_value* cell(sqlite3_stmt* row, int column) { return sqlite3_column_value(row, column); }

std::string_view text_of(sqlite3_value* value) {
  const auto* data = sqlite3_value_text(value);
  if (data == nullptr) return {};
  const auto size = sqlite3_value_bytes(value);
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::string_view blob_of(sqlite3_value* value) {
  const auto* data = sqlite3_value_blob(value);
  if (data == nullptr) return {};  // NULL, or no bytes
  const auto size = sqlite3_value_bytes(value);
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      handle_(std::exchange(other.handle_, nullptr)),
      cached_(std::exchange(other.cached_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this == &other) return *this;
  release();
  connection_ = other.connection_;
  handle_ = std::exchange(other.handle_, nullptr);
  cached_ = std::exchange(other.cached_, nullptr);
  return *this;
}

Statement::~Statement() { release(); }

void Statement::release() noexcept {
  if (handle_ == nullptr) return;
  if (cached_ == nullptr) {
    sqlite3_finalize(handle_);
  } else {
    reset();
    clear_bindings();
    cached_->lent = false;
  }
  handle_ = nullptr;
}

Statement& Statement::bound(int result) {
  TIDEMARK_ASSERT(result != SQLITE_RANGE, "a parameter that the statement does not have");
  TIDEMARK_ASSERT(result != SQLITE_MISUSE, "a statement is bound after reset() only");
  if (result != SQLITE_OK) fail(result);
  return *this;
}

Statement& Statement::bind_integer(int parameter, std::int64_t value) {
  return bound(sqlite3_bind_int64(handle_, parameter, value));
}

Statement& Statement::bind(int parameter, double value) {
  return bound(sqlite3_bind_double(handle_, parameter, value));
}

Statement& Statement::bind(int parameter, std::string_view text) {
  // A null pointer would bind NULL instead of the empty text.
  const char* data = text.data() == nullptr ? "" : text.data();
  return bound(
      sqlite3_bind_text64(handle_, parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Statement& Statement::bind_copy(int parameter, std::string_view text) {
  return bound(sqlite3_bind_text64(handle_, parameter, text.data(), text.size(),
                                   SQLITE_TRANSIENT,  // NOLINT: SQLite's own cast
                                   SQLITE_UTF8));
}

Statement& Statement::bind(int parameter, Blob blob) {
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  return bound(sqlite3_bind_blob64(handle_, parameter, data, blob.bytes.size(), SQLITE_STATIC));
}

Statement& Statement::bind(int parameter, std::nullptr_t) {
  return bound(sqlite3_bind_null(handle_, parameter));
}

Statement& Statement::bind_value(int parameter, const ValueView& value) {
  return std::visit([&](const auto& held) -> Statement& { return bind(parameter, held); }, value);
}

int Statement::parameter(const std::string& name) const {
  return sqlite3_bind_parameter_index(handle_, name.c_str());
}

int Statement::parameter_count() const { return sqlite3_bind_parameter_count(handle_); }

bool Statement::next() {
  const int result = sqlite3_step(handle_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) fail(result);
  sqlite3_reset(handle_);
  return false;
}

void Statement::run() {
  while (next()) {
  }
}

void Statement::reset() noexcept { sqlite3_reset(handle_); }

void Statement::clear_bindings() noexcept { sqlite3_clear_bindings(handle_); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_value_int64(cell(handle_, column));
}

double Statement::real(int column) const { return sqlite3_value_double(cell(handle_, column)); }

std::string_view Statement::text(int column) const { return text_of(cell(handle_, column)); }

std::string_view Statement::blob(int column) const { return blob_of(cell(handle_, column)); }

bool Statement::is_null(int column) const {
  return sqlite3_value_type(cell(handle_, column)) == SQLITE_NULL;
}

ValueView Statement::value(int column) const {
  auto* const value = cell(handle_, column);
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return sqlite3_value_int64(value);
    case SQLITE_FLOAT:
      return sqlite3_value_double(value);
    case SQLITE_TEXT:
      return text_of(value);
    case SQLITE_BLOB:
      return Blob{blob_of(value)};
    default:
      return nullptr;
  }
}

int Statement::column_count() const { return sqlite3_column_count(handle_); }

std::string_view Statement::column_name(int column) const {
  const char* name = sqlite3_column_name(handle_, column);
  TIDEMARK_ASSERT(name != nullptr, "a column that the statement does not have");
  return name;
}

bool Statement::is_read_only() const { return sqlite3_stmt_readonly(handle_) != 0; }

void Statement::out_of_range(int parameter) const {
  throw Failure({.code = connection_->area + ".out_of_range",
                 .message = fmt::format("parameter {} of {}: a number beyond 64 bits with sign",
                                        parameter, sqlite3_sql(handle_))});
}

void Statement::fail(int result) {
  try {
    connection_->fail(result, sqlite3_sql(handle_));
  } catch (...) {
    reset();  // only now: it would overwrite the message
    throw;
  }
}

}  // namespace tidemark::sqlite
