#include "log_writer.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "columns.hpp"
#include "life_mask.hpp"
#include "outcomes.hpp"
#include "position_cursor.hpp"
#include "tidemark/store/appending.hpp"

namespace tidemark::store {
namespace {

/// Digests of the data, and headers and tags encoded, of events as they come.
class Preparation {
 public:
  Preparation(std::vector<security::Digest>& digests, std::vector<std::string>& extras)
      : digests_(digests), extras_(extras) {}
  void add(const NewEvent& event) {
    if (extras_.empty() && !(event.headers.empty() && event.tags.empty())) {
      extras_.resize(digests_.size());
    }
    if (!extras_.empty() || !(event.headers.empty() && event.tags.empty())) {
      extras_.push_back(encode_extra(event.headers, event.tags));
    }
    digests_.push_back(security::digest(event.data));
  }

 private:
  std::vector<security::Digest>& digests_;
  std::vector<std::string>& extras_;
};

}  // namespace

PreparedAppend::PreparedAppend(Append append_to_prepare) : append(std::move(append_to_prepare)) {
  Preparation preparation(data_digests, extras);
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) preparation.add(event);
  }
}

PreparedImport::PreparedImport(Import import_to_prepare) : import(std::move(import_to_prepare)) {
  Preparation preparation(data_digests, extras);
  for (const auto& imported : import.events) preparation.add(imported.event);
}

LogWriter::LogWriter(sqlite::Database database, const SqliteStoreOptions& options,
                     const Clock& clock)
    : database_(std::move(database)),
      files_(database_, options),
      cache_(database_),
      sink_(files_, cache_),
      clock_(clock) {}

void LogWriter::refresh() {
  if (cache_.refresh() || !knows_files_) files_.refresh();
  knows_files_ = true;
}

void LogWriter::forget() {
  cache_.forget();
  files_.forget();
  knows_files_ = false;
}

void LogWriter::announce_archives() {
  announce_life_change(database_);
  files_.forget();
  files_.refresh();
}

Result<Appended, AppendError> LogWriter::append(const PreparedAppend& prepared) {
  const auto& append = prepared.append;
  if (auto conflict = find_conflict(append)) {
    // Looked for only now: an append that was stored moved its streams on, so that its repetition
    // rarely comes further than this. What does is caught by the unique key of its outcome.
    if (auto known = find_outcome(files_, append.id, now())) return *std::move(known);
    return Unexpected<AppendError>(*std::move(conflict));
  }
  auto outcome = predict(append);
  const bool told = is_told_by_events(append);
  // A repetition that gets as far as this and is told by its events is found when they are
  // inserted.
  auto known = told ? find_row(append.id) : record(append.id, append.answer, outcome);
  if (known) return *std::move(known);

  sink_.begin(append.on_duplicate);
  if (!insert_all(prepared)) {
    sink_.undo();
    if (!told) remove_outcome(database_, append.id);
    if (told) known = find_told_outcome(files_, append.id);
    if (known) return *std::move(known);
    return Unexpected<AppendError>(name_duplicates(append));
  }
  for (std::size_t at = 0; at < append.streams.size(); ++at) {
    outcome.versions[at] = streams_[at].version;
    // Still without an event: not stored either.
    if (streams_[at].version == StreamVersion()) continue;
    cache_.put_stream(append.streams[at].stream.name(), streams_[at]);
  }
  settle_skips(append.id, outcome);
  if (outcome.last != Position()) cache_.move_head(sink_.head());
  return outcome;
}

Result<Appended, AppendError> LogWriter::import(const PreparedImport& prepared) {
  const auto& import = prepared.import;
  const auto now = this->now();
  if (auto known = find_outcome(files_, import.id, now)) return *std::move(known);
  if (auto bad = find_bad_time(import, now)) return Unexpected<AppendError>(*std::move(bad));
  streams_.clear();
  streams_.reserve(import.events.size());
  std::unordered_map<std::string_view, std::size_t> places;
  for (const auto& imported : import.events) {
    const auto& name = imported.stream.name();
    if (!places.emplace(name, streams_.size()).second) continue;
    streams_.push_back(cache_.stream(name));
    if (streams_.back().gone) return Unexpected<AppendError>(StreamDeleted{imported.stream});
  }
  Appended outcome;
  if (!import.events.empty()) {
    outcome.first = cache_.head().position.next();
    outcome.last = Position(cache_.head().position.value() + import.events.size());
  }
  record(import.id, std::nullopt, outcome);
  sink_.begin(OnDuplicate::skip);
  for (std::size_t at = 0; at < import.events.size(); ++at) {
    const auto& imported = import.events[at];
    auto event = view_of(imported.event, import.id, imported.stream);
    event.metadata.recorded_at = imported.recorded_at.value_or(now);
    if (!prepared.extras.empty()) event.metadata.extra = prepared.extras[at];
    sink_.add({.name = &imported.stream,
               .stream = &streams_[places.at(imported.stream.name())],
               .event = event,
               .data_digest = &prepared.data_digests[at],
               .tags = imported.event.tags});
  }
  sink_.finish();
  for (const auto& [name, at] : places) {
    if (streams_[at].version != StreamVersion()) cache_.put_stream(name, streams_[at]);
  }
  settle_skips(import.id, outcome);
  if (outcome.last != Position()) cache_.move_head(sink_.head());
  return outcome;
}

