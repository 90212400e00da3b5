#include "verify_appends.hpp"

#include <algorithm>
#include <cstring>

#include "columns.hpp"
#include "replica.hpp"
#include "scatter.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t page_size = 10'000;

std::uint64_t weight(const AppendId& append, std::uint64_t first, std::uint64_t events) {
  std::uint64_t halves[2];
  std::memcpy(halves, append.uuid().bytes().data(), sizeof halves);
  return scatter(scatter(scatter(halves[0]) + halves[1]) + scatter(first) + events);
}

Damage damage_at(std::uint64_t position, std::string message) {
  return {.position = Position(position), .code = "verify.append", .message = std::move(message)};
}

/// An append as its events tell of it.
struct Run {
  AppendId id;
  std::uint64_t first = 0, events = 0;
  bool told = false;  ///< it has the id of its first event, and needs no outcome
};

bool has_outcome(sqlite::Database& log, const Run& run) {
  auto select = log.statement("SELECT first, events FROM appends WHERE append_id = ?1");
  if (!select.bind(1, as_blob(run.id)).next()) return run.told;
  return read_number(select, 0) == run.first && read_number(select, 1) == run.events;
}

/// The first append of the log whose stored outcome is missing or another.
std::optional<Damage> find_in_events(LogReader& reader, Position end) {
  Run run;
  std::optional<Damage> found;
  const auto check = [&] {
    if (run.events == 0 || has_outcome(reader.database(), run)) return true;
    found = damage_at(run.first, "the outcome stored for its append is another");
    return false;
  };
  stored_events(reader, Position(1), end, end.value(), [&](const StoredEvent& stored) {
    const auto& metadata = stored.event.metadata;
    if (run.events == 0 || metadata.append_id != run.id) {
      if (!check()) return false;
      run = {.id = metadata.append_id,
             .first = metadata.position.value(),
             .told = metadata.event_id.uuid() == metadata.append_id.uuid()};
    }
    ++run.events;
    return true;
  });
  if (!found) check();
  return found;
}

/// An outcome that tells of events which are not there.
std::optional<Damage> find_in_outcomes(LogReader& reader, Position end) {
  const LogMoment moment(reader.files());
  auto outcomes = reader.database().statement(
      "SELECT first, append_id FROM appends WHERE events > 0 AND first <= ?1 ORDER BY first");
  outcomes.bind(1, end.value());
  EventRows rows(reader.files(), "SELECT append_id FROM events WHERE position = ?1");
  while (outcomes.next()) {
    const auto first = read_number(outcomes, 0);
    const auto* row = rows.find(first);
    if (row != nullptr && row->blob(0) == outcomes.blob(1)) continue;
    return damage_at(first, "an outcome is stored for an append without events");
  }
  return std::nullopt;
}

}  // namespace

void AppendTally::add_event(const EventView& event) {
  const auto& metadata = event.metadata;
  if (events_ == 0 || metadata.append_id != append_) {
    sum_ = sum();
    append_ = metadata.append_id;
    told_by_events_ = metadata.event_id.uuid() == append_.uuid();
    first_ = metadata.position.value();
    events_ = 0;
  }
  ++events_;
}

void AppendTally::add(const AppendId& append, std::uint64_t first, std::uint64_t events) {
  sum_ += weight(append, first, events);
}

std::uint64_t AppendTally::sum() const {
  return events_ == 0 || told_by_events_ ? sum_ : sum_ + weight(append_, first_, events_);
}

std::optional<Damage> check_appends(LogReader& reader, const AppendTally& events, Position end) {
  AppendTally outcomes;
  std::uint64_t last = 0;
  std::string after;
  for (bool more = true; more;) {
    const auto page_after = after;
    auto rows = reader.database().statement(
        "SELECT append_id, first, events, skipped FROM appends "
        "WHERE append_id > ?1 ORDER BY append_id LIMIT ?2");
    rows.bind_all(sqlite::Blob{page_after}, page_size);
    more = false;
    while (rows.next()) {
      more = true;
      const auto count = read_number(rows, 2);
      const auto first = read_number(rows, 1);
      // In a damaged tree they may follow in any order, and the pages would never come to an end.
      if (rows.blob(0) <= after) {
        return damage_at(std::clamp<std::uint64_t>(first, 1, end.value() + 1),
                         "the outcomes of appends do not stand in their order");
      }
      after = rows.blob(0);
      if (rows.integer(3) < 0) {
        return damage_at(std::clamp<std::uint64_t>(first, 1, end.value() + 1),
                         "the outcome stored for its append cannot be read");
      }
      if (count == 0) continue;
      last = std::max(last, first + count - 1);
      if (first <= end.value()) outcomes.add(read_id<AppendId>(rows, 0), first, count);
    }
  }
  if (last > end.value() && last > reader.last_position().value()) {
    return damage_at(end.value() + 1,
                     "the log ends before an append of which an outcome is stored");
  }
  if (outcomes.sum() == events.sum()) return std::nullopt;
  auto damage = find_in_events(reader, end);
  return damage ? damage : find_in_outcomes(reader, end);
}

}  // namespace tidemark::store
