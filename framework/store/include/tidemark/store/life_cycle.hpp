#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tidemark/store/append.hpp"
#include "tidemark/store/checkpoint.hpp"

namespace tidemark::store {

/// Deletes a stream. Its events answer as tombstones at their positions from then on, and `compact`
/// takes their data out of the file; the chain over them stays whole.
struct DeleteStream {
  StreamId stream;
  Deletion deletion = Deletion::soft;  ///< `soft` or `hard`
  ExpectedState expected = ExpectedState::any();
};

/// Gives up the events of a stream before a version, in the same way.
struct TruncateStream {
  StreamId stream;
  StreamVersion before;  ///< the first version that stays
};

/// How much of a stream is kept. Reads of the stream keep to it at once; other readers meet
/// tombstones when `compact` has come by, which never passes a registered consumer. Both empty: all
/// of it is kept again.
struct Retention {
  StreamId stream;
  std::optional<std::uint64_t> count_max = {};  ///< the newest so many, at least 1
  std::optional<Micros> age_max = {};           ///< by `recorded_at`, at least a second
};

/// Makes every reader pass over one event, as if it were a tombstone: one that should never have
/// been written and stops whoever handles it. Its data stay in the file, and it can be brought
/// back.
struct SkipEvent {
  EventId event;
  bool skipped = true;  ///< false: bring it back
};

/// A change of what is kept, by whom and why.
struct LifeCycleChange {
  std::variant<DeleteStream, TruncateStream, Retention, SkipEvent> what;
  std::string who;     ///< 1 to 200 bytes of text
  std::string reason;  ///< at most 500 bytes of text; `force` needs one
  /// Also when a registered consumer has not come past the events concerned.
  bool force = false;
};

/// A registered consumer would lose events that it has not handled.
struct ConsumerBehind {
  std::string consumer;
  Position at;    ///< its checkpoint
  Position last;  ///< of the events concerned
};
/// There is no such stream, version or event.
struct NothingThere {
  std::string what;
};
/// A part of the request is not as it must be.
struct BadChange {
  std::string field;
  std::string message;
};
using LifeCycleError =
    std::variant<Conflict, StreamDeleted, ConsumerBehind, NothingThere, BadChange>;

/// What is wrong with a request by itself, whatever the store holds.
std::optional<BadChange> find_flaw(const LifeCycleChange& change);

/// Stable code and sentence: "store.conflict: …", "store.stream_deleted: …",
/// "store.consumer_behind: …", "store.nothing_there: …", "store.bad_change: …".
std::string to_string(const LifeCycleError& error);

/// What a change came to.
struct LifeCycleChanged {
  std::uint64_t events = 0;  ///< newly hidden or brought back, to the time of the change
  bool forced = false;       ///< it passed a registered consumer
};

/// Why an event is passed over.
struct Skipped {
  Position position;
  std::string who, reason;
  UtcTime skipped_at;
};

/// What `compact` did in one round.
struct Compacted {
  std::uint64_t events = 0;      ///< whose data were taken out
  std::uint64_t data_bytes = 0;  ///< of those
  bool more = false;             ///< there is more to do
  /// What is waited for: the consumer that is furthest behind, or a missing cold file; empty: none.
  std::string waits_for = {};
};

/// A reader of the whole log that must not lose events: how far it has come, as it last said.
struct Consumer {
  std::string name;  ///< 1 to 200 bytes of text
  Checkpoint checkpoint;
  UtcTime reported_at;
};

}  // namespace tidemark::store
