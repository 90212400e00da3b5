#include <array>
#include <string>

#include "contract/store/stores.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

using Positions = std::vector<std::uint64_t>;

constexpr std::array kinds{Record::Kind::property, Record::Kind::schema, Record::Kind::outcome,
                           Record::Kind::life,     Record::Kind::skip,   Record::Kind::consumer,
                           Record::Kind::signature};

template <typename Work>
std::string code_of(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "none";
}

/// An event taken out of one store on its way to another.
struct Carried {
  RecordedEvent event;
  ChainHash data_digest, chain;
  [[nodiscard]] StoredEvent stored() const { return {event.view(), data_digest, chain}; }
};

std::vector<Carried> take_events(Replica& from, Position first, std::uint64_t limit) {
  std::vector<Carried> taken;
  from.stored_events(first, limit, [&](const StoredEvent& stored) {
    taken.push_back({RecordedEvent(stored.event), stored.data_digest, stored.chain});
    return true;
  });
  return taken;
}

void put_events(Replica& to, const std::vector<Carried>& events) {
  std::vector<StoredEvent> stored;
  for (const auto& event : events) stored.push_back(event.stored());
  to.put_events(stored);
}

/// Copies events behind those that are there, in small steps.
void copy_events(StoreEngine& from, StoreEngine& to, std::uint64_t step = 3) {
  while (true) {
    const auto events = take_events(from, to.high_water().next(), step);
    if (events.empty()) return;
    put_events(to, events);
  }
}

void copy_records(Replica& from, Replica& to) {
  for (const auto kind : kinds) {
    std::string after;
    while (true) {
      const auto records = from.records(kind, after, 2);
      if (records.empty()) break;
      to.put_records(records);
      after = records.back().key;
    }
  }
}

void check_same(StoreEngine& one, StoreEngine& other) {
  const auto end = one.high_water();
  CHECK(other.high_water() == end);
  for (std::uint64_t position = 0; position <= end.value(); ++position) {
    CHECK(one.chain_at(Position(position)) == other.chain_at(Position(position)));
  }
  const auto ones = read(one).events;
  const auto others = read(other).events;
  REQUIRE(ones.size() == others.size());
  for (std::size_t at = 0; at < ones.size(); ++at) {
    CHECK(ones[at].data() == others[at].data());
    CHECK(ones[at].view().tombstone == others[at].view().tombstone);
    CHECK(ones[at].metadata().recorded_at == others[at].metadata().recorded_at);
    CHECK(ones[at].metadata().extra == others[at].metadata().extra);
  }
  const auto verified = other.verify({});
  CHECK(verified.events == end.value());
  CHECK_FALSE(verified.damage.has_value());
}

/// A store in which everything has happened: b is deleted, a truncated, one event skipped.
template <typename Place>
struct FullStore {
  Place place;
  std::unique_ptr<StoreEngine> store = place.open();

  FullStore() {
    for (std::uint64_t number = 1; number <= 12; ++number) {
      auto append = append_of(number, stream(number % 3 == 0 ? "b" : "a"), {number});
      append.streams[0].events[0].tags = {number % 2 == 0 ? "even" : "odd"};
      append.streams[0].events[0].headers = {{"name", "value"}};
      if (number == 5) append.streams[0].events[0].data = "";
      place.clock.advance(std::chrono::seconds(1));
      REQUIRE(store->append(append).has_value());
    }
    change(TruncateStream{.stream = stream("a"), .before = StreamVersion(3)});
    change(DeleteStream{.stream = stream("b")});
    while (store->compact(100).more) continue;
    change(TruncateStream{.stream = stream("a"), .before = StreamVersion(4)});
    change(SkipEvent{.event = event_id(11)});
    change(Retention{.stream = stream("a"), .count_max = 4});
    store->set_property("manifest", std::string("m\0", 2));
    store->register_type("test.A", "f1");
    store->register_type("test.A", "f2");
    const auto expires_at = place.clock.now() + std::chrono::hours(1);
    REQUIRE(store
                ->append({.id = append_id(50),
                          .streams = {},
                          .answer = Answer{.bytes = "rejected", .expires_at = expires_at}})
                .has_value());
    store->report_consumers(
        {{.name = "reader",
          .checkpoint = {.position = Position(12), .chain = *store->chain_at(Position(12))},
          .reported_at = place.clock.now()}});
  }
  void change(decltype(LifeCycleChange::what) what) {
    REQUIRE(
        store->change({.what = std::move(what), .who = "ann", .reason = "asked for"}).has_value());
  }
};

