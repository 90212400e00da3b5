#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// Appends that are handed in together and then waited for, the last first.
struct AppendGroup {
  std::vector<Append> appends;
};
/// A read page by page until its end; what it finds must not depend on the sizes of the pages.
struct ReadPages {
  ReadQuery query;
};
/// State and retention of a stream.
struct AskStream {
  StreamId stream;
};
struct ListStreams {
  std::string category, after;
  std::uint64_t limit = 1;
};
struct FindEvent {
  EventId id;
};
struct FindAppend {
  AppendId id;
};
struct FindPosition {
  UtcTime recorded_at;
};
struct ListSkipped {
  Position after;
  std::uint64_t limit = 1;
};
/// Compaction in rounds of `events_max` until there is nothing more to do.
struct CompactAll {
  std::uint64_t events_max = 1;
};
struct ReportConsumer {
  Consumer consumer;
};
struct ListConsumers {};
struct ForgetConsumer {
  std::string name;
};
struct SetProperty {
  std::string name, value;
};
struct AskProperty {
  std::string name;
};
struct RegisterType {
  std::string type, fingerprint;
};
/// Sets the wall clock, backwards too, but not to before a moment at which an answer expired that
/// was seen to be expired: whether such an answer comes back is the engine's business.
struct MoveClock {
  UtcTime to;
};
/// Upkeep until there is nothing more to do.
struct Maintain {};
/// Closes the store and opens it again, where it survives that.
struct Reopen {};
/// Checks the whole log, and that its hashes are those that it had.
struct VerifyLog {};
struct AskFacts {};

/// One thing that is done to a store and to the model of it.
using Operation =
    std::variant<Append, AppendGroup, Import, ReadQuery, ReadPages, StreamQuery, AskStream,
                 ListStreams, FindEvent, FindAppend, FindPosition, LifeCycleChange, ListSkipped,
                 CompactAll, ReportConsumer, ListConsumers, ForgetConsumer, SetProperty,
                 AskProperty, RegisterType, MoveClock, Maintain, Reopen, VerifyLog, AskFacts>;
using Program = std::vector<Operation>;

/// An operation as a person reads it, in one line.
std::string to_string(const Operation& operation);

}  // namespace tidemark::store
