#pragma once

#include <cstdint>

#include "archive_naming.hpp"
#include "log_reader.hpp"

namespace tidemark::store {

/// Writes one cold file in pieces: the events as they are, and in one that replaces another without
/// the data that have to go. No transaction is open between two pieces. One thread at a time.
class ArchiveBuild {
 public:
  /// `archive`: number, file and positions; `replaces`: the archive that is made anew, or none.
  ArchiveBuild(LogReader& log, const Archive& archive, const Archive* replaces);

  /// The next piece; false when all is in the file, and synced.
  bool copy(LogReader& log, const StoreId& store);
  /// Further entries for the log, when all is in the file; none: those were all.
  ArchiveEntries next_entries();

  [[nodiscard]] const NewArchive& made() const { return made_; }
  /// Data that were left out.
  [[nodiscard]] std::uint64_t erased_events() const { return erased_events_; }
  [[nodiscard]] std::uint64_t erased_bytes() const { return erased_bytes_; }

 private:
  void copy_row(const sqlite::Statement& row, sqlite::Statement& insert);
  void note(const sqlite::Statement& row);

  NewArchive made_;
  sqlite::Database file_;
  std::uint64_t next_;       ///< position to be copied
  std::int64_t stream_ = 0;  ///< the last of which the end was told
  std::uint64_t looked_at_;  ///< the last position of which the id was looked at
  bool is_finished_ = false;
  std::uint64_t erased_events_ = 0, erased_bytes_ = 0;
};

}  // namespace tidemark::store
