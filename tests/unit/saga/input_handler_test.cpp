#include "tidemark/saga/input_handler.hpp"

#include <doctest/doctest.h>

#include "tidemark/store/sqlite_store.hpp"
#include "unit/admin/refill_saga.hpp"

using namespace tidemark;

TEST_SUITE("saga/input_handler") {
  TEST_CASE("under normal durability an input is handled when its journal is synced") {
    ManualClock clock{UtcTime::from_micros(1'700'000'000'000'000)};
    SeededRandom random{1};
    const auto store = store::SqliteStore::open(
        {.file = ":memory:", .durability = store::Durability::normal, .sync_interval = Micros(0)},
        clock, random);
    Catalogue catalogue;
    catalogue.add<counter::v1::Added>();
    const auto counters = command::aggregate_model<counter::v1::Counter>();
    command::Dispatcher dispatcher(*store, catalogue, {counters.get()}, clock, random);
    const admin_test::Refill refill;
    saga::Coordinator coordinator(refill, *store, dispatcher, catalogue, clock);
    REQUIRE(dispatcher.execute(counter::v1::add("a", 40)));
    store->maintain();

    saga::InputHandler handler(coordinator);
    store->read({}, [&](const EventView& event) {
      handler.handle({.event = event, .key = event.metadata.stream, .place = Position(1)});
      return true;
    });
    for (int look = 0; look < 10; ++look) CHECK_FALSE(handler.settled());
    CHECK(coordinator.fold("a").state == "booking");
    store->maintain();
    CHECK(handler.settled());
  }
}
