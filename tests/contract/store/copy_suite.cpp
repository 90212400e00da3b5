#include "tidemark/store/copy.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "contract/store/forwarding_engine.hpp"
#include "contract/store/stores.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

template <typename Work>
std::string code_of(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "none";
}

/// Opens the place as a copy of `source`.
template <typename Place>
std::unique_ptr<StoreEngine> open_copy(Place& place, StoreEngine& source) {
  const auto facts = source.facts(false);
  place.options.identity = Identity{.store_id = facts.store_id, .created_at = facts.created_at};
  return place.open();
}

LifeCycleChange change_of(decltype(LifeCycleChange::what) what) {
  return {.what = std::move(what), .who = "ann", .reason = "asked for"};
}

/// Appends with numbers from `first` on, two events each, to three streams in turn.
void fill(StoreEngine& store, std::uint64_t first, std::uint64_t appends) {
  for (auto number = first; number < first + appends; ++number) {
    const auto to = stream(std::to_string(number % 3));
    auto append = append_of(number, to, {2 * number, 2 * number + 1});
    append.streams.front().events.front().tags = {"tag-" + std::to_string(number % 7)};
    append.answer = Answer{.bytes = "answer " + std::to_string(number),
                           .expires_at = UtcTime::from_micros(1'890'000'000'000'000)};
    REQUIRE(store.append(std::move(append)).has_value());
  }
}

std::vector<Record> all_records(StoreEngine& store, Record::Kind kind) {
  auto records = store.records(kind, "", 100'000);
  std::erase_if(records, [](const Record& record) { return record.key == "copy"; });
  return records;
}

/// Everything that a copy is about, but for what of it is not copied.
void check_same(StoreEngine& source, StoreEngine& copy) {
  REQUIRE(copy.high_water() == source.high_water());
  CHECK(copy.chain_at(copy.high_water()) == source.chain_at(source.high_water()));
  using Kind = Record::Kind;
  for (const auto kind : {Kind::schema, Kind::outcome, Kind::skip, Kind::consumer}) {
    const auto expected = all_records(source, kind);
    const auto found = all_records(copy, kind);
    CAPTURE(static_cast<int>(kind));
    CHECK(std::ranges::equal(found, expected, [](const Record& one, const Record& other) {
      return one.key == other.key && one.value == other.value;
    }));
  }
  const auto expected = read(source, {.limit = 100'000});
  const auto found = read(copy, {.limit = 100'000});
  REQUIRE(found.events.size() == expected.events.size());
  for (std::size_t at = 0; at < found.events.size(); ++at) {
    CHECK(found.events[at].data() == expected.events[at].data());
    CHECK(found.events[at].view().tombstone == expected.events[at].view().tombstone);
  }
  CHECK_FALSE(copy.verify({}).damage.has_value());
  CHECK_FALSE(is_unfinished_copy(copy));
}

/// A source that moves on whenever it is asked for records, and says in a property how far it is.
class MovingSource final : public ForwardingEngine {
 public:
  using Forwarding::Forwarding;
  std::vector<Record> records(Record::Kind kind, const std::string& after,
                              std::uint64_t limit) override {
    ++number_;
    REQUIRE(inner().append(append_of(number_, stream("moving"), {2 * number_})).has_value());
    inner().set_property("place", std::to_string(inner().high_water().value()));
    return inner().records(kind, after, limit);
  }

 private:
  std::uint64_t number_ = 5'000;
};

TEST_SUITE("store/copy") {
  TEST_CASE_TEMPLATE_DEFINE("a copy is the same store and answers alike", Place, same) {
    Place here;
    Place there;
    const auto source = here.open();
    fill(*source, 1, 20);
    source->set_property("manifest", "made of counters");
    source->set_property(snapshot_property(stream("0")), "a state");
    source->register_type("test.Happened", "layout 1");
    source->report_consumers({{.name = "feed",
                               .checkpoint = {.position = Position(40),
                                              .chain = source->chain_at(Position(40)).value()}}});
    REQUIRE(source->change(change_of(SkipEvent{.event = event_id(7)})).has_value());
    REQUIRE(source->change(change_of(DeleteStream{.stream = stream("2")})).has_value());
    const auto target = open_copy(there, *source);
    const auto copied = copy_store(*source, *target, {.verify = true});
    CHECK(copied.finished);
    CHECK(copied.end == Position(40));
    CHECK(copied.compacted.events == 14);
    REQUIRE(copied.verified.has_value());
    CHECK_FALSE(copied.verified->damage.has_value());
    check_same(*source, *target);
    CHECK(target->store_id() == source->store_id());
    CHECK(target->facts(false).created_at == source->facts(false).created_at);
    CHECK(target->property("manifest") == "made of counters");
    CHECK_FALSE(target->property(snapshot_property(stream("0"))).has_value());
    CHECK(target->find_append(append_id(5))->answer == "answer 5");
    CHECK(target->stream_state(stream("2")).deletion == Deletion::soft);
    CHECK(target->register_type("test.Happened", "layout 1") == 1);
    // It takes appends where the source stands, and knows what was stored.
    CHECK(target->append(append_of(5, stream("9"), {900}))->repeated);
    CHECK(target->append(append_of(99, stream("0"), {999}))->first == Position(41));
    CHECK(read(*target, {.criteria = {{.tags = {"tag-3"}}}}).events.size() == 3);
  }
  TEST_CASE_TEMPLATE_APPLY(same, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a copy that was stopped anywhere is resumed", Place, resumed) {
    Place here;
    const auto source = here.open();
    fill(*source, 1, 30);
    REQUIRE(source->change(change_of(DeleteStream{.stream = stream("1")})).has_value());
    REQUIRE(source->change(change_of(SkipEvent{.event = event_id(7)})).has_value());
    SeededRandom random(11);
    for (int trial = 0; trial < 20; ++trial) {
      Place there;
      const auto target = open_copy(there, *source);
      int stops = 0;
      for (bool finished = false; !finished; ++stops) {
        REQUIRE(stops < 100);
        auto left = 1 + random.next() % 6;
        const auto copied = copy_store(
            *source, *target,
            {.events_max = 1 + random.next() % 9, .progress = [&](const CopyProgress& progress) {
               CHECK(progress.done <= progress.total);
               return stops > 20 || --left > 0;
             }});
        finished = copied.finished;
        CHECK(is_unfinished_copy(*target) == !finished);
      }
      CHECK(stops > 1);
      check_same(*source, *target);
    }
  }
  TEST_CASE_TEMPLATE_APPLY(resumed, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a later copy brings what is new and takes out what is gone", Place,
                            incremental) {
    Place here;
    Place there;
    const auto source = here.open();
    fill(*source, 1, 10);
    const Consumer old{.name = "old"};
    source->report_consumers({old});
    auto skip = change_of(SkipEvent{.event = event_id(4)});
    skip.force = true;  // the consumer stands before it
    REQUIRE(source->change(skip).has_value());
    const auto target = open_copy(there, *source);
    CHECK(copy_store(*source, *target).compacted.events == 0);
    CHECK(read(*target).events[0].data() == "data");

    fill(*source, 11, 10);
    CHECK(source->forget_consumer("old"));
    REQUIRE(
        source->change(change_of(SkipEvent{.event = event_id(4), .skipped = false})).has_value());
    REQUIRE(
        source->change(change_of(DeleteStream{.stream = stream("1"), .deletion = Deletion::hard}))
            .has_value());
    const auto copied = copy_store(*source, *target);
    CHECK(copied.from == Position(20));
    CHECK(copied.end == Position(40));
    CHECK(copied.compacted.events == 14);
    check_same(*source, *target);
    CHECK(target->consumers().empty());
    CHECK(target->skipped_events(Position(), 10).empty());
    CHECK(target->stream_state(stream("1")).deletion == Deletion::hard);
    target->stored_events(Position(1), 1, [](const StoredEvent& stored) {
      CHECK(stored.event.data.empty());
      return true;
    });
  }
  TEST_CASE_TEMPLATE_APPLY(incremental, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a source that is written to meanwhile gives a whole copy", Place,
                            hot) {
    Place here;
    Place there;
    const auto source = here.open();
    fill(*source, 1, 50);
    const auto target = open_copy(there, *source);
    std::atomic<bool> stop = false;
    std::thread writer([&] {
      for (std::uint64_t number = 1'000; !stop && number < 3'000; ++number) {
        (void)source->append(append_of(number, stream(std::to_string(number % 50), "late"),
                                       {2 * number, 2 * number + 1}));
        if (number % 9 == 0) {
          (void)source->change(
              change_of(DeleteStream{.stream = stream(std::to_string(number % 50), "late")}));
        }
        if (number % 5 == 0) {
          (void)source->change(change_of(SkipEvent{.event = event_id(2 * number)}));
          const auto at = source->high_water();
          source->report_consumers(
              {{.name = "feed",
                .checkpoint = {.position = at, .chain = source->chain_at(at).value()}}});
        }
      }
    });
    // As long as it takes to run beside the writer, which ends by itself.
    Position end;
    for (int round = 0; round < 5 || end < Position(1'000); ++round) {
      end = copy_store(*source, *target, {.events_max = 7}).end;
      CHECK(target->high_water() == end);
      CHECK(target->chain_at(end) == source->chain_at(end));
      CHECK_FALSE(target->verify({}).damage.has_value());
      for (const auto& consumer : target->consumers()) {
        CHECK(consumer.checkpoint.position <= end);
      }
    }
    stop = true;
    writer.join();
    copy_store(*source, *target);
    check_same(*source, *target);
  }
  TEST_CASE_TEMPLATE_APPLY(hot, Stores);

  TEST_CASE_TEMPLATE_DEFINE("what goes while it is copied is gone in the copy, or all there", Place,
                            going) {
    const auto victim = stream("victim");
    for (const auto& change : {decltype(LifeCycleChange::what)(
                                   TruncateStream{.stream = victim, .before = StreamVersion(4)}),
                               decltype(LifeCycleChange::what)(DeleteStream{.stream = victim}),
                               decltype(LifeCycleChange::what)(
                                   DeleteStream{.stream = victim, .deletion = Deletion::hard})}) {
      for (int moment = 1, moments = 1; moment <= moments; ++moment) {
        Place here;
        Place there;
        const auto source = here.open();
        fill(*source, 1, 12);
        source->set_property("place", "24");
        REQUIRE(source->change(change_of(SkipEvent{.event = event_id(7)})).has_value());
        REQUIRE(source->change(change_of(DeleteStream{.stream = stream("2")})).has_value());
        source->report_consumers(
            {{.name = "feed",
              .checkpoint = {.position = Position(9),
                             .chain = source->chain_at(Position(9)).value()}}});
        source->issue_checkpoint();
        const auto target = open_copy(there, *source);
        moments = 0;
        copy_store(*source, *target, {.progress = [&](const CopyProgress&) {
          if (++moments != moment) return true;
          const std::vector<std::uint64_t> events{101, 102, 103, 104, 105};
          REQUIRE(source->append(append_of(100, victim, events)).has_value());
          auto forced = change_of(change);
          forced.force = true;
          REQUIRE(source->change(std::move(forced)).has_value());
          while (source->compact(100).more) continue;
          return true;
        }});
        CAPTURE(change.index());
        CAPTURE(moment);
        const auto before = source->stream_state(victim);
        const auto after = target->stream_state(victim);
        if (after.version == StreamVersion()) continue;
        CHECK(after.deletion == before.deletion);
        CHECK(after.first == before.first);
        target->read_stream({.stream = victim}, [](const EventView& event) {
          CHECK_FALSE(event.tombstone);
          return true;
        });
      }
    }
  }
  TEST_CASE_TEMPLATE_APPLY(going, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a target with another history is refused and left as it is", Place,
                            diverged) {
    Place here;
    Place there;
    const auto source = here.open();
    fill(*source, 1, 5);
    const auto target = open_copy(there, *source);
    copy_store(*source, *target);
    REQUIRE(target->append(append_of(77, stream("x"), {777})).has_value());
    CHECK(code_of([&] { copy_store(*source, *target); }) == "store.diverged");
    fill(*source, 10, 5);
    CHECK(code_of([&] { copy_store(*source, *target); }) == "store.diverged");
    CHECK(target->high_water() == Position(11));
  }
  TEST_CASE_TEMPLATE_APPLY(diverged, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a place that a property names is not ahead of the copy", Place,
                            places) {
    Place here;
    Place there;
    auto engine = here.open();
    fill(*engine, 1, 5);
    const auto target = open_copy(there, *engine);
    MovingSource source(std::move(engine));
    const auto copied = copy_store(source, *target);
    CHECK(copied.finished);
    CHECK(Position(std::stoull(target->property("place").value())) <= target->high_water());
    CHECK(target->high_water() == copied.end);
  }
  TEST_CASE_TEMPLATE_APPLY(places, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a store is not copied onto itself", Place, itself) {
    Place here;
    const auto store = here.open();
    fill(*store, 1, 5);
    CHECK(code_of([&] { copy_store(*store, *store); }) == "store.same_store");
    CHECK_FALSE(is_unfinished_copy(*store));
    Place there;
    const auto copy = open_copy(there, *store);
    CHECK_FALSE(copy_store(*store, *copy, {.progress = [](const CopyProgress&) {
                  return false;
                }}).finished);
    CHECK(code_of([&] { copy_store(*copy, *copy); }) == "store.same_store");
    CHECK(is_unfinished_copy(*copy));
    // Both of them can be unfinished copies, and two stores all the same.
    Place elsewhere;
    const auto third = open_copy(elsewhere, *copy);
    CHECK_FALSE(copy_store(*copy, *third, {.progress = [](const CopyProgress&) {
                  return false;
                }}).finished);
    CHECK(is_unfinished_copy(*third));
    CHECK(copy_store(*copy, *third).finished);
  }
  TEST_CASE_TEMPLATE_APPLY(itself, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a target that is another store is refused", Place, other) {
    Place here;
    Place there;
    const auto source = here.open();
    there.options.identity =
        Identity{.store_id = id_of<StoreId>(1), .created_at = UtcTime::from_micros(1)};
    const auto target = there.open();
    CHECK(target->store_id() == id_of<StoreId>(1));
    CHECK(code_of([&] { copy_store(*source, *target); }) == "store.other_store");
  }
  TEST_CASE_TEMPLATE_APPLY(other, Stores);

  TEST_CASE_FIXTURE(FileStores, "what a copy erased before is not erased again") {
    FileStores there;
    const auto source = open();
    fill(*source, 1, 10);
    REQUIRE(source->change(change_of(DeleteStream{.stream = stream("1")})).has_value());
    const auto target = open_copy(there, *source);
    CHECK(copy_store(*source, *target).compacted.events == 8);
    const auto lives = source->records(Record::Kind::life, "", 10);
    REQUIRE(lives.size() == 1);
    target->put_records(lives);
    CHECK_FALSE(target->records(Record::Kind::life, "", 10)[0].value == lives[0].value);
    const auto round = target->compact(1);
    CHECK(round.events == 0);
    CHECK_FALSE(round.more);
  }

  TEST_CASE_FIXTURE(FileStores, "a file that is another store is not opened as a copy") {
    (void)open();
    options.identity =
        Identity{.store_id = id_of<StoreId>(1), .created_at = UtcTime::from_micros(1)};
    CHECK(code_of([&] { (void)open(); }) == "store.other_store");
  }
}

}  // namespace
}  // namespace tidemark::store
