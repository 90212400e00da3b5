#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tidemark/schema/envelope.hpp"

namespace tidemark::store {

/// What the writer believes about a stream; the append is refused when it is not so.
class ExpectedState {
 public:
  enum class Kind : std::uint8_t { any, no_stream, exists, exact };

  static ExpectedState any() { return ExpectedState(Kind::any, StreamVersion()); }
  static ExpectedState no_stream() { return ExpectedState(Kind::no_stream, StreamVersion()); }
  static ExpectedState exists() { return ExpectedState(Kind::exists, StreamVersion()); }
  /// `version` 0 means the same as `no_stream()`.
  static ExpectedState exact(StreamVersion version) { return ExpectedState(Kind::exact, version); }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] StreamVersion version() const { return version_; }
  /// Whether a stream at `actual` (0: no such stream) is as expected.
  [[nodiscard]] bool holds(StreamVersion actual) const;

 private:
  ExpectedState(Kind kind, StreamVersion version) : kind_(kind), version_(version) {}
  Kind kind_;
  StreamVersion version_;
};

/// "any", "no stream", "exists" or "version 7".
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

/// One atomic append: all of it or nothing, to one or more streams, none named twice.
struct Append {
  AppendId id;
  std::vector<StreamWrite> streams;
  OnDuplicate on_duplicate = OnDuplicate::refuse;
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

using AppendError = std::variant<Conflict, DuplicateEvents, LimitExceeded>;

/// Stable code and sentence: "store.conflict: …", "store.duplicate_events: …", "store.limit: …".
std::string to_string(const AppendError& error);

}  // namespace tidemark::store
