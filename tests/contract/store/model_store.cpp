#include "contract/store/model_store.hpp"

#include <algorithm>
#include <set>

namespace tidemark::store {
namespace {

template <typename Values, typename Value>
bool contains(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool meets(const Criterion& criterion, std::string_view type,
           const std::vector<std::string>& tags) {
  if (!criterion.types.empty() && !contains(criterion.types, type)) return false;
  return std::all_of(criterion.tags.begin(), criterion.tags.end(),
                     [&](const std::string& tag) { return contains(tags, tag); });
}

bool meets_any(const std::vector<Criterion>& criteria, std::string_view type,
               const std::vector<std::string>& tags) {
  return std::any_of(criteria.begin(), criteria.end(),
                     [&](const Criterion& criterion) { return meets(criterion, type, tags); });
}

std::optional<LimitExceeded> above(const char* field, std::uint64_t actual, std::uint64_t max) {
  if (actual <= max) return std::nullopt;
  return LimitExceeded{.field = field, .actual = actual, .max = max};
}

constexpr std::uint64_t name_size_max = 255;

}  // namespace

bool matches(const ReadQuery& query, const EventView& event, const std::vector<std::string>& tags) {
  if (query.category && event.metadata.category() != *query.category) return false;
  if (!query.types.empty() && !contains(query.types, event.type)) return false;
  if (query.correlation_id && event.metadata.correlation_id != *query.correlation_id) return false;
  return query.criteria.empty() || meets_any(query.criteria, event.type, tags);
}

// --- what may be stored --------------------------------------------------------------------------

std::optional<LimitExceeded> ModelStore::exceeded(const NewEvent& event) const {
  if (auto it = above("data", event.data.size(), limits_.data_size_max)) return it;
  if (auto it = above("type", event.type.size(), name_size_max)) return it;
  if (auto it = above("correlation_id", event.correlation_id.size(), name_size_max)) return it;
  if (auto it = above("tags", event.tags.size(), 64)) return it;
  for (const auto& tag : event.tags) {
    if (auto it = above("tag", tag.size(), name_size_max)) return it;
  }
  return std::nullopt;
}

std::optional<LimitExceeded> ModelStore::exceeded(const Append& append) const {
  std::uint64_t events = 0;
  for (const auto& write : append.streams) {
    events += write.events.size();
    for (const auto& event : write.events) {
      if (auto it = exceeded(event)) return it;
    }
  }
  if (append.condition) {
    if (auto it = above("criteria", append.condition->criteria.size(), 64)) return it;
    for (const auto& criterion : append.condition->criteria) {
      if (auto it = above("criterion.types", criterion.types.size(), 64)) return it;
      if (auto it = above("criterion.tags", criterion.tags.size(), 16)) return it;
    }
  }
  if (auto it = above("events", events, limits_.events_max)) return it;
  return append.answer ? above("answer", append.answer->bytes.size(), limits_.data_size_max)
                       : std::nullopt;
}

std::optional<AppendError> ModelStore::refusal(const Append& append) const {
  for (const auto& write : append.streams) {
    const auto state = stream_state(write.stream);
    if (state.deletion == Deletion::hard && !write.events.empty()) {
      return StreamDeleted{write.stream};
    }
    if (!write.expected.holds(state)) {
      return Conflict{.stream = write.stream,
                      .expected = write.expected,
                      .actual = state.version,
                      .deletion = state.deletion};
    }
  }
  if (!append.condition) return std::nullopt;
  for (auto at = append.condition->after.value(); at < log_.size(); ++at) {
    const auto& event = log_[at].event;
    if (meets_any(append.condition->criteria, event.type, event.tags)) {
      return ConditionFailed{Position(at + 1)};
    }
  }
  return std::nullopt;
}

std::optional<AppendError> ModelStore::duplicates(const Append& append) const {
  DuplicateEvents found;
  std::set<EventId> seen;
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) {
      const bool twice = !seen.insert(event.event_id).second;
      if ((twice || places_.contains(event.event_id)) &&
          !contains(found.event_ids, event.event_id)) {
        found.event_ids.push_back(event.event_id);
      }
    }
  }
  if (found.event_ids.empty()) return std::nullopt;
  return found;
}

std::optional<AppendError> ModelStore::bad_time(const Import& batch) const {
  auto newest = this->newest();
  std::set<EventId> seen;
  for (std::size_t at = 0; at < batch.events.size(); ++at) {
    const auto& [stream, event, recorded_at] = batch.events[at];
    if (!seen.insert(event.event_id).second || places_.contains(event.event_id)) continue;
    if (recorded_at && *recorded_at < newest) {
      return RecordedBefore{.index = at, .recorded_at = *recorded_at, .newest = newest};
    }
    newest = std::max(newest, recorded_at.value_or(clock_.now()));
  }
  return std::nullopt;
}

