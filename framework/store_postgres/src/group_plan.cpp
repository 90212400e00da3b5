#include "group_plan.hpp"

#include <algorithm>
#include <unordered_set>

#include "criteria.hpp"
#include "outcomes.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/store/appending.hpp"

namespace tidemark::store_postgres {
namespace {

bool is_same(const Appended& a, const Appended& b) {
  return a.first == b.first && a.last == b.last && a.versions == b.versions &&
         a.skipped == b.skipped;
}

/// Whether `id` is not noted for that block yet.
bool is_new(const Blocks& noted, std::int64_t id, std::uint64_t block) {
  const auto last = noted.find(id);
  return last == noted.end() || last->second < block;
}

}  // namespace

void Preparation::add(const NewEvent& event) {
  data_digests.push_back(security::digest(event.data));
  extras.push_back(encode_extra(event.headers, event.tags));
}

GroupPlan::GroupPlan(LogFacts& facts, const LogMemory& memory, UtcTime now)
    : facts_(facts), memory_(memory), now_(now) {}

std::optional<Appended> GroupPlan::find_outcome(const AppendId& id,
                                                const std::optional<Appended>& attempted) const {
  const auto known = facts_.outcomes.find(id);
  if (known == facts_.outcomes.end()) return std::nullopt;
  // It was this very append that was stored, by the commit of which nobody knew.
  if (attempted && is_same(*attempted, known->second)) return attempted;
  return known->second;
}

Result<Appended, AppendError> GroupPlan::add(const Append& append, const Preparation& preparation,
                                             const std::optional<Appended>& attempted) {
  if (auto known = find_outcome(append.id, attempted)) return *std::move(known);
  if (auto conflict = find_conflict(append)) return Unexpected(*std::move(conflict));
  if (append.on_duplicate == OnDuplicate::refuse) {
    auto duplicates = find_duplicates(append);
    if (!duplicates.empty()) {
      return Unexpected<AppendError>(DuplicateEvents{.event_ids = std::move(duplicates)});
    }
  }
  auto outcome = stage(append, preparation);
  if (is_told_by_events(append)) {
    told_.push_back(append.id);
    (facts_.outcomes[append.id] = outcome).repeated = true;
  } else {
    record(append.id, outcome, append.answer);
  }
  return outcome;
}

void GroupPlan::record(const AppendId& id, const Appended& outcome,
                       const std::optional<Answer>& answer) {
  // As `read_outcome` would read it: one that is over already is not worth a row, which would be in
  // the way of the next append with this id.
  const bool expired = answer && answer->expires_at <= now_;
  if (expired && event_count(outcome) == 0) {
    has_untold_ = true;
    return;
  }
  outcomes_.push_back({.id = id, .outcome = outcome, .answer = answer ? &*answer : nullptr});
  auto& known = facts_.outcomes[id] = outcome;
  known.repeated = true;
  if (answer && !expired) known.answer = answer->bytes;
}

std::optional<AppendError> GroupPlan::find_conflict(const Append& append) const {
  for (const auto& write : append.streams) {
    const auto stream = stream_of(write.stream.name());
    const auto state = stream.state();
    if (stream.gone && !write.events.empty()) return StreamDeleted{write.stream};
    if (!write.expected.holds(state)) {
      return Conflict{.stream = write.stream,
                      .expected = write.expected,
                      .actual = state.version,
                      .deletion = state.deletion};
    }
  }
  if (const auto excluded = find_excluded(append)) return ConditionFailed{*excluded};
  return std::nullopt;
}

/// The first event that the condition excludes: stored, or of an append before this one.
std::optional<Position> GroupPlan::find_excluded(const Append& append) const {
  if (!append.condition) return std::nullopt;
  if (const auto stored = facts_.excluded.find(&append); stored != facts_.excluded.end()) {
    return stored->second;
  }
  for (const auto& row : events_) {
    if (row.event.metadata.position <= append.condition->after) continue;
    if (meets(append.condition->criteria, row.event.type, row.tags)) {
      return row.event.metadata.position;
    }
  }
  return std::nullopt;
}

std::vector<EventId> GroupPlan::find_duplicates(const Append& append) const {
  std::vector<EventId> duplicates;
  std::set<EventId> seen;
  std::set<EventId> named;
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) {
      const bool twice = !seen.insert(event.event_id).second;
      if ((twice || facts_.stored.contains(event.event_id)) &&
          named.insert(event.event_id).second) {
        duplicates.push_back(event.event_id);
      }
    }
  }
  return duplicates;
}

std::int64_t GroupPlan::intern(NameMap<std::int64_t>& known, std::string_view name,
                               std::int64_t& next, std::vector<NewName>& created) {
  if (const auto found = known.find(name); found != known.end()) return found->second;
  known.emplace(name, next);
  created.push_back({.id = next, .name = name});
  return next++;
}

KnownStream GroupPlan::stream_of(std::string_view name) const {
  const auto known = facts_.streams.find(name);
  return known == facts_.streams.end() ? KnownStream() : known->second;
}

