#include "log_writer.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "columns.hpp"
#include "outcomes.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

// OR IGNORE: an event id that is stored already shows in the number of changes, at no cost for the
// others, and without the savepoint that an error would need to spare the transaction.
constexpr std::string_view insert_sql =
    "INSERT OR IGNORE INTO events(position, stream_id, category_id, version, type_id, schema, "
    "event_id, append_id, event_time, recorded_at, ingested_at, correlation_id, causation_id, "
    "traceparent, tenant, extra, chain, data) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

void bind_or_null(sqlite::Statement& statement, int parameter, std::string_view text) {
  if (text.empty()) {
    statement.bind(parameter, nullptr);
  } else {
    statement.bind(parameter, text);
  }
}

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
    : database_(std::move(database)),
      cache_(database_),
      clock_(clock),
      insert_(database_.prepare(insert_sql)) {}

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

  Progress progress{.head = cache_.head(), .first_new_stream = {}};
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
  std::size_t ordinal = 0;
  for (std::size_t at = 0; at < append.streams.size(); ++at) {
    const auto& write = append.streams[at];
    auto& stream = streams_[at];
    for (const auto& event : write.events) {
      if (stream.id == 0) {
        stream.id = cache_.next_stream_id();
        stream.category_id = cache_.category_id(write.stream.category());
      }
      auto view = view_of(event, append, write);
      view.metadata.position = progress.head.position.next();
      view.metadata.version = stream.version.next();
      view.metadata.recorded_at = progress.head.recorded_at;
      if (!prepared.extras.empty()) view.metadata.extra = prepared.extras[ordinal];
      const auto previous = progress.head.chain;
      progress.head.chain = chain_.next(previous, view, prepared.data_digests[ordinal++]);
      if (insert(view, stream, progress.head.chain)) {
        progress.head.position = view.metadata.position;
        stream.version = view.metadata.version;
        if (stream.version.value() == 1) create_stream(write.stream, stream, progress);
        continue;
      }
      if (append.on_duplicate == OnDuplicate::refuse) return false;
      check_is_stored(event.event_id);
      progress.head.chain = previous;
      ++outcome.skipped;
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

bool LogWriter::insert(const EventView& event, const StreamState& stream, const ChainHash& chain) {
  const auto& metadata = event.metadata;
  insert_.bind(1, metadata.position.value())
      .bind(2, stream.id)
      .bind(3, stream.category_id)
      .bind(4, metadata.version.value())
      .bind(5, cache_.type_id(event.type))
      .bind(6, event.schema)
      .bind(7, as_blob(metadata.event_id))
      .bind(8, as_blob(metadata.append_id))
      .bind(9, metadata.event_time.micros())
      .bind(10, metadata.recorded_at.micros());
  if (metadata.ingested_at) {
    insert_.bind(11, metadata.ingested_at->micros());
  } else {
    insert_.bind(11, nullptr);
  }
  bind_or_null(insert_, 12, metadata.correlation_id);
  bind_or_null(insert_, 13, metadata.causation_id);
  bind_or_null(insert_, 14, metadata.traceparent);
  bind_or_null(insert_, 15, metadata.tenant);
  if (metadata.extra.empty()) {
    insert_.bind(16, nullptr);
  } else {
    insert_.bind(16, sqlite::Blob{metadata.extra});
  }
  insert_.bind(17, as_blob(chain)).bind(18, sqlite::Blob{event.data});
  insert_.run();
  return database_.changes() == 1;
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
