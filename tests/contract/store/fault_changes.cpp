#include "contract/store/fault_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace tidemark::store {
namespace {

constexpr const char* agreement = "agreement";
constexpr std::uint64_t all = 1000;

std::string text_of(std::uint64_t version, std::uint64_t first, Deletion deletion,
                    std::uint64_t kept, bool skipped) {
  return fmt::format("version {}, from {}, deletion {}, the newest {}, first one skipped: {}",
                     version, first, static_cast<int>(deletion), kept, skipped);
}

/// A change of the stream's first events, and what the store tells of it afterwards.
struct Wanted {
  decltype(LifeCycleChange::what) what;
  std::string after;
};

Wanted wanted(std::size_t number, const StreamId& stream, const EventId& event) {
  constexpr auto last = FaultChanges::events;
  switch (number % 5) {
    case 0:
      return {DeleteStream{.stream = stream}, text_of(last, last + 1, Deletion::soft, 0, false)};
    case 1:
      return {TruncateStream{.stream = stream, .before = StreamVersion(3)},
              text_of(last, 3, Deletion::none, 0, false)};
    case 2:
      return {Retention{.stream = stream, .count_max = 1},
              text_of(last, last, Deletion::none, 1, false)};
    case 3:
      return {SkipEvent{.event = event}, text_of(last, 1, Deletion::none, 0, true)};
    default:
      return {DeleteStream{.stream = stream, .deletion = Deletion::hard},
              text_of(last, last + 1, Deletion::hard, 0, false)};
  }
}

}  // namespace

void FaultChanges::change(StoreEngine& store, const StreamId& stream, const EventId& event) {
  auto [what, after] = wanted(changes_.size(), stream, event);
  changes_.push_back({.stream = stream,
                      .event = event,
                      .change = {.what = std::move(what), .who = "ann", .reason = "fault"},
                      .after = std::move(after)});
  hand_in(store, changes_.back());
}

void FaultChanges::hand_in(StoreEngine& store, Known& known) {
  const auto changed = store.change(known.change);
  // A deletion for ever that failed may have been made: then it is refused from now on.
  known.acknowledged = changed || std::holds_alternative<StreamDeleted>(changed.error());
}

void FaultChanges::change_again(StoreEngine& store) {
  for (auto& known : changes_) {
    if (known.acknowledged) continue;
    hand_in(store, known);
    if (!known.acknowledged) wrong_.push_back("refused: a change of " + known.stream.name());
  }
}

void FaultChanges::issue_checkpoint(StoreEngine& store) {
  checkpoints_.push_back(store.issue_checkpoint().note);
}

void FaultChanges::agree(StoreEngine& store) {
  const auto before = store.property(agreement);
  if (!agreed_.contains(before)) {
    wrong_.emplace_back("the property is not what was agreed on");
    return;
  }
  const auto next = std::to_string(++agreements_);
  agreed_ = {before, next};
  if (store.change_property(agreement, before, next)) {
    agreed_ = {next};
  } else {
    wrong_.emplace_back("refused: to change the property");
  }
}

std::string FaultChanges::told(StoreEngine& store, const Known& known) {
  const auto state = store.stream_state(known.stream);
  const auto retention = store.retention(known.stream);
  const auto event = store.find_event(known.event);
  const auto skipped = store.skipped_events(Position(), all);
  const bool is_skipped = event && std::ranges::any_of(skipped, [&](const Skipped& one) {
                            return one.position == event->metadata().position;
                          });
  return text_of(state.version.value(), state.first.value(), state.deletion,
                 retention ? retention->count_max.value_or(0) : 0, is_skipped);
}

void FaultChanges::check(StoreEngine& store) {
  const auto before = text_of(events, 1, Deletion::none, 0, false);
  const auto nothing = text_of(0, 1, Deletion::none, 0, false);
  for (const auto& known : changes_) {
    const auto found = told(store, known);
    const bool untouched = !known.acknowledged && (found == before || found == nothing);
    if (found != known.after && !untouched) {
      wrong_.push_back(
          fmt::format("{} is not \"{}\" but \"{}\"", known.stream.name(), known.after, found));
    }
  }
  const auto issued = store.issued_checkpoints(all);
  for (const auto& note : checkpoints_) {
    if (std::ranges::find(issued, note, &IssuedCheckpoint::note) == issued.end()) {
      wrong_.emplace_back("a checkpoint that was issued is not there");
    }
  }
  if (!agreed_.contains(store.property(agreement))) {
    wrong_.emplace_back("the property is not what was agreed on");
  }
}

std::vector<std::string> FaultChanges::wrong() { return std::exchange(wrong_, {}); }

std::uint64_t FaultChanges::acknowledged() const {
  return static_cast<std::uint64_t>(std::ranges::count(changes_, true, &Known::acknowledged));
}

}  // namespace tidemark::store
