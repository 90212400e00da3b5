#include "store_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "find_stream.hpp"

namespace tidemark::admin {
namespace {

struct Hint {
  const char* operator()(const store::Conflict&) const {
    return "look at the stream with `store read`, and ask again";
  }
  const char* operator()(const store::StreamDeleted&) const {
    return "nothing can be done to it any more";
  }
  const char* operator()(const store::ConsumerBehind&) const {
    return "wait until `store consumers` shows it past them; `store forget` takes one off that is "
           "no more; --force does it all the same";
  }
  const char* operator()(const store::NothingThere&) const {
    return "`store streams` and `store read` show what there is";
  }
  const char* operator()(const store::BadChange&) const { return "mend it, and ask again"; }
};

/// The position of the newest event that the change would hide; 0 when it hides none.
Position newest_hidden(const Site& site, const StreamId& stream, const Change& change) {
  store::StreamQuery query{.stream = stream, .direction = store::Direction::backward, .limit = 1};
  if (const auto before = change.argument("before"); !before.empty()) {
    std::uint64_t version = 0;
    std::from_chars(before.data(), before.data() + before.size(), version);
    if (version <= 1) return {};
    query.from = StreamVersion(version - 1);
  }
  return site.store().read_stream(query, [](const EventView&) { return true; }).scanned;
}

std::optional<Problem> flaw_of_hiding(const Site& site, Position last, const Change& change) {
  if (change.argument("force") == "yes") return std::nullopt;
  const auto consumers = site.store().consumers();
  const auto slowest = std::ranges::min_element(
      consumers, {}, [](const auto& each) { return each.checkpoint.position; });
  if (slowest == consumers.end() || slowest->checkpoint.position >= last) return std::nullopt;
  return problem_of(store::ConsumerBehind{
      .consumer = slowest->name, .at = slowest->checkpoint.position, .last = last});
}

std::optional<Problem> flaw_of_stream_change(const Site& site, const Change& change) {
  const auto stream = find_stream(site, change.argument("stream"));
  if (!stream) return stream.error();
  const auto state = site.store().stream_state(*stream);
  const bool deletes_for_ever = change.argument("deletion") == "hard";
  if (state.deletion == store::Deletion::hard && !deletes_for_ever) {
    return problem_of(store::StreamDeleted{*stream});
  }
  if (change.verb == "store retain") return std::nullopt;
  return flaw_of_hiding(site, newest_hidden(site, *stream, change), change);
}

std::optional<RecordedEvent> find_event(const Site& site, const std::string& event) {
  const auto id = Uuid::parse(event);
  return id ? site.store().find_event(EventId(*id)) : std::nullopt;
}

std::optional<Problem> flaw_of_event(const Site& site, const std::string& event) {
  const auto found = find_event(site, event);
  if (found) return flaw_of_own(found->metadata().stream);
  return Problem{.code = "store.no_such_event",
                 .field = event,
                 .message = "the log has no event of this id",
                 .hint = "`store read --json` shows the ids of events"};
}

std::optional<store::ArchiveRequest> request_of(const Site& site, const Change& change) {
  return archive_request(site.store(), change.argument("before"), change.argument("file_events"),
                         change.argument("force") == "yes");
}

bool has_cold_files(const Site& site) { return site.store().facts(false).engine == "sqlite"; }

/// How many events `store archive` would move, of so many that are archived already.
std::uint64_t events_of(const Site& site, const store::ArchiveRequest& request) {
  const auto archived = site.store().facts(false).archived_events;
  return store::to_archive(request, archived, site.store().high_water());
}

std::optional<Problem> flaw_of_archiving(const Site& site, const Change& change) {
  if (!has_cold_files(site)) {
    return problem_of(store::BadChange{.field = "engine",
                                       .message = "this engine keeps all events in one place"});
  }
  const auto request = request_of(site, change);
  const auto events = request ? events_of(site, *request) : 0;
  if (events == 0) return std::nullopt;
  const Position last(site.store().facts(false).archived_events + events);
  return flaw_of_hiding(site, last, change);
}

}  // namespace

std::optional<std::uint64_t> whole_number_in(const std::string& text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<store::ArchiveRequest> archive_request(store::EventStore& store,
                                                     const std::string& before,
                                                     const std::string& file_events, bool force) {
  store::ArchiveRequest request{.force = force};
  if (const auto position = whole_number_in(before)) {
    request.before = Position(*position);
  } else {
    const auto time = parse_utc_time(before);
    const auto day = time ? time : parse_utc_time(before + "T00:00:00Z");
    if (!day) return std::nullopt;
    request.before = store.position_at(*day);
  }
  if (file_events.empty()) return request;
  request.file_events = whole_number_in(file_events).value_or(0);
  if (request.file_events == 0) return std::nullopt;
  return request;
}

Facts facts_of_store_change(const Site& site, const Change& change) {
  if (change.verb != "store archive" || !has_cold_files(site)) return {};
  const auto request = request_of(site, change);
  if (!request) return {};
  const auto events = events_of(site, *request);
  return {{"events", events}, {"files", events / request->file_events}};
}

std::optional<Problem> flaw_of_own(std::string_view stream) {
  if (!stream.starts_with('$')) return std::nullopt;
  return Problem{.code = "store.own_stream",
                 .field = std::string(stream),
                 .message = "is one of the framework's own: it tells who changed what, and stays",
                 .hint = "streams of the application can be given up"};
}

Problem problem_of(const store::LifeCycleError& error) {
  const auto text = store::to_string(error);
  const auto colon = text.find(": ");
  return {.code = text.substr(0, colon),
          .field = {},
          .message = text.substr(colon + 2),
          .hint = std::visit(Hint(), error)};
}

std::optional<Problem> flaw_of_target(const Site& site, const Change& change) {
  if (change.arguments.contains("stream")) {
    const auto stream = find_stream(site, change.argument("stream"));
    return stream ? flaw_of_own(stream->name()) : std::optional(stream.error());
  }
  if (change.arguments.contains("event")) return flaw_of_event(site, change.argument("event"));
  if (const auto name = change.argument("consumer"); !name.empty()) {
    const auto consumers = site.store().consumers();
    if (std::ranges::find(consumers, name, &store::Consumer::name) == consumers.end()) {
      return Problem{.code = "store.no_such_consumer",
                     .field = name,
                     .message = "no consumer is registered by this name",
                     .hint = "`store consumers` lists them"};
    }
  }
  return std::nullopt;
}

std::optional<Problem> flaw_of_store_change(const Site& site, const Change& change) {
  if (change.verb == "store archive") return flaw_of_archiving(site, change);
  if (change.arguments.contains("stream")) return flaw_of_stream_change(site, change);
  const auto event = find_event(site, change.argument("event"));
  if (!event || change.argument("undo") == "yes") return std::nullopt;
  return flaw_of_hiding(site, event->metadata().position, change);
}

}  // namespace tidemark::admin
