#pragma once

#include <cstdint>

namespace tidemark::sqlite {

/// What SQLite asks of a disk.
enum class DiskCall : std::uint8_t {
  open,
  read,
  write,
  truncate,
  sync,
  remove,
  size,
  lock,        ///< of the database file
  map_index,   ///< the shared memory beside a WAL
  lock_index,  ///< a slot of that
};

/// Number of different calls.
inline constexpr unsigned disk_calls = 10;

/// A call that goes wrong.
struct DiskFault {
  enum class Kind : std::uint8_t {
    io_error,   ///< the call's own I/O error; half of a write is on the disk all the same
    full,       ///< there is no space; half of a write is on the disk all the same
    read_only,  ///< nothing may be written; a file opened for writing is opened for reading
    short_read  ///< the second half of what was to be read is not there; of other calls: io_error
  };
  DiskCall call = DiskCall::write;
  Kind kind = Kind::io_error;
  std::uint64_t nth = 1;  ///< which of these calls, from 1, counted from when it is planned
  bool lasting = false;   ///< every later one of these calls too
};

}  // namespace tidemark::sqlite
