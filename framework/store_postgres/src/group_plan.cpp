#include "group_plan.hpp"

#include <algorithm>
#include <set>

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

bool is_same(const Appended& a, const Appended& b) {
  return a.first == b.first && a.last == b.last && a.versions == b.versions &&
         a.skipped == b.skipped;
}

}  // namespace

GroupPlan::GroupPlan(LogFacts& facts, UtcTime now) : facts_(facts), now_(now) {
  facts_.head.recorded_at = std::max(facts_.head.recorded_at, now_);
}

Result<Appended, AppendError> GroupPlan::add(const PendingAppend& pending) {
  const auto& append = pending.append;
  if (const auto known = facts_.outcomes.find(append.id); known != facts_.outcomes.end()) {
    auto outcome = known->second;
    // It was this very append that was stored, by the commit of which nobody knew.
    outcome.repeated = !(pending.attempted && is_same(*pending.attempted, outcome));
    if (!outcome.repeated) outcome.answer.reset();
    return outcome;
  }
  if (auto conflict = find_conflict(append)) return Unexpected<AppendError>(*std::move(conflict));
  if (append.on_duplicate == OnDuplicate::refuse) {
    auto duplicates = find_duplicates(append);
    if (!duplicates.empty()) {
      return Unexpected<AppendError>(DuplicateEvents{.event_ids = std::move(duplicates)});
    }
  }
  auto outcome = stage(pending);
  outcomes_.push_back({.append = &append, .outcome = outcome});
  auto& known = facts_.outcomes[append.id] = outcome;
  known.repeated = true;
  if (append.answer) known.answer = append.answer->bytes;
  return outcome;
}

std::optional<Conflict> GroupPlan::find_conflict(const Append& append) const {
  for (const auto& write : append.streams) {
    const auto known = facts_.streams.find(write.stream.name());
    const auto version = known == facts_.streams.end() ? StreamVersion() : known->second.version;
    if (!write.expected.holds(version)) {
      return Conflict{.stream = write.stream, .expected = write.expected, .actual = version};
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

/// As it is, or as it will be with its first event.
KnownStream GroupPlan::stream_of(const StreamId& name) {
  if (const auto known = facts_.streams.find(name.name()); known != facts_.streams.end()) {
    return known->second;
  }
  return {};
}

Appended GroupPlan::stage(const PendingAppend& pending) {
  const auto& append = pending.append;
  const auto before = facts_.head.position;
  Appended outcome;
  std::size_t number = 0;
  for (const auto& write : append.streams) {
    auto stream = stream_of(write.stream);
    for (const auto& event : write.events) {
      const auto at = number++;
      if (!facts_.stored.insert(event.event_id).second) {
        ++outcome.skipped;
        continue;
      }
      auto view = view_of(event, append, write);
      view.metadata.extra = pending.extras[at];
      stage_event(write.stream, stream, view, pending.data_digests[at]);
      for (const auto& tag : event.tags) {
        tags_.push_back({.position = facts_.head.position, .tag = tag});
      }
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

void GroupPlan::stage_event(const StreamId& name, KnownStream& stream, EventView event,
                            const ChainHash& data_digest) {
  auto& head = facts_.head;
  if (stream.id == 0) {
    stream.id = head.next_stream_id++;
    stream.category_id =
        intern(facts_.categories, name.category(), head.next_category_id, new_categories_);
    new_streams_.push_back(
        {.id = stream.id, .name = name.name(), .category_id = stream.category_id});
  }
  stream.version = stream.version.next();
  event.metadata.position = head.position.next();
  event.metadata.version = stream.version;
  event.metadata.recorded_at = head.recorded_at;
  head.chain = chain_.next(head.chain, event, data_digest);
  head.position = event.metadata.position;
  events_.push_back({.event = event,
                     .stream_id = stream.id,
                     .category_id = stream.category_id,
                     .type_id = intern(facts_.types, event.type, head.next_type_id, new_types_),
                     .chain = head.chain});
}

}  // namespace tidemark::store