TEST_SUITE("store/replica") {
  TEST_CASE_TEMPLATE_DEFINE("a copy is the log with everything that belongs to it", Place, copy) {
    FullStore<Place> full;
    Place other;
    other.clock.jump_to(full.place.clock.now());
    auto target = other.open();
    copy_events(*full.store, *target);
    copy_records(*full.store, *target);
    if constexpr (Place::survives) {
      target.reset();
      target = other.open();
    }
    check_same(*full.store, *target);
    CHECK(read_stream(*target, {.stream = stream("a")}).positions() ==
          read_stream(*full.store, {.stream = stream("a")}).positions());
    for (const char* name : {"a", "b"}) {
      const auto expected = full.store->stream_state(stream(name));
      const auto actual = target->stream_state(stream(name));
      CHECK(actual.version == expected.version);
      CHECK(actual.deletion == expected.deletion);
      CHECK(actual.deleted_through == expected.deleted_through);
      CHECK(actual.first == expected.first);
    }
    CHECK(target->retention(stream("a"))->count_max == 4);
    CHECK(target->skipped_events({}, 10).at(0).position == Position(11));
    CHECK(target->property("manifest") == std::string("m\0", 2));
    CHECK(target->register_type("test.A", "f2") == 2);
    CHECK(target->register_type("test.A", "f3") == 3);
    CHECK(target->find_append(append_id(50))->answer == "rejected");
    CHECK(target->consumers().at(0).checkpoint.position == Position(12));
    CHECK(target->consumers().at(0).checkpoint.chain == target->chain_at(Position(12)));
    CHECK(read(*target, {.criteria = {{.tags = {"even"}}}}).positions() ==
          Positions{2, 4, 6, 8, 10, 12});
  }
  TEST_CASE_TEMPLATE_APPLY(copy, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a copy goes on where the log ended", Place, goes_on) {
    FullStore<Place> full;
    Place other;
    other.clock.jump_to(full.place.clock.now());
    const auto target = other.open();
    copy_events(*full.store, *target, 100);
    copy_records(*full.store, *target);
    for (StoreEngine* store : {full.store.get(), static_cast<StoreEngine*>(target.get())}) {
      CHECK(store->append(append_of(7, stream("zzz"), {99}))->repeated);
      CHECK(error_of<DuplicateEvents>(store->append(append_of(60, stream("zzz"), {7}))).event_ids ==
            std::vector{event_id(7)});
      const auto anew = store->append(append_of(61, stream("b"), {61}, ExpectedState::no_stream()));
      REQUIRE(anew.has_value());
      CHECK(anew->first == Position(13));
      CHECK(anew->versions == std::vector{StreamVersion(5)});
      auto refused = append_of(62, stream("c"), {62});
      refused.condition = AppendCondition{.criteria = {{.tags = {"even"}}}, .after = Position(11)};
      CHECK(error_of<ConditionFailed>(store->append(refused)).position == Position(12));
      REQUIRE(
          store->change({.what = SkipEvent{.event = event_id(11), .skipped = false}, .who = "ann"})
              .has_value());
      CHECK(store->find_event(event_id(11))->data() == "data");
    }
    check_same(*full.store, *target);
  }
  TEST_CASE_TEMPLATE_APPLY(goes_on, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a copy that was begun is carried on", Place, resumed) {
    FullStore<Place> full;
    Place other;
    auto target = other.open();
    put_events(*target, take_events(*full.store, Position(1), 5));
    CHECK(target->high_water() == Position(5));
    // What is there already is passed over, also when more follows in the same batch.
    put_events(*target, take_events(*full.store, Position(2), 3));
    put_events(*target, take_events(*full.store, Position(4), 4));
    CHECK(target->high_water() == Position(7));
    if constexpr (Place::survives) {
      target.reset();
      target = other.open();
    }
    copy_events(*full.store, *target);
    copy_records(*full.store, *target);
    copy_records(*full.store, *target);
    check_same(*full.store, *target);
  }
  TEST_CASE_TEMPLATE_APPLY(resumed, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a copy into another history is refused whole", Place, diverged) {
    FullStore<Place> full;
    const auto events = take_events(*full.store, Position(1), 12);
    const auto refused = [&](StoreEngine& target, const std::vector<Carried>& batch) {
      const auto before = target.high_water();
      const auto code = code_of([&] { put_events(target, batch); });
      CHECK(target.high_water() == before);
      CHECK_FALSE(target.verify({}).damage.has_value());
      return code;
    };
    Place other;
    const auto target = other.open();
    REQUIRE(target->append(append_of(1, stream("a"), {1})).has_value());
    CHECK(refused(*target, events) == "store.diverged");
    CHECK(refused(*target, {events[1]}) == "store.diverged");

    Place empty;
    const auto fresh = empty.open();
    CHECK(refused(*fresh, {events[1]}) == "store.diverged");
    CHECK(refused(*fresh, {events[0], events[2]}) == "store.diverged");
    auto altered = events;
    altered[4].chain[0] ^= 1U;
    CHECK(refused(*fresh, altered) == "store.diverged");
    altered = events;
    altered[0].data_digest[0] ^= 1U;
    CHECK(refused(*fresh, altered) == "store.diverged");
    CHECK(fresh->streams("", "", 10).empty());
    CHECK(read(*fresh, {.criteria = {{.tags = {"odd"}}}}).events.empty());
    put_events(*fresh, events);
    copy_records(*full.store, *fresh);
    check_same(*full.store, *fresh);
  }
  TEST_CASE_TEMPLATE_APPLY(diverged, Stores);

  TEST_CASE_TEMPLATE_DEFINE("data that are not those of the digest are refused", Place, altered) {
    FullStore<Place> full;
    auto events = take_events(*full.store, Position(1), 12);
    auto view = events[6].event.view();
    view.data = "other data";
    events[6].event = RecordedEvent(view);
    Place other;
    const auto target = other.open();
    CHECK(code_of([&] { put_events(*target, events); }) == "store.diverged");
    CHECK(target->high_water() == Position());
  }
  TEST_CASE_TEMPLATE_APPLY(altered, Stores);

  TEST_CASE_TEMPLATE_DEFINE("what is about events behind the copy stays out", Place, ahead) {
    FullStore<Place> full;
    full.change(SkipEvent{.event = event_id(4)});
    full.store->set_property(snapshot_property(stream("a")), "ahead");
    Place other;
    other.clock.jump_to(full.place.clock.now());
    const auto target = other.open();
    put_events(*target, take_events(*full.store, Position(1), 4));
    copy_records(*full.store, *target);
    CHECK(target->high_water() == Position(4));
    CHECK(target->find_append(append_id(4)).has_value());
    CHECK_FALSE(target->find_append(append_id(5)).has_value());
    CHECK(target->consumers().empty());
    CHECK(target->skipped_events({}, 10).size() == 1);
    // A life is not about events: of a stream that has fewer of them it hides these.
    CHECK(target->stream_state(stream("b")).deletion == Deletion::soft);
    CHECK(target->stream_version(stream("b")) < full.store->stream_version(stream("b")));
    CHECK(read(*target).events.at(2).view().tombstone);
    CHECK_FALSE(target->property(snapshot_property(stream("a"))).has_value());
    CHECK_FALSE(target->verify({}).damage.has_value());
    // The rest comes later, and with it what was left out.
    copy_events(*full.store, *target);
    copy_records(*full.store, *target);
    check_same(*full.store, *target);
    CHECK(target->consumers().size() == 1);
    CHECK(target->stream_state(stream("b")).deletion == Deletion::soft);
  }
  TEST_CASE_TEMPLATE_APPLY(ahead, Stores);

  TEST_CASE_TEMPLATE_DEFINE("what upkeep took out after the copy was made goes there too", Place,
                            erased_later) {
    FullStore<Place> full;
    Place other;
    other.clock.jump_to(full.place.clock.now());
    const auto target = other.open();
    copy_events(*full.store, *target);
    while (full.store->compact(100).more) continue;
    copy_records(*full.store, *target);
    check_same(*full.store, *target);
    while (target->compact(100).more) continue;
    check_same(*full.store, *target);
    std::uint64_t with_data = 0;
    target->stored_events(Position(1), 100, [&](const StoredEvent& stored) {
      if (!stored.event.tombstone) ++with_data;
      return true;
    });
    // Versions 5 to 8 of a: what is skipped keeps its data.
    CHECK(with_data == 4);
  }
  TEST_CASE_TEMPLATE_APPLY(erased_later, Stores);

  TEST_CASE_TEMPLATE_DEFINE("stored events are visited as far as the visitor wants", Place,
                            visits) {
    FullStore<Place> full;
    Positions seen;
    const auto visit = [&](Position from, std::uint64_t limit, std::uint64_t last) {
      seen.clear();
      return full.store->stored_events(from, limit, [&](const StoredEvent& stored) {
        seen.push_back(stored.event.metadata.position.value());
        return seen.back() != last;
      });
    };
    CHECK(visit(Position(3), 4, 99) == 4);
    CHECK(seen == Positions{3, 4, 5, 6});
    CHECK(visit(Position(10), 100, 99) == 3);
    CHECK(visit(Position(1), 100, 2) == 2);
    CHECK(seen == Positions{1, 2});
    CHECK(visit(Position(13), 100, 99) == 0);
  }
  TEST_CASE_TEMPLATE_APPLY(visits, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a record of a copy that is damaged is refused", Place, damaged) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    for (const auto& kind : kinds) {
      if (kind == Record::Kind::property) continue;  // any text is one
      const Record record{.kind = kind, .key = "thing-a", .value = "\xFF"};
      CHECK(code_of([&] { store->put_records(std::array{record}); }) == "store.bad_record");
    }
    CHECK(store->append(append_of(2, stream("a"), {2})).has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(damaged, Stores);
}

}  // namespace
}  // namespace tidemark::store
