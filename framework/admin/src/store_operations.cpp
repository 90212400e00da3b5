#include "store_operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "columns.hpp"
#include "outcomes.hpp"
#include "store_check.hpp"
#include "tidemark/runtime/units.hpp"

namespace tidemark::admin {
namespace {

constexpr std::array<std::string_view, 7> verbs{"delete",  "truncate", "retain", "skip",
                                                "compact", "archive",  "forget"};
/// Of one step: a commit that appends have to wait for.
constexpr std::uint64_t compact_events = 10'000;
/// Of one step: each may be a commit, between which appends get their turn.
constexpr int archive_rounds = 20;

OperationOutcome bad_argument(const std::string& name, const std::string& value) {
  return refused({.code = "operation.bad_argument",
                  .field = name,
                  .message = fmt::format("'{}' cannot be read", value),
                  .hint = "the tool may be newer than the application"});
}

const char* passed_text(bool forced) {
  return forced ? "; a consumer had not handled them all" : "";
}

std::string done_text(const Operation& operation, const store::LifeCycleChanged& changed) {
  const auto hidden = counted(changed.events, "event");
  const auto* forced = passed_text(changed.forced);
  if (operation.verb == "store retain") return "from now on that much is kept";
  if (operation.argument("undo") == "yes") {
    return changed.events > 0 ? "the event is read again" : "the event was not passed over";
  }
  if (operation.verb == "store skip") return fmt::format("{} is passed over{}", hidden, forced);
  if (changed.events == 0) return "it is as asked already";
  return fmt::format(
      "{} hidden{}; their data go with `store compact`, or by themselves while the "
      "application runs",
      hidden, forced);
}

}  // namespace

bool StoreOperations::has(const std::string& verb) {
  return std::ranges::find(verbs, verb) != verbs.end();
}

std::optional<OperationOutcome> StoreOperations::execute(const Operation& operation,
                                                         const std::string& verb) {
  if (verb == "delete") return delete_stream(operation);
  if (verb == "truncate") return truncate(operation);
  if (verb == "retain") return retain(operation);
  if (verb == "skip") return skip(operation);
  if (verb == "forget") return forget(operation);
  if (verb == "archive") return archive(operation);
  return compact(operation);
}

OperationOutcome StoreOperations::change(const Operation& operation,
                                         decltype(store::LifeCycleChange::what) what) {
  if (const auto flaw = flaw_of_own(stream_of(what))) return refused(*flaw);
  const auto changed = store_.change(
      {.what = std::move(what),
       .who = operation.by,
       .reason = fmt::format("{} (operation {})", operation.reason, to_string(operation.id)),
       .force = operation.argument("force") == "yes"});
  if (!changed) return refused(problem_of(changed.error()));
  return done(done_text(operation, *changed));
}

/// The stream that a change is about; empty for an event that is not there.
std::string StoreOperations::stream_of(const decltype(store::LifeCycleChange::what)& what) {
  if (const auto* skip = std::get_if<store::SkipEvent>(&what)) {
    const auto event = store_.find_event(skip->event);
    return event ? std::string(event->metadata().stream) : std::string();
  }
  if (const auto* deletion = std::get_if<store::DeleteStream>(&what)) {
    return deletion->stream.name();
  }
  if (const auto* truncation = std::get_if<store::TruncateStream>(&what)) {
    return truncation->stream.name();
  }
  return std::get<store::Retention>(what).stream.name();
}

OperationOutcome StoreOperations::delete_stream(const Operation& operation) {
  const auto name = operation.argument("stream");
  const auto stream = StreamId::parse(name);
  if (!stream) return bad_argument("stream", name);
  const bool hard = operation.argument("deletion") == "hard";
  const auto deletion = store_.stream_state(*stream).deletion;
  // Also of a process that died before it could say so.
  if (hard && deletion == store::Deletion::hard) return done("it is as asked already");
  return change(operation, store::DeleteStream{
                               .stream = *stream,
                               .deletion = hard ? store::Deletion::hard : store::Deletion::soft});
}

OperationOutcome StoreOperations::truncate(const Operation& operation) {
  const auto stream = StreamId::parse(operation.argument("stream"));
  if (!stream) return bad_argument("stream", operation.argument("stream"));
  const auto before = whole_number_in(operation.argument("before"));
  if (!before) return bad_argument("before", operation.argument("before"));
  return change(operation,
                store::TruncateStream{.stream = *stream, .before = StreamVersion(*before)});
}

OperationOutcome StoreOperations::retain(const Operation& operation) {
  const auto stream = StreamId::parse(operation.argument("stream"));
  if (!stream) return bad_argument("stream", operation.argument("stream"));
  store::Retention retention{.stream = *stream};
  if (const auto text = operation.argument("max_count"); !text.empty()) {
    retention.count_max = whole_number_in(text);
    if (!retention.count_max) return bad_argument("max_count", text);
  }
  if (const auto text = operation.argument("max_age"); !text.empty()) {
    retention.age_max = runtime::parse_duration(text);
    if (!retention.age_max) return bad_argument("max_age", text);
  }
  return change(operation, std::move(retention));
}

OperationOutcome StoreOperations::skip(const Operation& operation) {
  const auto id = Uuid::parse(operation.argument("event"));
  if (!id) return bad_argument("event", operation.argument("event"));
  return change(operation, store::SkipEvent{.event = EventId(*id),
                                            .skipped = operation.argument("undo") != "yes"});
}

OperationOutcome StoreOperations::forget(const Operation& operation) {
  const auto name = operation.argument("consumer");
  if (store_.forget_consumer(name)) {
    return done(name + " is forgotten; one that still reads comes back by itself");
  }
  return done(name + " is not registered");
}

std::optional<OperationOutcome> StoreOperations::compact(const Operation& operation) {
  auto& total = compacting_[operation.id];
  const auto round = store_.compact(compact_events);
  total.events += round.events;
  total.data_bytes += round.data_bytes;
  if (round.more) return std::nullopt;
  auto text = fmt::format("the data of {} went out of the file, {}", counted(total.events, "event"),
                          to_text(Size{total.data_bytes}));
  if (!round.waits_for.empty()) {
    text += fmt::format("; what is left waits for '{}'", round.waits_for);
  }
  compacting_.erase(operation.id);
  return done(text);
}

std::optional<OperationOutcome> StoreOperations::archive(const Operation& operation) {
  const auto before = operation.argument("before");
  auto request = archive_request(store_, before, operation.argument("file_events"),
                                 operation.argument("force") == "yes");
  if (!request) return bad_argument("before", before);
  request->reason = operation.reason;
  auto& total = archiving_[operation.id];
  for (int round = 0; round < archive_rounds; ++round) {
    const auto moved = store_.archive(*request);
    if (!moved) {
      archiving_.erase(operation.id);
      return refused(problem_of(moved.error()));
    }
    total.files += moved->files;
    total.events += moved->events;
    total.bytes += moved->bytes;
    total.forced = total.forced || moved->forced;
    if (moved->more) continue;
    auto text = fmt::format("{} moved into {}, {}{}", counted(total.events, "event"),
                            counted(total.files, "cold file"), to_text(Size{total.bytes}),
                            passed_text(total.forced));
    archiving_.erase(operation.id);
    return done(text);
  }
  return std::nullopt;
}

}  // namespace tidemark::admin
