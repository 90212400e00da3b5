#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tidemark::sqlite {

/// The bytes of files, by name.
using FileImages = std::map<std::string, std::string>;

/// One change to a disk, or the order to make changes last.
struct DiskOperation {
  enum class Kind : std::uint8_t {
    create,          ///< `file` comes into the directory as `name`
    remove,          ///< `name` leaves the directory; who has the file open goes on with it
    write,           ///< `bytes` at `offset`; behind the file's end it grows, with zeroes between
    truncate,        ///< the file has `offset` bytes now
    sync,            ///< what was done to the bytes and the size of `file` survives power loss
    failed_sync,     ///< reads still give what was to be synced of `file`, but it is not kept
    sync_directory,  ///< what was created and removed survives power loss
  };
  Kind kind = Kind::write;
  std::uint64_t file = 0;  ///< a file created again under an old name has another number
  std::string name = {};
  std::uint64_t offset = 0;
  std::string bytes = {};
};

/// Is told what happens to a disk, in order.
class DiskWatcher {
 public:
  virtual ~DiskWatcher() = default;
  /// After the operation, before whoever did it goes on. One call at a time, from whichever thread;
  /// it must not use the disk.
  virtual void happened(const DiskOperation& operation) = 0;
};

}  // namespace tidemark::sqlite