std::optional<AppendError> LogWriter::find_bad_time(const Import& import, UtcTime now) {
  auto newest = cache_.head().recorded_at;
  bool falls = false;
  for (const auto& imported : import.events) {
    falls = falls || (imported.recorded_at && *imported.recorded_at < newest);
    newest = std::max(newest, imported.recorded_at.value_or(now));
  }
  if (!falls) return std::nullopt;
  // Those that are left out have no say: looked for only now, they cost a search each.
  newest = cache_.head().recorded_at;
  std::unordered_set<EventId> seen;
  for (std::size_t at = 0; at < import.events.size(); ++at) {
    const auto& imported = import.events[at];
    const auto& id = imported.event.event_id;
    if (!seen.insert(id).second || is_stored(files_, id)) continue;
    if (imported.recorded_at && *imported.recorded_at < newest) {
      return RecordedBefore{.index = at, .recorded_at = *imported.recorded_at, .newest = newest};
    }
    newest = std::max(newest, imported.recorded_at.value_or(now));
  }
  return std::nullopt;
}

std::optional<AppendError> LogWriter::find_conflict(const Append& append) {
  streams_.clear();
  for (const auto& write : append.streams) {
    const auto stream = cache_.stream(write.stream.name());
    const auto state = stream.state();
    if (stream.gone && !write.events.empty()) return StreamDeleted{write.stream};
    if (!write.expected.holds(state)) {
      return Conflict{.stream = write.stream,
                      .expected = write.expected,
                      .actual = state.version,
                      .deletion = state.deletion};
    }
    streams_.push_back(stream);
  }
  if (!append.condition) return std::nullopt;
  const auto head = cache_.head().position.value();
  const auto after = append.condition->after.value();
  if (after >= head) return std::nullopt;
  const auto found = criteria_cursor(files_, append.condition->criteria, Direction::forward, head)
                         ->seek(after + 1);
  if (found && *found <= head) return ConditionFailed{Position(*found)};
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

/// The outcome that a row tells. One that is over makes room for an append of its id, which it
/// would hide otherwise.
std::optional<Appended> LogWriter::find_row(const AppendId& id) {
  auto row = find_outcome_row(database_, id, now());
  if (row.is_over) remove_outcome(database_, id);
  return std::move(row.outcome);
}

std::optional<Appended> LogWriter::record(const AppendId& id, const std::optional<Answer>& answer,
                                          const Appended& outcome) {
  if (!record_outcome(database_, id, answer, outcome)) {
    if (auto known = find_row(id)) return known;
    record_outcome(database_, id, answer, outcome);
  }
  auto told = find_told_outcome(files_, id);
  if (told) remove_outcome(database_, id);
  return told;
}

bool LogWriter::insert_all(const PreparedAppend& prepared) {
  const auto& append = prepared.append;
  const auto now = this->now();
  std::size_t number = 0;
  for (std::size_t at = 0; at < append.streams.size(); ++at) {
    const auto& write = append.streams[at];
    for (const auto& event : write.events) {
      auto view = view_of(event, append.id, write.stream);
      view.metadata.recorded_at = now;
      if (!prepared.extras.empty()) view.metadata.extra = prepared.extras[number];
      if (!sink_.add({.name = &write.stream,
                      .stream = &streams_[at],
                      .event = view,
                      .data_digest = &prepared.data_digests[number],
                      .tags = event.tags})) {
        return false;
      }
      ++number;
    }
  }
  return sink_.finish();
}

/// Corrects an outcome that was recorded as if no event would be left out.
void LogWriter::settle_skips(const AppendId& id, Appended& outcome) {
  outcome.skipped = sink_.skipped();
  if (outcome.skipped == 0) return;
  const bool none = sink_.head().position == cache_.head().position;
  outcome.first = none ? Position() : outcome.first;
  outcome.last = none ? Position() : sink_.head().position;
  amend_outcome(database_, id, outcome);
}

DuplicateEvents LogWriter::name_duplicates(const Append& append) {
  DuplicateEvents duplicates;
  std::unordered_set<EventId> seen;
  std::unordered_set<EventId> named;
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) {
      const bool twice = !seen.insert(event.event_id).second;
      if ((twice || is_stored(files_, event.event_id)) && named.insert(event.event_id).second) {
        duplicates.event_ids.push_back(event.event_id);
      }
    }
  }
  if (duplicates.event_ids.empty()) fail_in_the_way();
  return duplicates;
}

}  // namespace tidemark::store
