#include "tidemark/store/copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "tidemark/base/failure.hpp"
#include "tidemark/store/record_fields.hpp"

namespace tidemark::store {
namespace {

constexpr const char* state_property = "copy";
constexpr const char* begun = "begun";
constexpr const char* begun_again = "begun again";
constexpr const char* done = "done";
constexpr std::uint64_t records_page = 1'000;
constexpr std::uint64_t compact_events = 10'000;
/// A source under `normal` shows its newest events a moment after the records about them.
constexpr int attempts_max = 10;

/// An event as it is held between its two stores.
struct Held {
  RecordedEvent event;
  ChainHash data_digest, chain;
};

/// The last position that the record is about; 0 for one that is about none.
Position newest_in(const Record& record) {
  switch (record.kind) {
    case Record::Kind::outcome: {
      const auto fields = read_fields(record.value, 7);
      const auto events = read_unsigned(fields[1]);
      return Position(events == 0 ? 0 : read_unsigned(fields[0]) + events - 1);
    }
    case Record::Kind::consumer:
      return Position(read_unsigned(read_fields(record.value, 3)[0]));
    case Record::Kind::skip:
    case Record::Kind::signature:
      return Position(read_unsigned(record.key));
    case Record::Kind::property:
    case Record::Kind::schema:
    case Record::Kind::life:
      break;
  }
  return {};
}

/// Whether the copy catches up with the source for each page of them: there are few, and what they
/// say of the log (how far a consumer is) must not be ahead of the copy. The copy stands still from
/// the last of these on.
bool needs_events(Record::Kind kind) {
  return kind == Record::Kind::property || kind == Record::Kind::consumer ||
         kind == Record::Kind::signature;
}

/// One copy under way.
class Copy {
 public:
  Copy(StoreEngine& from, StoreEngine& to, const CopyOptions& options)
      : from_(from), to_(to), options_(options) {}

  Copied run();

 private:
  void check_target();
  void begin();
  bool copy_events(Position end);
  std::vector<Held> read_page(Position end);
  void put(const std::vector<Held>& page);
  bool copy_records(Record::Kind kind);
  bool put_page(const std::vector<Record>& page, const std::string& after);
  [[nodiscard]] bool is_wanted(const Record& record) const;
  [[nodiscard]] bool to_has_stream(const std::string& name) const;
  [[nodiscard]] bool has_all(const std::vector<Record>& page, const std::string& after);
  void undo(Record::Kind kind);
  void undo(const Record& record);
  bool compact();
  void check_end();
  [[nodiscard]] bool goes_on();

