#include <algorithm>

#include "contract/store/model_store.hpp"

namespace tidemark::store {
namespace {

using Changed = Result<LifeCycleChanged, LifeCycleError>;

}  // namespace

/// The first version that reads of the stream show.
std::uint64_t ModelStore::first_kept(const Stream& stream) const {
  auto first = std::max(stream.truncated_before, stream.deleted_through.value() + 1);
  if (!stream.retention) return first;
  const std::uint64_t version = stream.events.size();
  const auto& [id, count_max, age_max] = *stream.retention;
  if (count_max && version > *count_max) first = std::max(first, version - *count_max + 1);
  if (age_max) {
    const auto oldest = clock_.now().micros() - age_max->count();
    while (first <= version && log_[stream.events[first - 1]].recorded_at.micros() < oldest) {
      ++first;
    }
  }
  return first;
}

const Consumer* ModelStore::slowest_consumer() const {
  const Consumer* slowest = nullptr;
  for (const auto& [name, consumer] : consumers_) {
    if (slowest == nullptr || consumer.checkpoint.position < slowest->checkpoint.position) {
      slowest = &consumer;
    }
  }
  return slowest;
}

std::optional<ConsumerBehind> ModelStore::Change::behind(Position last) const {
  const auto* slowest = store.slowest_consumer();
  if (slowest == nullptr || slowest->checkpoint.position >= last) return std::nullopt;
  return ConsumerBehind{
      .consumer = slowest->name, .at = slowest->checkpoint.position, .last = last};
}

std::optional<LifeCycleError> ModelStore::Change::bad_stream(const StreamId& id) const {
  const auto* stream = store.find_stream(id);
  if (stream == nullptr) return NothingThere{};
  if (stream->gone) return StreamDeleted{id};
  return std::nullopt;
}

Changed ModelStore::Change::hide_before(Stream& stream, std::uint64_t before) {
  LifeCycleChanged changed;
  if (before <= stream.truncated_before) return changed;
  const auto last = behind(Position(stream.events[before - 2] + 1));
  if (last && !change.force) return Unexpected<LifeCycleError>(*last);
  changed.events = before - stream.truncated_before;
  changed.forced = last.has_value();
  stream.truncated_before = before;
  return changed;
}

Changed ModelStore::Change::operator()(const DeleteStream& what) {
  if (auto bad = bad_stream(what.stream)) return Unexpected(*std::move(bad));
  auto& stream = store.streams_.at(what.stream.name());
  const auto state = store.state(stream);
  if (!what.expected.holds(state)) {
    return Unexpected<LifeCycleError>(Conflict{.stream = what.stream,
                                               .expected = what.expected,
                                               .actual = state.version,
                                               .deletion = state.deletion});
  }
  auto changed = hide_before(stream, stream.events.size() + 1);
  if (!changed.has_value()) return changed;
  stream.deleted_through = state.version;
  stream.gone = what.deletion == Deletion::hard;
  store.properties_.erase(snapshot_property(what.stream));
  return changed;
}

Changed ModelStore::Change::operator()(const TruncateStream& what) {
  if (auto bad = bad_stream(what.stream)) return Unexpected(*std::move(bad));
  auto& stream = store.streams_.at(what.stream.name());
  if (what.before == StreamVersion() || what.before.value() > stream.events.size() + 1) {
    return Unexpected<LifeCycleError>(NothingThere{});
  }
  return hide_before(stream, what.before.value());
}

Changed ModelStore::Change::operator()(const Retention& what) {
  if (what.count_max == 0) return Unexpected<LifeCycleError>(BadChange{.field = "count_max"});
  if (what.age_max && *what.age_max < std::chrono::seconds(1)) {
    return Unexpected<LifeCycleError>(BadChange{.field = "age_max"});
  }
  if (auto bad = bad_stream(what.stream)) return Unexpected(*std::move(bad));
  auto& kept = store.streams_.at(what.stream.name()).retention;
  kept.reset();
  if (what.count_max || what.age_max) kept = what;
  return LifeCycleChanged{};
}

Changed ModelStore::Change::operator()(const SkipEvent& what) {
  const auto found = store.places_.find(what.event);
  if (found == store.places_.end()) return Unexpected<LifeCycleError>(NothingThere{});
  auto& skip = store.log_[found->second].skip;
  LifeCycleChanged changed{.events = skip.has_value() == what.skipped ? 0U : 1U};
  const auto forget_snapshot = [&] {
    if (changed.events > 0) {
      store.properties_.erase(snapshot_property(store.log_[found->second].stream->id));
    }
  };
  if (!what.skipped) {
    forget_snapshot();
    skip.reset();
    return changed;
  }
  const Position position(found->second + 1);
  if (const auto last = behind(position)) {
    if (!change.force) return Unexpected<LifeCycleError>(*last);
    changed.forced = true;
  }
  forget_snapshot();
  if (!skip) {
    skip = Skipped{.position = position,
                   .who = change.who,
                   .reason = change.reason,
                   .skipped_at = store.clock_.now()};
  }
  return changed;
}

Changed ModelStore::change(const LifeCycleChange& change) {
  const auto* skip = std::get_if<SkipEvent>(&change.what);
  const bool needs_reason = change.force || (skip != nullptr && skip->skipped);
  if (change.who.empty() || change.who.size() > 200) {
    return Unexpected<LifeCycleError>(BadChange{.field = "who"});
  }
  if (change.reason.size() > 500 || (change.reason.empty() && needs_reason)) {
    return Unexpected<LifeCycleError>(BadChange{.field = "reason"});
  }
  return std::visit(Change{.store = *this, .change = change}, change.what);
}

std::optional<Retention> ModelStore::retention(const StreamId& stream) const {
  const auto* found = find_stream(stream);
  return found == nullptr ? std::nullopt : found->retention;
}

std::vector<Skipped> ModelStore::skipped_events(Position after, std::uint64_t limit) const {
  std::vector<Skipped> found;
  for (auto at = after.value(); at < log_.size() && found.size() < limit; ++at) {
    if (log_[at].skip) found.push_back(*log_[at].skip);
  }
  return found;
}

Compacted ModelStore::compact(std::uint64_t /*events_max*/) {
  Compacted done;
  for (auto& [name, stream] : streams_) compact(stream, done);
  return done;
}

void ModelStore::compact(Stream& stream, Compacted& done) {
  auto before = stream.retention ? first_kept(stream) : stream.truncated_before;
  const auto* slowest = slowest_consumer();
  if (slowest != nullptr && before > stream.truncated_before) {
    const auto handled = std::count_if(
        stream.events.begin(), stream.events.end(),
        [&](std::size_t at) { return at + 1 <= slowest->checkpoint.position.value(); });
    const auto least = std::max(static_cast<std::uint64_t>(handled) + 1, stream.truncated_before);
    if (least < before) done.waits_for = slowest->name;
    before = std::min(before, least);
  }
  stream.truncated_before = before;
  for (std::uint64_t version = 1; version < before; ++version) {
    auto& stored = log_[stream.events[version - 1]];
    if (stored.erased) continue;
    stored.erased = true;
    ++done.events;
    done.data_bytes += stored.event.data.size();
  }
}

void ModelStore::report_consumers(const std::vector<Consumer>& consumers) {
  for (const auto& consumer : consumers) consumers_[consumer.name] = consumer;
}

std::vector<Consumer> ModelStore::consumers() const {
  std::vector<Consumer> found;
  found.reserve(consumers_.size());
  for (const auto& [name, consumer] : consumers_) found.push_back(consumer);
  return found;
}

}  // namespace tidemark::store
