#include <doctest/doctest.h>

#include "altered_store.hpp"
#include "faulty_broker.hpp"
#include "world.hpp"

using namespace tidemark;
using namespace tidemark::relay_test;

namespace {

std::string thrown_by(relay::RelayWorker& worker, World& world) {
  try {
    world.run(worker);
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "";
}

std::uint64_t progress_of(const kafka::ConsumerRecord& record) {
  const auto progress = relay::decode_progress(record.value.value_or(""));
  return progress ? progress->position.value() : 0;
}

}  // namespace

TEST_SUITE("relay/publishing") {
  TEST_CASE("all that is stored is published once, in order per key, as it is stored") {
    World world;
    const auto worker = world.relay();
    world.append("campaign", 40);
    world.append("account", 10);
    world.run(*worker);
    world.append("campaign", 5);
    world.run(*worker);
    world.check_complete();
    CHECK(world.records("campaign").size() == 45);
    CHECK(world.records("account").size() == 10);
  }

  TEST_CASE("a record says what and where it is in CloudEvents headers") {
    World world;
    const auto worker = world.relay();
    world.append("campaign", 1);
    world.run(*worker);
    const auto records = world.records("campaign");
    REQUIRE(records.size() == 1);
    CHECK(records[0].key == "k0");
    CHECK(header(records[0], "ce_specversion") == "1.0");
    CHECK(header(records[0], "ce_type") == "test.v1.Happened");
    CHECK(header(records[0], "ce_subject") == "campaign-k0");
    CHECK(header(records[0], "ce_source") == "tidemark/" + to_string(world.store->store_id()));
    CHECK(header(records[0], "ce_position") == "1");
  }

  TEST_CASE("progress commits with the records, and is the last position with its hash") {
    World world;
    const auto worker = world.relay();
    world.append("campaign", 7);
    world.run(*worker);
    const auto progress = world.progress();
    REQUIRE(progress.size() == 1);
    CHECK(progress[0].key == relay::progress_key(world.store->store_id(), "main"));
    const auto found = relay::decode_progress(progress[0].value.value_or(""));
    REQUIRE(found);
    CHECK(found->position == Position(7));
    CHECK(found->chain == world.store->chain_at(Position(7)));
  }

  TEST_CASE("the framework's own categories are absent, and their positions advance") {
    World world;
    const auto worker = world.relay();
    world.append("saga.billing", 3);
    world.append("campaign", 2);
    world.append("$operation", 3);
    world.run(*worker);
    world.check_complete();
    CHECK(worker->report().done == 8);
    CHECK(world.records("saga.billing").empty());
    CHECK(world.records("campaign").size() == 2);
  }

  TEST_CASE("a mapped category goes to its topic, also one of the framework's") {
    World world;
    world.options.topics = {
        .prefix = "shop.",
        .partitions = 2,
        .rules = {{"$operation", {.topic = "audit", .partitions = 1}}, {"noise", {.topic = ""}}}};
    const auto worker = world.relay();
    world.append("campaign", 4);
    world.append("$operation", 3);
    world.append("noise", 3);
    world.run(*worker);
    world.check_complete();
    CHECK(world.records("audit").size() == 3);
    CHECK(world.loopback->describe({"shop.campaign"}).at(0).partitions == 2);
    CHECK(world.loopback->describe({"audit"}).at(0).partitions == 1);
    CHECK(world.loopback->describe({"shop.noise"}).empty());
  }

  TEST_CASE("an event that was deleted before it was published has no record") {
    World world;
    AlteredStore altered(*world.sqlite);
    altered.bury(Position(2));
    world.store = &altered;
    const auto worker = world.relay();
    world.append("campaign", 3);
    world.run(*worker);
    CHECK(world.records("campaign").size() == 2);
    CHECK(worker->report().done == 3);
  }

  TEST_CASE("a transaction holds no more events and no more bytes than allowed") {
    World world;
    FaultyBroker broker(*world.loopback);
    world.broker = &broker;
    world.options.transaction_events_max = 10;
    world.options.transaction_bytes_max = 5000;
    const auto worker = world.relay();
    world.append("campaign", 25);
    for (int i = 0; i < 10; ++i) world.append_bytes("campaign", std::string(2000, 'x'));
    world.append_bytes("campaign", std::string(50'000, 'x'));
    world.run(*worker);
    world.check_complete();
    for (const auto& transaction : broker.committed) {
      CHECK(transaction.size() <= 11);
      CHECK(transaction.back().topic == relay::progress_topic);
      std::size_t bytes = 0;
      for (const auto& record : transaction) bytes += record.value.value_or("").size();
      CHECK((bytes <= 5200 || transaction.size() == 2));
    }
  }

  TEST_CASE("runs without anything to publish are recorded now and then, not each time") {
    World world;
    world.options.progress_events_max = 100;
    const auto worker = world.relay();
    for (int i = 0; i < 50; ++i) {
      world.append("saga.billing", 1);
      world.run(*worker);
    }
    CHECK(world.progress().empty());
    CHECK(worker->report().done == 50);
    world.append("saga.billing", 60);
    world.run(*worker);
    REQUIRE(world.progress().size() == 1);
    CHECK(progress_of(world.progress()[0]) == 110);
  }

  TEST_CASE("what was passed over is recorded when nothing else comes for a while") {
    World world;
    const auto worker = world.relay();
    world.append("saga.billing", 5);
    world.run(*worker);
    CHECK(world.progress().empty());
    world.clock.advance(world.options.progress_idle);
    world.run(*worker);
    world.step(*worker);
    REQUIRE(world.progress().size() == 1);
    CHECK(progress_of(world.progress()[0]) == 5);
    for (int i = 0; i < 100; ++i) world.step(*worker);
    CHECK(world.progress().size() == 1);
  }

  TEST_CASE("a new relay goes on where the last one committed") {
    World world;
    world.append("campaign", 20);
    auto worker = world.relay();
    world.run(*worker);
    worker->stop();
    world.append("campaign", 5);
    worker = world.relay();
    world.run(*worker);
    world.check_complete();
    CHECK(world.progress().size() == 2);
  }

  TEST_CASE("progress is found on a topic that was compacted and that others use too") {
    World world;
    auto worker = world.relay();
    for (int i = 0; i < 20; ++i) {
      world.append("campaign", 1);
      world.run(*worker);
    }
    World other(2);
    const auto foreign = relay::progress_key(other.store->store_id(), "main");
    auto producer = world.loopback->producer();
    static_cast<void>(producer->send(
        {.topic = "tidemark.relay", .key = foreign, .value = "9 unreadable", .partition = 0}, 1));
    worker->stop();
    world.loopback->compact({"tidemark.relay", 0});
    worker = world.relay();
    world.append("campaign", 1);
    world.run(*worker);
    world.check_complete();
  }

  TEST_CASE("progress behind another store's open transaction is waited for") {
    World world;
    world.append("campaign", 3);
    auto worker = world.relay();
    world.run(*worker);
    const auto other = world.loopback->transactional_producer("other", std::chrono::minutes(5));
    while (other->init() == kafka::Progress::pending) {
    }
    other->begin();
    static_cast<void>(
        other->send({.topic = "tidemark.relay", .key = "other", .value = "", .partition = 0}));
    world.append("campaign", 3);
    world.run(*worker);
    worker->stop();
    worker = world.relay();
    for (int steps = 0; steps < 200; ++steps) world.step(*worker);
    CHECK(worker->report().state == runtime::WorkerState::starting);
    while (other->abort() == kafka::Progress::pending) {
    }
    world.run(*worker);
    world.check_complete();
  }

  TEST_CASE("progress is found behind any number of records") {
    World world;
    world.append("campaign", 1);
    auto worker = world.relay();
    world.run(*worker);
    for (int i = 0; i < 1500; ++i) world.loopback->duplicate_last({"tidemark.relay", 0});
    world.append("campaign", 1);
    world.run(*worker);
    worker->stop();
    worker = world.relay();
    world.run(*worker);
    world.check_complete();
  }

  TEST_CASE("relays of other names publish on their own") {
    World world;
    world.append("campaign", 5);
    const auto worker = world.relay();
    world.run(*worker);
    world.options.name = "second";
    world.options.topics.prefix = "copy.";
    const auto second = world.relay();
    world.run(*second);
    world.check_complete();
    CHECK(world.records("campaign").size() == 5);
    CHECK(world.records("copy.campaign").size() == 5);
  }

  TEST_CASE("progress that is not in the log stops the relay with store.diverged") {
    World world;
    world.append("campaign", 10);
    auto worker = world.relay();
    world.run(*worker);
    worker->stop();

    World backup(2);
    AlteredStore restored(*backup.sqlite);
    restored.pass_for(*world.store);
    backup.loopback.swap(world.loopback);
    backup.broker = backup.loopback.get();
    backup.store = &restored;
    SUBCASE("because the log is shorter") { backup.append("campaign", 4); }
    SUBCASE("because it holds other events at these positions") { backup.append("campaign", 30); }
    worker = backup.relay();
    CHECK(thrown_by(*worker, backup) == "store.diverged");
    CHECK(backup.records("campaign").size() == 10);
    CHECK(thrown_by(*worker, backup) == "store.diverged");

    backup.options.resume_after = Position(3);
    worker = backup.relay();
    backup.clock.advance(backup.options.lease);
    backup.run(*worker);
    CHECK(backup.records("campaign").size() == 10 + backup.store->high_water().value() - 3);
    backup.append("campaign", 1);
    worker->stop();
    worker = backup.relay();
    backup.run(*worker);
    CHECK(backup.records("campaign").size() == 10 + backup.store->high_water().value() - 3);
  }

  TEST_CASE("progress of a newer format stops the relay") {
    World world;
    world.loopback->ensure_topics(
        {{.name = "tidemark.relay", .config = {{"cleanup.policy", "compact"}}}});
    auto producer = world.loopback->producer();
    static_cast<void>(producer->send({.topic = "tidemark.relay",
                                      .key = relay::progress_key(world.store->store_id(), "main"),
                                      .value = "2 whatever",
                                      .partition = 0},
                                     1));
    const auto worker = world.relay();
    CHECK(thrown_by(*worker, world) == "relay.progress_unreadable");
  }

  TEST_CASE("options that make no sense are refused") {
    World world;
    const auto code = [&] {
      try {
        world.relay();
      } catch (const Failure& failure) {
        return failure.code();
      }
      return std::string();
    };
    world.options.name = "Not A Name";
    CHECK(code() == "relay.bad_option");
    world.options.name = "main";
    world.options.transaction_events_max = 0;
    CHECK(code() == "relay.bad_option");
  }
}