  StoreEngine& from_;
  StoreEngine& to_;
  const CopyOptions& options_;
  Copied copied_;
  Position total_;
  bool was_whole_ = false;  ///< an earlier copy into the target was finished
};

bool Copy::goes_on() {
  const bool more =
      !options_.progress ||
      options_.progress({.done = copied_.end, .total = std::max(total_, copied_.end)});
  copied_.finished = copied_.finished && more;
  return more;
}

void Copy::check_target() {
  if (from_.store_id() != to_.store_id()) {
    throw Failure({.code = "store.other_store",
                   .message = fmt::format("the target is store {}, not {}",
                                          to_string(to_.store_id()), to_string(from_.store_id())),
                   .hint = "name a target that is empty, or an earlier copy of this store"});
  }
  copied_.from = to_.high_water();
  copied_.end = copied_.from;
  total_ = from_.high_water();
  const auto there = from_.chain_at(copied_.from);
  if (there && there == to_.chain_at(copied_.from)) return;
  throw Failure({.code = "store.diverged",
                 .message = fmt::format("the target has another history: its event {} is not in "
                                        "the source, which ends at {}",
                                        copied_.from.value(), total_.value()),
                 .hint = "one of the two went back to an earlier moment and was written to since: "
                         "keep this target, and copy to a new one"});
}

/// Marks the target as a copy that is under way, unless it is the source by another name: then the
/// source shows a mark that it did not have.
void Copy::begin() {
  const auto before = to_.property(state_property);
  was_whole_ = before == done;
  const auto* mark = from_.property(state_property) == begun ? begun_again : begun;
  to_.set_property(state_property, mark);
  if (from_.property(state_property) != mark) return;
  to_.set_property(state_property, before.value_or(""));
  throw Failure({.code = "store.same_store",
                 .message = "the target is the store itself, by another name",
                 .hint = "name another schema, another database or another file"});
}

std::vector<Held> Copy::read_page(Position end) {
  std::vector<Held> page;
  std::uint64_t bytes = 0;
  const auto next = copied_.end.next();
  const auto limit = std::min(options_.events_max, end.value() - copied_.end.value());
  from_.stored_events(next, limit, [&](const StoredEvent& stored) {
    page.push_back({RecordedEvent(stored.event), stored.data_digest, stored.chain});
    bytes += stored.event.data.size() + stored.event.metadata.extra.size() + sizeof(Held);
    return bytes < options_.bytes_max;
  });
  return page;
}

void Copy::put(const std::vector<Held>& page) {
  std::vector<StoredEvent> views;
  views.reserve(page.size());
  for (const auto& [event, data_digest, chain] : page) {
    views.push_back({.event = event.view(), .data_digest = data_digest, .chain = chain});
  }
  try {
    to_.put_events(views);
  } catch (const Failure& failure) {
    // The two were one history up to here: it is the source that does not follow from itself.
    if (failure.code() != "store.diverged") throw;
    throw Failure({.code = "store.source_damaged",
                   .message = "the source is not as it was written: " + failure.message(),
                   .hint = "`store verify` of the source names what is wrong with it"});
  }
}

bool Copy::copy_events(Position end) {
  while (copied_.end < end) {
    const auto page = read_page(end);
    if (page.empty()) {
      throw Failure(
          {.code = "store.source_damaged",
           .message = fmt::format("the source has no event {}", copied_.end.next().value()),
           .hint = "`store verify` of the source names what is wrong with it"});
    }
    put(page);
    to_.maintain();
    copied_.end = page.back().event.metadata().position;
    if (!goes_on()) return false;
  }
  return true;
}

bool Copy::is_wanted(const Record& record) const {
  if (record.kind == Record::Kind::property) {
    return record.key != state_property && !record.key.starts_with(snapshot_property(StreamId()));
  }
  if (record.kind == Record::Kind::life) return to_has_stream(record.key);
  const auto newest = newest_in(record);
  if (newest > copied_.end) return false;
  // There are as many as appends, and one that stored events never changes but for its answer.
  return record.kind != Record::Kind::outcome || newest == Position() || !was_whole_ ||
         newest > copied_.from;
}

bool Copy::to_has_stream(const std::string& name) const {
  const auto stream = StreamId::parse(name);
  return stream && to_.stream_version(*stream) != StreamVersion();
}

/// Whether the target has them all; the pages of both begin behind `after`.
bool Copy::has_all(const std::vector<Record>& page, const std::string& after) {
  std::set<std::string> missing;
  for (const auto& record : page) missing.insert(record.key);
  auto from = after;
  while (!missing.empty()) {
    const auto found = to_.records(page.front().kind, from, records_page);
    for (const auto& record : found) missing.erase(record.key);
    if (found.size() < records_page || found.back().key >= page.back().key) break;
    from = found.back().key;
  }
  return missing.empty();
}

/// Puts records that were read behind `after`, without those that are ahead of the copy.
bool Copy::put_page(const std::vector<Record>& page, const std::string& after) {
  if (page.empty()) return true;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    // What they are about happened before they were read, so the events are there by now.
    if (needs_events(page.front().kind) && !copy_events(from_.high_water())) return false;
    std::vector<Record> to_put;
    std::ranges::copy_if(page, std::back_inserter(to_put),
                         [&](const Record& record) { return is_wanted(record); });
    if (!to_put.empty()) to_.put_records(to_put);
    if (to_put.empty() || has_all(to_put, after)) {
      copied_.records += to_put.size();
      return goes_on();
    }
    from_.maintain();
  }
  throw Failure({.code = "store.copy_incomplete",
                 .message = fmt::format("the target did not take a record of '{}' or one behind it",
                                        page.front().key),
                 .hint = "copy again; if that does not help, copy into a new target"});
}

bool Copy::copy_records(Record::Kind kind) {
  std::string after;
  for (bool more = true; more;) {
    const auto page = from_.records(kind, after, records_page);
    if (!put_page(page, after)) return false;
    more = page.size() == records_page;
    if (more) after = page.back().key;
  }
  return true;
}

/// Takes out of the target what the source has not any more.
void Copy::undo(Record::Kind kind) {
  std::set<std::string> kept;
  std::string after;
  for (bool more = true; more;) {
    const auto page = from_.records(kind, after, records_page);
    for (const auto& record : page) kept.insert(record.key);
    more = page.size() == records_page;
    if (more) after = page.back().key;
  }
  after.clear();
  for (bool more = true; more;) {
    const auto page = to_.records(kind, after, records_page);
    for (const auto& record : page) {
      if (!kept.contains(record.key)) undo(record);
    }
    more = page.size() == records_page;
    if (more) after = page.back().key;
  }
}

void Copy::undo(const Record& record) {
  if (record.kind == Record::Kind::consumer) {
    to_.forget_consumer(record.key);
    return;
  }
  std::optional<EventId> skipped;
  to_.stored_events(Position(read_unsigned(record.key)), 1, [&](const StoredEvent& stored) {
    skipped = stored.event.metadata.event_id;
    return false;
  });
  if (!skipped) return;
  const auto changed = to_.change({.what = SkipEvent{.event = *skipped, .skipped = false},
                                   .who = "copy",
                                   .reason = "brought back in the source"});
  if (changed.has_value()) return;
  throw Failure({.code = "store.copy_incomplete",
                 .message = to_string(changed.error()),
                 .hint = "copy into a new target"});
}

bool Copy::compact() {
  for (bool more = true; more;) {
    const auto round = to_.compact(compact_events);
    copied_.compacted.events += round.events;
    copied_.compacted.data_bytes += round.data_bytes;
    more = round.more;
    if (more && !goes_on()) return false;
  }
  while (to_.maintain()) {  // answers whose time is over
    if (!goes_on()) return false;
  }
  return true;
}

void Copy::check_end() {
  const auto facts = to_.facts(false);
  const auto chain = to_.chain_at(copied_.end);
  if (facts.events == copied_.end.value() && chain && chain == from_.chain_at(copied_.end)) return;
  throw Failure({.code = "store.copy_incomplete",
                 .message = fmt::format("the target has {} events where {} were copied, or another "
                                        "chain over them",
                                        facts.events, copied_.end.value()),
                 .hint = "somebody wrote to the target: copy into one of its own"});
}

Copied Copy::run() {
  check_target();
  begin();
  using Kind = Record::Kind;
  // What hides events is read when no further event is copied: an event whose data were gone when
  // it was copied is hidden in the copy, too.
  constexpr std::array kinds{Kind::property, Kind::consumer, Kind::signature, Kind::life,
                             Kind::skip,     Kind::outcome,  Kind::schema};
  if (!copy_events(total_)) return copied_;
  for (const auto kind : kinds) {
    if (!copy_records(kind)) return copied_;
    if (kind == Kind::skip || kind == Kind::consumer) undo(kind);
  }
  if (!compact()) return copied_;
  check_end();
  to_.set_property(state_property, done);
  if (options_.verify) {
    copied_.verified = to_.verify([&](auto, auto) { return goes_on(); });
  }
  return copied_;
}

}  // namespace

Copied copy_store(StoreEngine& from, StoreEngine& to, const CopyOptions& options) {
  return Copy(from, to, options).run();
}

bool is_unfinished_copy(EventStore& store) {
  const auto state = store.property(state_property);
  return state == begun || state == begun_again;
}

}  // namespace tidemark::store