Appended GroupPlan::stage(const Append& append, const Preparation& preparation) {
  const auto before = facts_.head.position;
  Appended outcome;
  std::size_t number = 0;
  for (const auto& write : append.streams) {
    auto stream = stream_of(write.stream.name());
    for (const auto& event : write.events) {
      const auto at = number++;
      if (!facts_.stored.insert(event.event_id).second) {
        ++outcome.skipped;
        continue;
      }
      // Not sooner: a writer remembers it, and an append without events leaves no time behind.
      facts_.head.recorded_at = std::max(facts_.head.recorded_at, now_);
      auto view = view_of(event, append.id, write.stream);
      view.metadata.extra = preparation.extras[at];
      stage({.name = write.stream,
             .stream = stream,
             .event = view,
             .data_digest = preparation.data_digests[at],
             .tags = event.tags});
    }
    outcome.versions.push_back(stream.version);
    if (stream.id != 0) facts_.streams.insert_or_assign(write.stream.name(), stream);
  }
  if (facts_.head.position != before) {
    outcome.first = before.next();
    outcome.last = facts_.head.position;
  }
  return outcome;
}

/// Gives one event its place at the end of the log.
void GroupPlan::stage(const Incoming& incoming) {
  auto& head = facts_.head;
  auto& stream = incoming.stream;
  if (stream.id == 0) {
    stream.id = head.next_stream_id++;
    stream.category_id =
        intern(facts_.categories, incoming.name.category(), head.next_category_id, new_categories_);
    new_streams_.push_back(
        {.id = stream.id, .name = incoming.name.name(), .category_id = stream.category_id});
  }
  stream.version = stream.version.next();
  EventRow row{.event = incoming.event,
               .stream_id = stream.id,
               .category_id = stream.category_id,
               .data_digest = incoming.data_digest,
               .tags = incoming.tags};
  auto& metadata = row.event.metadata;
  metadata.position = head.position.next();
  metadata.version = stream.version;
  metadata.recorded_at = head.recorded_at;
  row.type_id = intern(facts_.types, row.event.type, head.next_type_id, new_types_);
  row.chain = chain_.next(head.chain, row.event, incoming.data_digest);
  head.chain = row.chain;
  head.position = metadata.position;
  const auto block = block_of(head.position);
  if (is_new(memory_.type_blocks, row.type_id, block)) new_type_blocks_.emplace(row.type_id, block);
  if (is_new(memory_.category_blocks, row.category_id, block)) {
    new_category_blocks_.emplace(row.category_id, block);
  }
  events_.push_back(row);
}

std::optional<AppendError> GroupPlan::find_refusal(const Import& import) const {
  auto newest = facts_.head.recorded_at;
  std::unordered_set<EventId> seen;
  for (std::size_t at = 0; at < import.events.size(); ++at) {
    const auto& imported = import.events[at];
    const auto& id = imported.event.event_id;
    // Those that are left out have no say.
    if (facts_.stored.contains(id) || !seen.insert(id).second) continue;
    const auto recorded_at = imported.recorded_at.value_or(std::max(newest, now_));
    if (recorded_at < newest) {
      return RecordedBefore{.index = at, .recorded_at = recorded_at, .newest = newest};
    }
    newest = recorded_at;
  }
  for (const auto& imported : import.events) {
    if (stream_of(imported.stream.name()).gone) return StreamDeleted{imported.stream};
  }
  return std::nullopt;
}

Result<Appended, AppendError> GroupPlan::add(const Import& import, const Preparation& preparation,
                                             const std::optional<Appended>& attempted) {
  if (auto known = find_outcome(import.id, attempted)) return *std::move(known);
  if (auto refusal = find_refusal(import)) return Unexpected(*std::move(refusal));
  const auto before = facts_.head.position;
  auto& recorded_at = facts_.head.recorded_at;
  Appended outcome;
  for (std::size_t at = 0; at < import.events.size(); ++at) {
    const auto& imported = import.events[at];
    if (!facts_.stored.insert(imported.event.event_id).second) {
      ++outcome.skipped;
      continue;
    }
    recorded_at = std::max(recorded_at, imported.recorded_at.value_or(now_));
    auto stream = stream_of(imported.stream.name());
    auto view = view_of(imported.event, import.id, imported.stream);
    view.metadata.extra = preparation.extras[at];
    stage({.name = imported.stream,
           .stream = stream,
           .event = view,
           .data_digest = preparation.data_digests[at],
           .tags = imported.event.tags});
    facts_.streams.insert_or_assign(imported.stream.name(), stream);
  }
  if (facts_.head.position != before) {
    outcome.first = before.next();
    outcome.last = facts_.head.position;
  }
  record(import.id, outcome, std::nullopt);
  return outcome;
}

bool GroupPlan::put(const StoredEvent& stored, const StreamId& name,
                    std::span<const std::string> tags) {
  const auto& event = stored.event;
  if (!event.tombstone && security::digest(event.data) != stored.data_digest) return false;
  auto stream = stream_of(name.name());
  auto& head = facts_.head;
  head.recorded_at = std::max(head.recorded_at, stored.event.metadata.recorded_at);
  if (!facts_.stored.insert(stored.event.metadata.event_id).second) return false;
  stage({.name = name,
         .stream = stream,
         .event = stored.event,
         .data_digest = stored.data_digest,
         .tags = tags});
  facts_.streams.insert_or_assign(name.name(), stream);
  // The chain covers everything else of the event, and what lies before it.
  return head.position == stored.event.metadata.position &&
         stream.version == stored.event.metadata.version && head.chain == stored.chain;
}

}  // namespace tidemark::store_postgres
