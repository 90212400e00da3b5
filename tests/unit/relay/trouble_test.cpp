#include <doctest/doctest.h>

#include "faulty_broker.hpp"
#include "world.hpp"

using namespace tidemark;
using namespace tidemark::relay_test;

namespace {

std::string problem_of(const relay::RelayWorker& worker) {
  const auto report = worker.report();
  return report.problem ? report.problem->code : "";
}

}  // namespace

TEST_SUITE("relay/trouble") {
  TEST_CASE("a broker that is down shows in the report, and appends go on") {
    World world;
    world.loopback->set_down(true);
    const auto worker = world.relay();
    world.append("campaign", 10);
    world.run_until(*worker, [&] { return !problem_of(*worker).empty(); });
    CHECK(problem_of(*worker) == "relay.broker_silent");
    CHECK(worker->report().done == 0);
    CHECK(worker->report().tail == 10);
    world.append("campaign", 10);
    world.loopback->set_down(false);
    world.run(*worker);
    CHECK(problem_of(*worker).empty());
    world.check_complete();
  }

  TEST_CASE("a broker that goes down at any step is waited for, and nothing is published twice") {
    for (int down_after = 1; down_after <= 40; ++down_after) {
      CAPTURE(down_after);
      World world;
      world.options.transaction_events_max = 4;
      const auto worker = world.relay();
      world.append("campaign", 20);
      for (int steps = 0; steps < down_after; ++steps) world.step(*worker);
      world.loopback->set_down(true);
      for (int steps = 0; steps < 50; ++steps) world.step(*worker);
      world.append("campaign", 3);
      // Longer than the transaction timeout: the broker has fenced who left a transaction open.
      if (down_after % 2 == 0) world.clock.advance(std::chrono::minutes(2));
      world.loopback->set_down(false);
      world.run(*worker);
      world.check_complete();
    }
  }

  TEST_CASE(
      "a topic that takes no event of the allowed size is refused by name before it is used") {
    World world;
    world.loopback->ensure_topics(
        {{.name = "campaign", .config = {{"max.message.bytes", "100000"}}}});
    SUBCASE("at start, when the category is known") { world.options.categories = {"campaign"}; }
    SUBCASE("when its first event comes") {}
    const auto worker = world.relay();
    world.append("account", 1);
    world.append("campaign", 1);
    world.run_until(*worker, [&] { return !problem_of(*worker).empty(); });
    CHECK(problem_of(*worker) == "relay.topic_too_small");
    CHECK(worker->report().problem->message.find("'campaign'") != std::string::npos);
    CHECK(world.records("campaign").empty());
    CHECK(world.records("account").size() == (world.options.categories.empty() ? 1 : 0));
  }

  TEST_CASE("a progress topic that forgets by age is refused") {
    World world;
    world.loopback->ensure_topics({{.name = "tidemark.relay"}});
    const auto worker = world.relay();
    world.run_until(*worker, [&] { return !problem_of(*worker).empty(); });
    CHECK(problem_of(*worker) == "relay.progress_not_compacted");
  }

  TEST_CASE("the topics of known categories are made at start") {
    World world;
    world.options.categories = {"campaign", "saga.billing"};
    const auto worker = world.relay();
    world.run(*worker);
    CHECK(world.loopback->describe({"campaign"}).size() == 1);
    CHECK(world.loopback->describe({"saga.billing"}).empty());
    const auto progress = world.loopback->describe({"tidemark.relay"});
    REQUIRE(progress.size() == 1);
    CHECK(progress[0].config.at("cleanup.policy") == "compact");
  }

  TEST_CASE("a topic for larger events than usual is made to take them") {
    World world;
    world.options.event_bytes_max = 2'000'000;
    world.options.categories = {"campaign"};
    const auto worker = world.relay();
    world.run(*worker);
    CHECK(world.loopback->describe({"campaign"}).at(0).config.at("max.message.bytes") == "2065536");
  }

  TEST_CASE("an event that no record can hold stops the relay behind all before it, and is named") {
    World world;
    world.options.event_bytes_max = 10'000;
    world.loopback->ensure_topics(
        {{.name = "campaign", .config = {{"max.message.bytes", "100000"}}}});
    const auto worker = world.relay();
    world.append("campaign", 10);
    world.append_bytes("campaign", std::string(200'000, 'x'));
    world.append("campaign", 10);
    world.run_until(*worker, [&] {
      return problem_of(*worker) == "kafka.record_too_large" && worker->report().done == 10;
    });
    for (int steps = 0; steps < 100; ++steps) world.step(*worker);
    CHECK(problem_of(*worker) == "kafka.record_too_large");
    CHECK(worker->report().at == "campaign test.v1.Happened at position 11");
    CHECK(world.records("campaign").size() == 10);
  }

  TEST_CASE("an event that only the commit refuses ends up alone, with all before it published") {
    World world;
    FaultyBroker broker(*world.loopback);
    world.broker = &broker;
    broker.plan = [&](Verb verb) {
      const bool holds_poison = std::ranges::any_of(
          broker.open, [](const auto& record) { return record.value == "event 70"; });
      return verb == Verb::commit && holds_poison ? Fault::abortable : Fault::none;
    };
    const auto worker = world.relay();
    world.append("campaign", 100);
    world.run_until(*worker, [&] { return worker->report().done == 70; });
    for (int steps = 0; steps < 200; ++steps) world.step(*worker);
    CHECK(problem_of(*worker) == "kafka.abortable");
    CHECK(worker->report().at == "campaign test.v1.Happened at position 71");
    CHECK(world.records("campaign").size() == 70);
    broker.plan = [](Verb) { return Fault::none; };
    world.run(*worker);
    world.check_complete();
  }

  TEST_CASE("a failed transaction is aborted at once, and tried again after a wait that grows") {
    World world;
    FaultyBroker broker(*world.loopback);
    world.broker = &broker;
    int commits = 0;
    int aborts = 0;
    broker.plan = [&](Verb verb) {
      if (verb == Verb::abort) ++aborts;
      if (verb == Verb::commit) ++commits;
      return verb == Verb::commit ? Fault::abortable : Fault::none;
    };
    const auto worker = world.relay();
    world.append("campaign", 1);
    world.run_until(*worker, [&] { return commits == 5; });
    const auto failed_at = world.clock.monotonic();
    world.run_until(*worker, [&] { return aborts >= 2 * commits; });
    CHECK(world.clock.monotonic() - failed_at < std::chrono::milliseconds(10));
    const auto until = world.clock.monotonic() + std::chrono::minutes(10);
    world.run_until(*worker, [&] { return world.clock.monotonic() > until; });
    CHECK(commits >= 20);
    CHECK(commits <= 35);
  }

  TEST_CASE("a topic that is gone is looked at again before it is next published to") {
    World world;
    FaultyBroker broker(*world.loopback);
    world.broker = &broker;
    const auto worker = world.relay();
    world.append("campaign", 1);
    world.run(*worker);
    const auto described = broker.described;
    int sends = 0;
    broker.plan = [&](Verb verb) {
      return verb == Verb::send && sends++ == 0 ? Fault::no_topic : Fault::none;
    };
    world.append("campaign", 1);
    world.run(*worker);
    world.check_complete();
    CHECK(broker.described > described);
  }

  TEST_CASE("metrics count what happened") {
    World world;
    const auto worker = world.relay();
    world.append("campaign", 3);
    world.run(*worker);
    const auto text = world.metrics.render_prometheus();
    CHECK(text.find("tidemark_relay_records_total{relay=\"main\"} 3") != std::string::npos);
    CHECK(text.find("tidemark_relay_commits_total{relay=\"main\"} 1") != std::string::npos);
    CHECK(text.find("tidemark_relay_lag_events{relay=\"main\"} 0") != std::string::npos);
  }

  TEST_CASE("a topic with other partitions than before is refused, unless that is accepted") {
    World world;
    world.append("campaign", 3);
    {
      const auto worker = world.relay();
      world.run(*worker);
    }
    world.check_complete();
    world.store->set_property("relay.main.partitions.campaign", "12");
    world.append("campaign", 3);
    SUBCASE("refused") {
      const auto worker = world.relay();
      CHECK_THROWS_WITH_AS(world.run(*worker),
                           doctest::Contains("topic 'campaign' had 12 partitions and has 6"),
                           Failure);
    }
    SUBCASE("accepted") {
      world.options.accept_partition_changes = true;
      const auto worker = world.relay();
      world.run(*worker);
      world.check_complete();
    }
  }
}
