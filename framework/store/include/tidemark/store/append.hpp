#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tidemark/schema/envelope.hpp"
#include "tidemark/store/read.hpp"

namespace tidemark::store {

/// What the writer believes about a stream; the append is refused when it is not so.
///
/// A stream whose deletion was soft is no stream, until somebody writes to it again: its versions
/// go on behind those that it had. One whose deletion was hard takes no append at all.
class ExpectedState {
 public:
  enum class Kind : std::uint8_t { any, no_stream, exists, exact, soft_deleted };

  static ExpectedState any() { return ExpectedState(Kind::any, StreamVersion()); }
  static ExpectedState no_stream() { return ExpectedState(Kind::no_stream, StreamVersion()); }
  static ExpectedState exists() { return ExpectedState(Kind::exists, StreamVersion()); }
  /// `version` 0 means the same as `no_stream()`.
  static ExpectedState exact(StreamVersion version) { return ExpectedState(Kind::exact, version); }
  /// Deleted, not for ever, and not written to since.
  static ExpectedState soft_deleted() { return ExpectedState(Kind::soft_deleted, StreamVersion()); }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] StreamVersion version() const { return version_; }
  /// Whether a stream that is so is as expected.
  [[nodiscard]] bool holds(const StreamState& actual) const;

 private:
  ExpectedState(Kind kind, StreamVersion version) : kind_(kind), version_(version) {}
  Kind kind_;
  StreamVersion version_;
};

/// "any", "no stream", "exists", "version 7" or "soft-deleted".
std::string to_string(ExpectedState expected);

/// One stream of an append: what must be true of it, and what to add. No events: it is only
/// checked.
struct StreamWrite {
  StreamId stream;
  ExpectedState expected = ExpectedState::any();
  std::vector<NewEvent> events = {};
};

/// What to do with an event whose id another append has stored already.
enum class OnDuplicate : std::uint8_t {
  refuse,  ///< refuse the whole append with `DuplicateEvents`
  skip,    ///< leave that event out and store the rest: import and intake
};

/// What was answered to a keyed command, kept with the append id so that asking again gets it
/// again.
struct Answer {
  std::string bytes;
  UtcTime expires_at;  ///< after that the answer may be forgotten; the events never are
};

/// What must not have happened since the writer looked: no event that meets one of `criteria` lies
/// behind `after`. With the tags of all that a decision depends on, this is a dynamic consistency
/// boundary: it holds across streams, and events that do not matter do not disturb it.
/// (The rules are those of the Dynamic Consistency Boundary specification, dcb.events.)
struct AppendCondition {
  std::vector<Criterion> criteria;  ///< 1 to 64
  /// What the writer read up to: `ReadEnd::scanned` of the matching read. 0: there was none ever.
  Position after;
};

/// One atomic append: all of it or nothing, to one or more streams, none named twice.
///
/// Names are text, UTF-8 without zero bytes: type, correlation and causation id, traceparent,
/// tenant and tags of each event, types and tags of the condition. Others are refused with
/// `Failure` "store.not_text", before anything is queued. Data, headers and the answer are any
/// bytes.
struct Append {
  /// The same id again is the same append, see `EventStore`. An append that has the id of its first
  /// event, writes to every stream that it names, and has no answer is the cheapest: its events say
  /// all there is to say of its outcome.
  AppendId id;
  std::vector<StreamWrite> streams;
  OnDuplicate on_duplicate = OnDuplicate::refuse;
  std::optional<AppendCondition> condition = {};
  std::optional<Answer> answer = {};  ///< may come without any event (a rejection is stored so)
};

/// Where an append landed.
struct Appended {
  Position first;  ///< of the first event stored; 0 when there was none to store
  Position last;   ///< of the last event stored; 0 when there was none
  std::vector<StreamVersion> versions;  ///< per `StreamWrite`, in its order: the version after it
  bool repeated = false;                ///< the append id was known: this is the first outcome
  std::uint64_t skipped = 0;            ///< events left out because their ids were stored already
  std::optional<std::string> answer = {};  ///< the stored answer, when `repeated`
};

/// A stream was not as expected.
struct Conflict {
  StreamId stream;
  ExpectedState expected = ExpectedState::any();
  StreamVersion actual;
  Deletion deletion = Deletion::none;  ///< what became of the stream
};
/// Something that the append's condition excludes has happened.
struct ConditionFailed {
  Position position;  ///< of the first such event
};
/// An imported event was recorded before the newest in the log.
struct RecordedBefore {
  std::size_t index = 0;  ///< in `Import::events`
  UtcTime recorded_at;
  UtcTime newest;
};
/// The stream was deleted for ever.
struct StreamDeleted {
  StreamId stream;
};
/// Event ids that other appends stored already (with `OnDuplicate::refuse`), or that stand twice in
/// one.
struct DuplicateEvents {
  std::vector<EventId> event_ids;
};
/// The append is larger than allowed. `field`: "events", "data", "type", "correlation_id", …
struct LimitExceeded {
  std::string field;
  std::uint64_t actual = 0;
  std::uint64_t max = 0;
};

using AppendError = std::variant<Conflict, DuplicateEvents, LimitExceeded, ConditionFailed,
                                 StreamDeleted, RecordedBefore>;

/// Stable code and sentence: "store.conflict: …", "store.duplicate_events: …", "store.limit: …",
/// "store.condition_failed: …", "store.stream_deleted: …", "store.recorded_before: …".
std::string to_string(const AppendError& error);

}  // namespace tidemark::store