// --- append --------------------------------------------------------------------------------------

UtcTime ModelStore::newest() const {
  return log_.empty() ? UtcTime::from_micros(INT64_MIN) : log_.back().recorded_at;
}

bool ModelStore::store(const StreamId& to, const NewEvent& event, const AppendId& append,
                       UtcTime time) {
  if (!places_.emplace(event.event_id, log_.size()).second) return false;
  auto& stream = streams_.try_emplace(to.name(), Stream{.id = to}).first->second;
  stream.events.push_back(log_.size());
  log_.push_back({.event = event,
                  .extra = encode_extra(event.headers, event.tags),
                  .append = append,
                  .stream = &stream,
                  .version = StreamVersion(stream.events.size()),
                  .recorded_at = std::max(newest(), time)});
  return true;
}

Result<Appended, AppendError> ModelStore::append(const Append& append) {
  if (auto limit = exceeded(append)) return Unexpected<AppendError>(*std::move(limit));
  if (auto known = find_append(append.id)) return *std::move(known);
  if (auto why = refusal(append)) return Unexpected<AppendError>(*std::move(why));
  if (append.on_duplicate == OnDuplicate::refuse) {
    if (auto why = duplicates(append)) return Unexpected<AppendError>(*std::move(why));
  }
  Appended outcome;
  const auto first = high_water().next();
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) {
      outcome.skipped += store(write.stream, event, append.id, clock_.now()) ? 0U : 1U;
    }
    outcome.versions.push_back(stream_state(write.stream).version);
  }
  if (high_water() >= first) {
    outcome.first = first;
    outcome.last = high_water();
  }
  outcomes_[append.id] = {.appended = outcome, .answer = append.answer};
  return outcome;
}

Result<Appended, AppendError> ModelStore::import(const Import& batch) {
  for (const auto& imported : batch.events) {
    if (auto limit = exceeded(imported.event)) return Unexpected<AppendError>(*std::move(limit));
  }
  if (auto known = find_append(batch.id)) return *std::move(known);
  if (auto why = bad_time(batch)) return Unexpected<AppendError>(*std::move(why));
  for (const auto& imported : batch.events) {
    const auto* stream = find_stream(imported.stream);
    if (stream != nullptr && stream->gone) {
      return Unexpected<AppendError>(StreamDeleted{imported.stream});
    }
  }
  Appended outcome;
  const auto first = high_water().next();
  for (const auto& [stream, event, recorded_at] : batch.events) {
    outcome.skipped += store(stream, event, batch.id, recorded_at.value_or(clock_.now())) ? 0U : 1U;
  }
  if (high_water() >= first) {
    outcome.first = first;
    outcome.last = high_water();
  }
  outcomes_[batch.id] = {.appended = outcome, .answer = std::nullopt};
  return outcome;
}

std::optional<Appended> ModelStore::find_append(const AppendId& id) const {
  const auto found = outcomes_.find(id);
  if (found == outcomes_.end()) return std::nullopt;
  const auto& [appended, answer] = found->second;
  const bool expired = answer && answer->expires_at <= clock_.now();
  if (expired && appended.last == Position()) return std::nullopt;
  auto known = appended;
  known.repeated = true;
  if (answer && !expired) known.answer = answer->bytes;
  return known;
}

UtcTime ModelStore::last_expiry() {
  for (const auto& [id, outcome] : outcomes_) {
    if (!outcome.answer || outcome.answer->expires_at > clock_.now()) continue;
    last_expiry_ = std::max(last_expiry_, outcome.answer->expires_at);
  }
  return last_expiry_;
}

// --- read ----------------------------------------------------------------------------------------

const ModelStore::Stream* ModelStore::find_stream(const StreamId& stream) const {
  const auto found = streams_.find(stream.name());
  return found == streams_.end() ? nullptr : &found->second;
}

EventView ModelStore::view(std::size_t at) const {
  const auto& stored = log_[at];
  EventView view{.metadata = {.position = Position(at + 1),
                              .version = stored.version,
                              .event_id = stored.event.event_id,
                              .append_id = stored.append,
                              .stream = stored.stream->id.name(),
                              .event_time = stored.event.event_time,
                              .recorded_at = stored.recorded_at,
                              .ingested_at = stored.event.ingested_at,
                              .correlation_id = stored.event.correlation_id,
                              .causation_id = stored.event.causation_id,
                              .traceparent = stored.event.traceparent,
                              .tenant = stored.event.tenant,
                              .extra = stored.extra},
                 .type = stored.event.type,
                 .schema = stored.event.schema,
                 .data = stored.event.data};
  view.tombstone =
      stored.erased || stored.skip || stored.version.value() < stored.stream->truncated_before;
  if (view.tombstone) view.data = {};
  return view;
}

