#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "log_writer.hpp"

namespace tidemark::store {

/// A cold file that is whole and synced, and what the log has to be told with its name.
struct NewArchive {
  Archive archive;
  std::int64_t replaces = 0;  ///< the number of another archive of the same events; 0: none
  std::int64_t changes = 0;   ///< the last change of what is hidden when the file was begun
  /// By stream, versions before which a file that replaces another has no data.
  std::unordered_map<std::int64_t, std::uint64_t> hidden = {};
};

/// What finds the events of an archive from the log.
struct ArchiveEntries {
  /// The last version of a stream in the archive.
  struct StreamEnd {
    std::int64_t stream = 0;
    std::uint64_t version = 0, position = 0;
  };
  /// An event whose id does not grow with time.
  struct OtherId {
    EventId id;
    std::uint64_t position = 0;
  };
  std::vector<StreamEnd> streams = {};
  std::vector<OtherId> ids = {};

  [[nodiscard]] bool empty() const { return streams.empty() && ids.empty(); }
};

/// All of these inside a write transaction.
///
/// Reserves a number and a name for a file that is to be written.
void reserve_archive(LogWriter& writer, Archive& archive);
/// Stores entries. May be done before the archive is in use: what they say is so anyway.
void put_entries(LogWriter& writer, const ArchiveEntries& entries);
/// Makes the file an archive in use. False, and nothing changed: somebody else took its place.
/// Throws `Failure` "store.corrupt" when it holds other events than the log.
bool name_archive(LogWriter& writer, const NewArchive& made);
/// Takes out of the log what lies in archives, at most so many events; how many.
std::uint64_t purge_archived(LogWriter& writer, std::uint64_t events_max);
/// Whether the file is still being written, as far as the log knows: an opening process takes it
/// for a leftover, and gives it up.
bool is_being_written(LogWriter& writer, std::int64_t number);
/// Gives up a file that is not in use yet. False, and nothing changed: it is in use by now.
bool give_up_archive(LogWriter& writer, std::int64_t number);
/// Forgets a file that was given up, and removed.
void forget_archive(LogWriter& writer, std::int64_t number);

}  // namespace tidemark::store
