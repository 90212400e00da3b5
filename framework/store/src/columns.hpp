#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/uuid.hpp"
#include "tidemark/sqlite/statement.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// Ids and digests as SQLite's blobs, and back.
template <typename Tag>
sqlite::Blob as_blob(const Id<Tag>& id) {
  return {{reinterpret_cast<const char*>(id.uuid().bytes().data()), Uuid::size}};
}

inline sqlite::Blob as_blob(const ChainHash& hash) {
  return {{reinterpret_cast<const char*>(hash.data()), hash.size()}};
}

/// A blob of exactly `Size` bytes; another size means that the file is damaged.
template <std::size_t Size>
std::array<std::uint8_t, Size> read_bytes(const sqlite::Statement& row, int column) {
  std::array<std::uint8_t, Size> bytes{};
  const auto blob = row.blob(column);
  if (blob.size() != Size) {
    throw Failure({.code = "store.corrupt",
                   .message = "an id or a digest does not have its size",
                   .hint = "restore the file from a backup; verify names the place"});
  }
  std::memcpy(bytes.data(), blob.data(), Size);
  return bytes;
}

template <typename AnyId>
AnyId read_id(const sqlite::Statement& row, int column) {
  return AnyId(Uuid(read_bytes<Uuid::size>(row, column)));
}

inline ChainHash read_hash(const sqlite::Statement& row, int column) {
  return read_bytes<sizeof(ChainHash)>(row, column);
}

inline std::uint64_t read_number(const sqlite::Statement& row, int column) {
  return static_cast<std::uint64_t>(row.integer(column));
}

/// The number behind the last that was given. No log comes near the end of them: it is damaged.
inline std::int64_t next_number(std::int64_t last) {
  if (last < INT64_MAX / 2) return last + 1;
  throw Failure({.code = "store.corrupt",
                 .message = "a number that is given in turn is " + std::to_string(last),
                 .hint = "run verify; restore the file from a backup"});
}

}  // namespace tidemark::store