ReadEnd ModelStore::read(const ReadQuery& query, const Visitor& visit) const {
  const bool forward = query.direction == Direction::forward;
  const std::uint64_t end = log_.size();
  const auto low =
      forward ? std::max<std::uint64_t>(1, query.from.value_or(Position()).value()) : 1;
  const auto high = forward ? end : std::min(end, query.from.value_or(Position(end)).value());
  if (low > high) return {.at_end = true};
  ReadEnd result;
  for (std::uint64_t step = 0; step <= high - low; ++step) {
    const auto position = forward ? low + step : high - step;
    const auto event = view(position - 1);
    if (!matches(query, event, log_[position - 1].event.tags)) continue;
    ++result.returned;
    if (visit(event) && result.returned < query.limit) continue;
    result.scanned = Position(position);
    result.at_end = position == (forward ? high : low);
    return result;
  }
  result.scanned = Position(forward ? high : low);
  result.at_end = true;
  return result;
}

ReadEnd ModelStore::read_stream(const StreamQuery& query, const Visitor& visit) const {
  const auto* stream = find_stream(query.stream);
  if (stream == nullptr) return {.at_end = true};
  const bool forward = query.direction == Direction::forward;
  const std::uint64_t end = stream->events.size();
  const auto first = first_kept(*stream);
  const auto from = query.from.value_or(StreamVersion(forward ? 0 : end)).value();
  const auto low = forward ? std::max(first, from) : first;
  const auto high = forward ? end : std::min(end, from);
  ReadEnd result{.at_end = true};
  for (std::uint64_t step = 0; low + step <= high; ++step) {
    const auto event = view(stream->events[(forward ? low + step : high - step) - 1]);
    ++result.returned;
    result.scanned = event.metadata.position;
    if (visit(event) && result.returned < query.limit) continue;
    result.at_end = low + step == high;
    break;
  }
  return result;
}

std::optional<RecordedEvent> ModelStore::find_event(const EventId& id) const {
  const auto found = places_.find(id);
  if (found == places_.end()) return std::nullopt;
  return RecordedEvent(view(found->second));
}

Position ModelStore::position_at(UtcTime recorded_at) const {
  const auto found = std::find_if(log_.begin(), log_.end(), [&](const Stored& stored) {
    return stored.recorded_at >= recorded_at;
  });
  return Position(static_cast<std::uint64_t>(found - log_.begin()) + 1);
}

StreamState ModelStore::state(const Stream& stream) const {
  StreamState state{.version = StreamVersion(stream.events.size()),
                    .deleted_through = stream.deleted_through,
                    .first = StreamVersion(first_kept(stream))};
  if (stream.gone) {
    state.deletion = Deletion::hard;
  } else if (stream.deleted_through == state.version) {
    state.deletion = Deletion::soft;
  }
  return state;
}

StreamState ModelStore::stream_state(const StreamId& stream) const {
  const auto* found = find_stream(stream);
  return found == nullptr ? StreamState() : state(*found);
}

std::vector<StreamInfo> ModelStore::streams(const std::string& category, const std::string& after,
                                            std::uint64_t limit) const {
  std::vector<StreamInfo> found;
  for (auto at = streams_.upper_bound(after); at != streams_.end(); ++at) {
    if (found.size() == limit) break;
    const auto& stream = at->second;
    if (!category.empty() && stream.id.category() != category) continue;
    const auto state = this->state(stream);
    found.push_back({.stream = stream.id,
                     .version = state.version,
                     .last_position = Position(stream.events.back() + 1),
                     .deletion = state.deletion});
  }
  return found;
}

std::uint32_t ModelStore::register_type(const std::string& type, const std::string& fingerprint) {
  auto& known = types_[type];
  const auto found = std::find(known.begin(), known.end(), fingerprint);
  const auto number = static_cast<std::uint32_t>(found - known.begin()) + 1;
  if (found == known.end()) known.push_back(fingerprint);
  return number;
}

std::optional<std::string> ModelStore::property(const std::string& name) const {
  const auto found = properties_.find(name);
  if (found == properties_.end()) return std::nullopt;
  return found->second;
}

void ModelStore::set_property(const std::string& name, const std::string& value) {
  properties_[name] = value;
}

}  // namespace tidemark::store
