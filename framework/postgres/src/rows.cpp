#include "tidemark/postgres/rows.hpp"

#include <libpq-fe.h>

#include <charconv>
#include <cstring>

#include "tidemark/base/assert.hpp"

namespace tidemark::postgres {
namespace {

std::int64_t read_signed(std::string_view bytes) {
  TIDEMARK_ASSERT(bytes.size() == 2 || bytes.size() == 4 || bytes.size() == 8,
                  "the column is a number");
  auto number = static_cast<std::uint64_t>((bytes[0] & 0x80) != 0 ? -1 : 0);
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(number);
}

/// Takes the first `size` bytes off.
std::string_view take(std::string_view& bytes, std::size_t size) {
  TIDEMARK_ASSERT(bytes.size() >= size, "the column is an array");
  const auto taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return taken;
}

}  // namespace

void Rows::Clear::operator()(pg_result* result) const noexcept { PQclear(result); }

Rows::Rows(pg_result* result) : result_(result), count_(PQntuples(result)) {}

std::uint64_t Rows::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view Rows::raw(int row, int column) const {
  TIDEMARK_ASSERT(row < count_ && column < PQnfields(result_.get()), "there is such a value");
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

int Rows::column_count() const { return PQnfields(result_.get()); }

std::string_view Rows::column_name(int column) const {
  const char* name = PQfname(result_.get(), column);
  TIDEMARK_ASSERT(name != nullptr, "there is such a column");
  return name;
}

std::uint32_t Rows::column_type(int column) const { return PQftype(result_.get(), column); }

bool Rows::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

bool Rows::boolean(int row, int column) const {
  const auto bytes = raw(row, column);
  TIDEMARK_ASSERT(bytes.size() == 1, "the column is a boolean");
  return bytes[0] != 0;
}

std::int64_t Rows::integer(int row, int column) const { return read_signed(raw(row, column)); }

Uuid Rows::uuid(int row, int column) const {
  const auto bytes = raw(row, column);
  TIDEMARK_ASSERT(bytes.size() == Uuid::size, "the column is a uuid");
  Uuid::Bytes copy{};
  std::memcpy(copy.data(), bytes.data(), copy.size());
  return Uuid(copy);
}

std::vector<std::string_view> Rows::texts(int row, int column) const {
  std::vector<std::string_view> found;
  auto bytes = raw(row, column);
  if (bytes.empty()) return found;
  const auto dimensions = read_signed(take(bytes, 4));
  take(bytes, 8);
  if (dimensions == 0) return found;
  const auto count = read_signed(take(bytes, 4));
  take(bytes, 4);
  for (std::int64_t at = 0; at < count; ++at) {
    found.push_back(take(bytes, static_cast<std::size_t>(read_signed(take(bytes, 4)))));
  }
  return found;
}

}  // namespace tidemark::postgres
