#include "fuzz/store_use.hpp"

#include <string>
#include <utility>
#include <vector>

#include "fuzz/may_fail.hpp"
#include "fuzz/sound_store.hpp"
#include "tidemark/schema/envelope.hpp"

namespace tidemark::fuzz {
namespace {

using store::Record;
using store::SqliteStore;

constexpr int rounds = 6;  // of what goes on as long as there is more

void read_log(SqliteStore& store) {
  const auto visit = [](const EventView& event) {
    return decode_extra(event.metadata.extra).has_value() || !event.metadata.category().empty();
  };
  may_fail([&] { store.read({}, visit); });
  may_fail([&] { store.read({.direction = store::Direction::backward}, visit); });
  may_fail([&] { store.read({.category = "thing", .types = {"test.Changed"}}, visit); });
  may_fail([&] { store.read({.correlation_id = "conversation"}, visit); });
  may_fail([&] {
    store.read({.criteria = {{.types = {"test.Changed"}, .tags = {"tag"}}, {.tags = {"other"}}}},
               visit);
  });
  may_fail([&] {
    for (const auto& info : store.streams("", "", 100)) {
      store.read_stream({.stream = info.stream}, visit);
      static_cast<void>(store.stream_version(info.stream));
      static_cast<void>(store.retention(info.stream));
    }
  });
  may_fail([&] {
    static_cast<void>(store.position_at(UtcTime::from_micros(sound_start_micros + 2'000'000)));
  });
  may_fail([&] { static_cast<void>(store.facts(true)); });
  may_fail([&] { static_cast<void>(store.property("name")); });
  for (const auto& append : sound_appends()) {
    may_fail([&] { static_cast<void>(store.find_append(append.id)); });
    if (append.streams.empty()) continue;
    const auto& id = append.streams[0].events[0].event_id;
    may_fail([&] { static_cast<void>(store.find_event(id)); });
  }
}

/// What is there beside the events, and what a copy takes of them.
void read_records(SqliteStore& store) {
  constexpr std::uint64_t some = 100;
  may_fail([&] {
    store.stored_events(Position(1), 10'000, [](const store::StoredEvent&) { return true; });
  });
  for (const auto kind :
       {Record::Kind::property, Record::Kind::schema, Record::Kind::outcome, Record::Kind::life,
        Record::Kind::skip, Record::Kind::consumer, Record::Kind::signature}) {
    may_fail([&] { static_cast<void>(store.records(kind, "", some)); });
  }
  may_fail([&] { static_cast<void>(store.skipped_events(Position(), some)); });
  may_fail([&] { static_cast<void>(store.issued_checkpoints(some)); });
  may_fail([&] { static_cast<void>(store.consumers()); });
  for (const std::uint64_t position : {1U, 2U, 5U, 12U, 600U, 1090U}) {
    may_fail([&] { static_cast<void>(store.prove(Position(position))); });
    may_fail([&] { static_cast<void>(store.chain_at(Position(position))); });
  }
}

void append_again(SqliteStore& store) {
  // Again what is stored, and then something new.
  const auto& appends = sound_appends();
  for (auto append : {appends.front(), appends.back()}) {
    may_fail([&] { static_cast<void>(store.append(append)); });
    append.id = AppendId(Uuid({0xFF, append.id.uuid().bytes()[15]}));
    append.on_duplicate = store::OnDuplicate::skip;
    may_fail([&] { static_cast<void>(store.append(append)); });
  }
  may_fail([&] { static_cast<void>(store.append(new_append(200))); });
  may_fail([&] {
    const auto known = appends.front().streams[0];
    auto fresh = new_append(201).streams[0];
    static_cast<void>(
        store.import({.id = AppendId(Uuid({0xFE})),
                      .events = {{.stream = known.stream, .event = known.events[0]},
                                 {.stream = fresh.stream, .event = fresh.events[0]}}}));
  });
}

void change_kept(SqliteStore& store) {
  const auto change = [&](decltype(store::LifeCycleChange::what) what) {
    may_fail([&] {
      static_cast<void>(
          store.change({.what = std::move(what), .who = "ann", .reason = "fuzz", .force = true}));
    });
  };
  const auto event = sound_appends().front().streams[0].events[0].event_id;
  for (const auto& id : {"0", "1", "3"}) {
    change(store::TruncateStream{.stream = StreamId("thing", id), .before = StreamVersion(2)});
    change(store::Retention{.stream = StreamId("other", id), .count_max = 1});
  }
  change(store::DeleteStream{.stream = StreamId("thing", "2")});
  change(store::DeleteStream{.stream = StreamId("other", "3"), .deletion = store::Deletion::hard});
  change(store::SkipEvent{.event = event});
  change(store::SkipEvent{.event = event, .skipped = false});
}

void keep_up(SqliteStore& store) {
  for (int round = 0; round < rounds; ++round) {
    may_fail([&] { static_cast<void>(store.compact(20)); });
    may_fail([&] {
      static_cast<void>(store.archive(
          {.before = store.high_water(), .file_events = 8, .force = true, .reason = "fuzz"}));
    });
  }
  may_fail([&] {
    for (int round = 0; round < rounds && store.maintain(); ++round) continue;
  });
  may_fail([&] { store.issue_checkpoint(); });
}

}  // namespace

void read_everything(SqliteStore& store) {
  read_log(store);
  read_records(store);
}

void change_everything(SqliteStore& store) {
  append_again(store);
  may_fail([&] { store.register_type("test.Changed", "fingerprint"); });
  may_fail([&] { store.set_property("name", "other"); });
  may_fail([&] { store.change_property("name", "other", "third"); });
  may_fail(
      [&] { store.report_consumers({{.name = "reader", .checkpoint = {}, .reported_at = {}}}); });
  may_fail([&] { store.forget_consumer("reader"); });
  change_kept(store);
  keep_up(store);
}

}  // namespace tidemark::fuzz
