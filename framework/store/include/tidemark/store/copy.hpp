#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// How far a copy is, in positions.
struct CopyProgress {
  Position done;
  Position total;  ///< the high-water mark of the source when it began, or what is done by now
};

struct CopyOptions {
  std::uint64_t events_max = 5'000;           ///< in one commit of the target
  std::uint64_t bytes_max = 8 * 1024 * 1024;  ///< likewise: what is held in memory
  bool verify = false;                        ///< read the whole target at the end
  /// Called after each commit; stops the copy by answering false. It is resumed by doing it again.
  std::function<bool(const CopyProgress&)> progress = {};
};

/// What a copy came to.
struct Copied {
  Position from;              ///< what the target had before
  Position end;               ///< what it has now: events up to here are those of the source
  std::uint64_t records = 0;  ///< put beside the events
  bool finished = true;       ///< false: it was stopped, and can be resumed
  Compacted compacted;        ///< of what was deleted in the source since an earlier copy
  std::optional<Verified> verified = {};
};

/// Makes `to` a copy of `from`, from one engine to any other: events as they are, with the chain
/// over them, and records of every kind; snapshots are left out, they come anew. Backup, restore
/// and the move to another engine are this.
///
/// Resumable and incremental: it goes on behind what the target has. Hot: the source may be
/// appended to meanwhile; the copy is a moment between beginning and end of the call, whole in
/// itself: no record, and no property that names a position, is ahead of its events. What is
/// deleted, truncated or skipped in the source meanwhile is so in the copy, as far as the copy has
/// the events. What was
/// undone in the source since an earlier copy (an event brought back, a consumer forgotten) is
/// undone in the target, and what was deleted is taken out of it. At the end the chain and the
/// number of events are compared, and every record was found again. Memory:
/// `CopyOptions::bytes_max` and one event, or a page of records.
///
/// Throws `Failure`: "store.other_store" (the target has another store's id), "store.same_store"
/// (it is the source itself), "store.diverged" (the target has events that the source has not),
/// "store.source_damaged" (the source's events do not follow from each other),
/// "store.copy_incomplete", and what the engines throw. Nobody else may
/// write to the target.
Copied copy_store(StoreEngine& from, StoreEngine& to, const CopyOptions& options = {});

/// Whether a copy into this store was begun and not finished: what was deleted in the source may be
/// there still.
bool is_unfinished_copy(EventStore& store);

}  // namespace tidemark::store
