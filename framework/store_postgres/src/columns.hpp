#pragma once

#include <cstring>
#include <string_view>
#include "store_names.hpp"

#include "tidemark/base/failure.hpp"
#include "tidemark/postgres/parameters.hpp"
#include "tidemark/postgres/rows.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store_postgres {

inline postgres::Bytes as_bytes(const ChainHash& hash) {
  return {{reinterpret_cast<const char*>(hash.data()), hash.size()}};
}

inline std::uint64_t read_number(const postgres::Rows& rows, int row, int column) {
  return rows.is_null(row, column) ? 0 : static_cast<std::uint64_t>(rows.integer(row, column));
}

/// A hash of exactly its size; another size means that the tables are damaged.
inline ChainHash read_hash(const postgres::Rows& rows, int row, int column) {
  ChainHash hash{};
  const auto bytes = rows.bytes(row, column);
  if (bytes.size() != hash.size()) {
    throw Failure({.code = "store.corrupt",
                   .message = "a digest does not have its size",
                   .hint = "restore the database from a backup; verify names the place"});
  }
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

}  // namespace tidemark::store_postgres
