#include "tidemark/admin/trace_reports.hpp"

#include <doctest/doctest.h>

#include "operated_world.hpp"
#include "tidemark/kafka/loopback.hpp"
#include "tidemark/schema/cloud_event.hpp"

using namespace admin_test;

namespace {

/// Publishes the log's counters to the loopback broker, as the relay does.
void publish(World& world, kafka::Broker& broker) {
  broker.ensure_topics({{.name = "counting.counter", .partitions = 3}});
  const auto producer = broker.producer();
  world.store->read({.category = "counter"}, [&](const EventView& event) {
    (void)producer->send({.topic = "counting.counter",
                          .key = std::string(event.metadata.stream_key()),
                          .value = std::string(event.data),
                          .headers = cloud_event::encode(event, world.store->store_id())},
                         event.metadata.position.value());
    return true;
  });
  (void)producer->poll();
}

}  // namespace

TEST_SUITE("admin/trace") {
  TEST_CASE("a conversation is a tree of causes, from the command to what the saga did") {
    OperatedWorld world;
    const auto ran = world.run({"trace", "talk"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out,
                   "STEPS\n"
                   "Added counter-a@1  #1 +0 s\n"
                   "└─ saga.refill-a: transition Added, watching → booking, sends Add, arms after "
                   "1 min"));
    CHECK(contains(ran.out, "   └─ Add → Added counter-bank@1"));
    CHECK(contains(ran.out, "      └─ saga.refill-a: accepted Add, counter-bank"));
  }

  TEST_CASE("a rejected command stands below the step that sent it") {
    OperatedWorld world;
    world.add("c", 90, {.correlation_id = "big"});
    world.settle();
    const auto out = world.run({"trace", "big"}).out;
    CHECK(contains(out, "└─ saga.refill-c: rejected Add, counter.full"));
    CHECK(contains(out, "   └─ saga.refill-c: transition Add, booking → refused"));
  }

  TEST_CASE("a timer's step stands below the step before it") {
    OperatedWorld world;
    world.clock.advance(std::chrono::minutes(2));
    world.settle();
    CHECK(contains(world.run({"trace", "talk"}).out, "transition after 1 min, booking → booked"));
  }

  TEST_CASE("an event that is upcast is found by its type today, and so are its rows") {
    OperatedWorld world;
    world.catalogue.upcasts<counter::v1::AddedV1>();
    auto of_upcasts = world.source();
    of_upcasts.sagas = {&world.refill};
    auto manifest = admin::make_manifest(of_upcasts);
    manifest.projections[0].key = {"counter_id"};
    admin::store_manifest(*world.store, manifest);
    counter::v1::AddedV1 old;
    old.set_counter_id("z");
    old.set_units(8);
    NewEvent event{.event_id = EventId(Uuid::version7(world.clock.now(), world.random)),
                   .type = "counter.v1.AddedV1",
                   .data = old.SerializeAsString(),
                   .event_time = world.clock.now(),
                   .correlation_id = "old talk"};
    REQUIRE(world.store->append(
        {.id = AppendId(event.event_id.uuid()),
         .streams = {{.stream = StreamId("counter", "z"), .events = {event}}}}));
    world.settle();
    auto file = world.open("totals.v2.g1.db");
    file.execute("ALTER TABLE totals RENAME COLUMN player TO counter_id");
    CHECK(contains(world.run({"trace", "old talk", "--json"}).out, R"("row":{"counter_id":"z")"));
    CHECK(contains(world.run({"store", "read", "--type", "Added"}).out, "AddedV1"));
    CHECK(contains(world.run({"store", "read", "--type", "AddedV1"}).out, "counter-z"));
  }

  TEST_CASE("rows are those whose key the events name") {
    OperatedWorld world;
    auto of_rows = world.source();
    of_rows.sagas = {&world.refill};
    auto manifest = admin::make_manifest(of_rows);
    manifest.projections[0].key = {"counter_id"};
    admin::store_manifest(*world.store, manifest);
    auto file = world.open("totals.v2.g1.db");
    file.execute("ALTER TABLE totals RENAME COLUMN player TO counter_id");
    const auto out = world.run({"trace", "talk", "--json"}).out;
    CHECK(contains(out, R"("standing":"has it","row":{"counter_id":"a")"));
  }

  TEST_CASE("an event that was set aside, or is not there yet, shows in the standing") {
    OperatedWorld world;
    world.add("q", 13, {.correlation_id = "poison"});
    CHECK(contains(world.run({"trace", "poison"}).out, "behind by "));
    world.settle();
    CHECK(contains(world.run({"trace", "poison"}).out, "set aside: 2 events"));
  }

  TEST_CASE("offsets are found in the partition of the stream") {
    OperatedWorld world;
    for (int i = 0; i < 30; ++i) world.add("z" + std::to_string(i % 7), 1);
    world.add("q", 2, {.correlation_id = "late"});
    world.settle();
    const auto broker = kafka::LoopbackBroker::create(world.clock);
    publish(world, *broker);
    const auto report = admin::trace(
        world.site, {.correlation_id = "late", .broker = broker.get(), .wait = world.wait});
    REQUIRE(report.has_value());
    const auto& row = admin::find_table(*report, "records")->rows.at(0);
    const kafka::TopicPartition partition{
        .topic = "counting.counter",
        .partition = static_cast<std::int32_t>(std::get<std::uint64_t>(row.at(3)))};
    const auto records = broker->committed(partition);
    const auto offset = std::get<std::uint64_t>(row.at(4));
    REQUIRE(offset < records.size());
    CHECK(records.at(offset).key == "q");
    CHECK(admin::to_text(row.at(2)) == "yes");
  }

  TEST_CASE("an offset is found between thousands, and behind those of an older store") {
    OperatedWorld world;
    world.add("q", 2, {.correlation_id = "late"});
    const auto broker = kafka::LoopbackBroker::create(world.clock);
    broker->ensure_topics({{.name = "counting.counter", .partitions = 1}});
    const auto producer = broker->producer();
    const auto send = [&](EventView event, const StoreId& store) {
      (void)producer->send({.topic = "counting.counter",
                            .key = "q",
                            .value = std::string(event.data),
                            .headers = cloud_event::encode(event, store)},
                           0);
      (void)producer->poll();
    };
    const StoreId older(Uuid::version7(world.clock.now(), world.random));
    world.store->read({.correlation_id = "late"}, [&](EventView event) {
      const auto position = event.metadata.position.value();
      for (std::uint64_t i = 0; i < 3000; ++i) send(event, older);
      send(event, world.store->store_id());
      for (std::uint64_t i = 1; i < 3000; ++i) {
        event.metadata.position = Position(position + i);
        send(event, world.store->store_id());
      }
      return false;
    });
    const auto report = admin::trace(
        world.site, {.correlation_id = "late", .broker = broker.get(), .wait = world.wait});
    REQUIRE(report.has_value());
    CHECK(std::get<std::uint64_t>(admin::find_table(*report, "records")->rows.at(0).at(4)) == 3000);
  }

  TEST_CASE("a record that retention cut, or a broker that is down, leaves the offset open") {
    OperatedWorld world;
    const auto broker = kafka::LoopbackBroker::create(world.clock);
    broker->ensure_topics({{.name = "counting.counter", .partitions = 3}});
    const admin::TraceQuery query{
        .correlation_id = "talk", .broker = broker.get(), .wait = world.wait};
    const auto empty = admin::trace(world.site, query);
    CHECK(std::holds_alternative<std::monostate>(
        admin::find_table(*empty, "records")->rows.at(0).at(4)));
  }

  TEST_CASE("a broker that cannot be asked is named, and the rest is told") {
    OperatedWorld world;
    const auto broker = kafka::LoopbackBroker::create(world.clock);
    broker->set_down(true);
    const auto report = admin::trace(
        world.site, {.correlation_id = "talk", .broker = broker.get(), .wait = world.wait});
    REQUIRE(report.has_value());
    CHECK(contains(admin::to_text(*admin::find_fact(*report, "", "broker")), "kafka."));
    CHECK(admin::find_table(*report, "rows") != nullptr);
  }

  TEST_CASE("without a broker it is told how far the relay said to be, and no more") {
    OperatedWorld world;
    // What a relay leaves in the log: format, end of its lease, position and owner.
    world.store->set_property("relay.main.lease",
                              "1 1767225600000000 1 01a1fe19-52fc-7a5c-bb6d-a54c06e9c778");
    const auto out = world.run({"trace", "talk"}).out;
    CHECK(contains(out, "yes"));
    CHECK(contains(out, "up to 1, as the relay last said"));
  }

  TEST_CASE("a conversation that nobody had is an error") {
    OperatedWorld world;
    const auto ran = world.run({"trace", "silence"});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, "trace.unknown: silence"));
  }
}
