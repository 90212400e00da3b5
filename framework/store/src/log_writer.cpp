#include "log_writer.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "columns.hpp"
#include "outcomes.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

EventView view_of(const NewEvent& event, const Append& append, const StreamWrite& write) {
  return {.metadata = {.event_id = event.event_id,
                       .append_id = append.id,
                       .stream = write.stream.name(),
                       .event_time = event.event_time,
                       .ingested_at = event.ingested_at,
                       .correlation_id = event.correlation_id,
                       .causation_id = event.causation_id,
                       .traceparent = event.traceparent,
                       .tenant = event.tenant},
          .type = event.type,
          .schema = event.schema,
          .data = event.data};
}

}  // namespace

PreparedAppend::PreparedAppend(Append append_to_prepare) : append(std::move(append_to_prepare)) {
  std::size_t count = 0;
  bool has_extra = false;
  for (const auto& write : append.streams) {
    count += write.events.size();
    for (const auto& event : write.events) {
      has_extra = has_extra || !event.headers.empty() || !event.tags.empty();
    }
  }
  data_digests.reserve(count);
  if (has_extra) extras.reserve(count);
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) {
      data_digests.push_back(security::digest(event.data));
      if (has_extra) extras.push_back(encode_extra(event.headers, event.tags));
    }
  }
}

LogWriter::LogWriter(sqlite::Database database, const Clock& clock)
    : database_(std::move(database)), cache_(database_), clock_(clock), insert_(database_) {
  rows_.reserve(EventInsert::rows_max);
}

Result<Appended, AppendError> LogWriter::append(const PreparedAppend& prepared) {
  const auto& append = prepared.append;
  if (auto conflict = find_conflict(append)) {
    // Looked for only now: an append that was stored moved its streams on, so that its repetition
    // rarely comes further than this. What does is caught by the unique key of its outcome.
    if (auto known = find_outcome(database_, append.id, now())) return *std::move(known);
    return Unexpected<AppendError>(*std::move(conflict));
  }
  auto outcome = predict(append);
  if (auto known = record(append, outcome)) return *std::move(known);

  Progress progress{.head = cache_.head()};
  progress.head.recorded_at = std::max(progress.head.recorded_at, now());
  if (!insert_all(prepared, progress, outcome)) {
    undo(append, progress);
    return Unexpected<AppendError>(name_duplicates(append));
  }
  if (outcome.last != Position()) cache_.move_head(progress.head);
  for (std::size_t at = 0; at < append.streams.size(); ++at) {
    // Still without an event: not stored either.
    if (streams_[at].version == StreamVersion()) continue;
    cache_.put_stream(append.streams[at].stream.name(), streams_[at]);
  }
  return outcome;
}

std::optional<Conflict> LogWriter::find_conflict(const Append& append) {
  streams_.clear();
  for (const auto& write : append.streams) {
    const auto stream = cache_.stream(write.stream.name());
    if (!write.expected.holds(stream.version)) {
      return Conflict{.stream = write.stream, .expected = write.expected, .actual = stream.version};
    }
    streams_.push_back(stream);
  }
  return std::nullopt;
}

Appended LogWriter::predict(const Append& append) {
  Appended outcome;
  outcome.versions.reserve(append.streams.size());
  std::uint64_t events = 0;
  for (std::size_t at = 0; at < append.streams.size(); ++at) {
    const auto count = append.streams[at].events.size();
    events += count;
    outcome.versions.emplace_back(streams_[at].version.value() + count);
  }
  if (events > 0) {
    outcome.first = cache_.head().position.next();
    outcome.last = Position(cache_.head().position.value() + events);
  }
  return outcome;
}

std::optional<Appended> LogWriter::record(const Append& append, const Appended& outcome) {
  if (record_outcome(database_, append, outcome)) return std::nullopt;
  if (auto known = find_outcome(database_, append.id, now())) return known;
  // An expired answer was in the place: it never was.
  remove_outcome(database_, append.id);
  record_outcome(database_, append, outcome);
  return std::nullopt;
}

bool LogWriter::insert_all(const PreparedAppend& prepared, Progress& progress, Appended& outcome) {
  const auto& append = prepared.append;
  const bool refuse = append.on_duplicate == OnDuplicate::refuse;
  for (std::size_t at = 0; at < append.streams.size(); ++at) {
    const auto& write = append.streams[at];
    auto& stream = streams_[at];
    if (write.events.empty()) continue;
    if (stream.id == 0) {
      stream.id = cache_.next_stream_id();
      stream.category_id = cache_.category_id(write.stream.category());
    }
    const Target target{.prepared = prepared, .write = write, .stream = stream};
    if (refuse) {
      if (!insert_write(target, progress)) return false;
    } else {
      outcome.skipped += insert_unknown(target, progress);
    }
    outcome.versions[at] = stream.version;
  }
  if (outcome.skipped == 0) return true;
  const bool none = progress.head.position == cache_.head().position;
  outcome.first = none ? Position() : outcome.first;
  outcome.last = none ? Position() : progress.head.position;
  amend_outcome(database_, append.id, outcome);
  return true;
}

