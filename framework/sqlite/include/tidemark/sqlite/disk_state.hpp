#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tidemark/sqlite/disk_operation.hpp"

namespace tidemark {
class Random;
}

namespace tidemark::sqlite {

/// How the power goes: what is on the disk afterwards of all that no sync had made to last.
struct PowerLoss {
  enum class Survivors : std::uint8_t {
    all,     ///< everything, as when only the process dies
    none,    ///< what was synced, and nothing else
    prefix,  ///< of each file the first so many changes, the last of them torn
    subset,  ///< each piece of each change, or not
  };
  Survivors survivors = Survivors::none;
  /// Changes are torn at multiples of this in their file: 512 for sectors, 4096 for pages, 1.
  std::uint64_t piece_bytes = 512;
  std::uint64_t seed = 1;  ///< of the choice
};

/// A disk as far as power loss goes: what is synced, and what is not yet.
///
/// Files are synced one by one, and the directory by itself: a file that was synced before its
/// directory is lost by name. Changes of the directory survive in order: the first so many of them,
/// as on a file system with a journal. A write never harms the bytes around it. Told all operations
/// of a disk from its first; one thread at a time.
class DiskState final : public DiskWatcher {
 public:
  void happened(const DiskOperation& operation) override;

  /// The files after the power went now. The same state and the same `loss` give the same files.
  [[nodiscard]] FileImages after(const PowerLoss& loss) const;

 private:
  /// A write, or a truncation to `offset`.
  struct Change {
    bool is_write = true;
    std::uint64_t offset = 0;
    std::string bytes = {};
  };
  struct File {
    std::string synced;
    std::vector<Change> unsynced = {};
  };
  /// `name` means `file` from now on; 0: nothing.
  struct Entry {
    std::string name;
    std::uint64_t file = 0;
  };
  static void apply(const Change& change, std::string& bytes);
  static std::string survived(const File& file, const PowerLoss& loss, Random& random);
  static void survive_prefix(const File& file, const PowerLoss& loss, Random& random,
                             std::string& bytes);
  static void survive_subset(const File& file, const PowerLoss& loss, Random& random,
                             std::string& bytes);
  void sync_directory();

  std::map<std::uint64_t, File> files_;             ///< all that a power loss may leave
  std::map<std::string, std::uint64_t> directory_;  ///< as it is synced
  std::vector<Entry> entries_;                      ///< changes of the directory since
};

}  // namespace tidemark::sqlite