/// Adds the next row to insert, and moves the log and the stream on as if it were stored.
void LogWriter::stage(const Target& target, const NewEvent& event, Progress& progress) {
  const auto& [prepared, write, stream] = target;
  auto& row = rows_.emplace_back();
  row.event = view_of(event, prepared.append, write);
  row.type_id = cache_.type_id(event.type);
  auto& metadata = row.event.metadata;
  metadata.position = progress.head.position.next();
  metadata.version = stream.version.next();
  metadata.recorded_at = progress.head.recorded_at;
  if (!prepared.extras.empty()) metadata.extra = prepared.extras[progress.events];
  row.chain = chain_.next(progress.head.chain, row.event, prepared.data_digests[progress.events]);
  progress.head.position = metadata.position;
  progress.head.chain = row.chain;
  ++progress.events;
  stream.version = metadata.version;
}

/// Inserts all events of one stream; false when the id of one of them was stored already.
bool LogWriter::insert_write(const Target& target, Progress& progress) {
  const bool is_new = target.stream.version == StreamVersion();
  const auto& events = target.write.events;
  for (std::size_t at = 0; at < events.size();) {
    rows_.clear();
    const auto end = std::min(events.size(), at + EventInsert::rows_max);
    for (; at < end; ++at) stage(target, events[at], progress);
    if (insert_.insert(target.stream, rows_) != rows_.size()) return false;
  }
  if (is_new) create_stream(target.write.stream, target.stream, progress);
  return true;
}

/// Inserts those events of one stream whose ids are not stored yet; how many were.
std::uint64_t LogWriter::insert_unknown(const Target& target, Progress& progress) {
  std::uint64_t skipped = 0;
  for (const auto& event : target.write.events) {
    const auto head = progress.head;
    const auto version = target.stream.version;
    rows_.clear();
    stage(target, event, progress);
    if (insert_.insert(target.stream, rows_) == 1) {
      if (version == StreamVersion()) create_stream(target.write.stream, target.stream, progress);
      continue;
    }
    check_is_stored(event.event_id);
    progress.head = head;
    target.stream.version = version;
    ++skipped;
  }
  return skipped;
}

void LogWriter::create_stream(const StreamId& name, const StreamState& stream, Progress& progress) {
  database_.statement("INSERT INTO streams(id, name, category_id) VALUES(?1, ?2, ?3)")
      .bind_all(stream.id, std::string_view(name.name()), stream.category_id)
      .run();
  cache_.used_stream_id();
  if (!progress.first_new_stream) progress.first_new_stream = stream.id;
}

void LogWriter::undo(const Append& append, const Progress& progress) {
  database_.statement("DELETE FROM events WHERE position > ?1")
      .bind(1, cache_.head().position.value())
      .run();
  if (progress.first_new_stream) {
    database_.statement("DELETE FROM streams WHERE id >= ?1")
        .bind(1, *progress.first_new_stream)
        .run();
    cache_.give_back_stream_ids(*progress.first_new_stream);
  }
  remove_outcome(database_, append.id);
}

bool LogWriter::is_stored(const EventId& id) {
  auto select = database_.statement("SELECT 1 FROM events WHERE event_id = ?1");
  return select.bind(1, as_blob(id)).next();
}

void LogWriter::check_is_stored(const EventId& id) {
  if (is_stored(id)) return;
  // Nothing else may be in an event's way: its position and its version were free.
  throw Failure({.code = "store.corrupt",
                 .message = "an event could not be inserted although its id is new",
                 .hint = "run verify; restore the file from a backup"});
}

DuplicateEvents LogWriter::name_duplicates(const Append& append) {
  DuplicateEvents duplicates;
  std::unordered_set<EventId> seen;
  std::unordered_set<EventId> named;
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) {
      const bool twice = !seen.insert(event.event_id).second;
      if ((twice || is_stored(event.event_id)) && named.insert(event.event_id).second) {
        duplicates.event_ids.push_back(event.event_id);
      }
    }
  }
  // Nothing named: something else was in the way, which the check tells.
  if (duplicates.event_ids.empty()) check_is_stored(append.streams.front().events.front().event_id);
  return duplicates;
}

}  // namespace tidemark::store
