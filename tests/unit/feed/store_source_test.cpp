#include <doctest/doctest.h>

#include "feed_fixture.hpp"

using namespace feed_test;

TEST_SUITE("feed/store_source") {
  TEST_CASE("a feed goes on where it was, and every event reaches its rows once") {
    World world;
    for (int i = 1; i <= 25; ++i) world.add("counter-a", i);
    {
      Feed feed(world, {.batch_max = 4, .commit_events_max = 10});
      for (int i = 0; i < 4; ++i) feed.worker.step();
      CHECK(feed.worker.checkpoint() == Position(10));
    }
    world.add("counter-a", 26);
    Feed feed(world, {.batch_max = 4, .commit_events_max = 10});
    feed.settle_down();
    const auto seen = feed.seen();
    REQUIRE(seen.size() == 26);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      CHECK(seen[i] == "counter-a:" + std::to_string(i + 1));
    }
    CHECK(feed.worker.checkpoint() == Position(26));
    CHECK(feed.desk().progress().position == Position(26));
    CHECK(feed.desk().progress().committed_at == world.clock.now());
  }

  TEST_CASE("events that nobody wants move the place too") {
    World world;
    for (int i = 0; i < 30; ++i) world.append("counter-a", counter::v1::WasReset());
    Feed feed(world);
    feed.settle_down();
    CHECK(feed.worker.checkpoint() == Position(30));
    CHECK(feed.scribe.handled == 0);
  }

  TEST_CASE("a new feed may start behind a position") {
    World world;
    world.add("counter-a", 1);
    const auto start = world.add("counter-a", 2);
    world.add("counter-a", 3);
    Feed feed(world, {}, start);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:3"});
  }

  TEST_CASE("former names and older layouts arrive as today's events") {
    World world;
    counter::v1::AddedV1 old;
    old.set_units(5);
    world.append("counter-a", old);
    Added renamed;
    renamed.set_amount(6);
    world.append_raw("counter-a", "counter.v1.Increased", renamed.SerializeAsString());
    Feed feed(world);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:5", "counter-a:6"});
  }

  TEST_CASE("a checkpoint of another history stops the feed") {
    World world;
    world.add("counter-a", 1);
    {
      Feed feed(world);
      feed.settle_down();
    }
    SUBCASE("another store") {
      world.store = store::SqliteStore::open({.file = ":memory:"}, world.clock, world.random);
      world.add("counter-a", 1);
    }
    SUBCASE("a position that is not there") {
      auto file = world.open_file();
      file.execute("UPDATE feed_checkpoint SET position = 9");
    }
    SUBCASE("another hash at the position") {
      auto file = world.open_file();
      constexpr char zeros[32] = {};
      file.statement("UPDATE feed_checkpoint SET chain = ?1")
          .bind(1, sql::Blob{std::string_view(zeros, sizeof zeros)})
          .run();
    }
    Feed feed(world);
    CHECK(failure_code([&] { feed.worker.step(); }) == "store.diverged");
    CHECK(feed.worker.report().state == runtime::WorkerState::failed);
    CHECK(feed.worker.report().problem->hint.find("rebuild") != std::string::npos);
  }

  TEST_CASE("a place that somebody else moved makes the batch theirs") {
    World world;
    world.add("counter-a", 1);
    Feed feed(world, {.commit_age_max = std::chrono::hours(1)});
    feed.worker.step();
    feed.desk_file.execute("UPDATE feed_checkpoint SET position = 1, chain = chain");
    feed.settle_down();
    CHECK(feed.seen().empty());
    CHECK(feed.worker.checkpoint() == Position(1));
  }

  TEST_CASE("an unknown type stops a feed that handles its category, and names it") {
    World world;
    world.add("counter-a", 1);
    world.append("counter-b", counter::v1::Stranger());
    world.add("counter-a", 2);
    Feed feed(world);
    CHECK(failure_code([&] { feed.settle_down(); }) == "feed.unknown_type");
    CHECK(feed.seen() == Texts{"counter-a:1"});
    CHECK(feed.worker.checkpoint() == Position(1));
    const auto report = feed.worker.report();
    CHECK(report.at == "counter counter.v1.Stranger at position 2");
    CHECK(report.problem->message.find("counter.v1.Stranger") != std::string::npos);
  }

  TEST_CASE("an unknown type stops a feed also when it comes before the category's first event") {
    World world;
    world.append("counter-b", counter::v1::Stranger());
    {
      Feed feed(world);
      feed.settle_down();
      CHECK(feed.worker.checkpoint() == Position(1));
    }
    world.add("counter-a", 2);
    Feed feed(world);
    CHECK(failure_code([&] { feed.settle_down(); }) == "feed.unknown_type");
    CHECK(feed.worker.report().at == "counter counter.v1.Stranger at position 1");
  }

  TEST_CASE("an unknown type of another category does not stop a feed") {
    World world;
    world.add("counter-a", 1);
    world.append("other-b", counter::v1::Stranger());
    world.add("counter-a", 2);
    Feed feed(world);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:1", "counter-a:2"});
  }

  TEST_CASE("a passed unknown type that is known later frees the category unless it was wanted") {
    World world;
    world.append("counter-b", counter::v1::Stranger());
    {
      Feed feed(world);
      feed.settle_down();
    }
    world.add("counter-a", 2);
    SUBCASE("known and not wanted") {
      world.catalogue.add<counter::v1::Stranger>();
      Feed feed(world);
      feed.settle_down();
      CHECK(feed.seen() == Texts{"counter-a:2"});
    }
    SUBCASE("known and not wanted, and the first event fails") {
      world.catalogue.add<counter::v1::Stranger>();
      world.add("counter-b", 3);
      Feed feed(world);
      feed.scribe.bad = {"counter-a:2"};
      feed.settle_down();
      CHECK(feed.seen() == Texts{"counter-b:3"});
    }
    SUBCASE("wanted after all") {
      auto file = world.open_file();
      file.execute(
          "UPDATE feed_categories SET unknown_type = 'counter.v1.Increased', unknown_at = "
          "'position 1'");
      Feed feed(world);
      CHECK(failure_code([&] { feed.settle_down(); }) == "feed.passed_over");
    }
  }

  TEST_CASE("of several unknown types that were passed by, each must be known") {
    World world;
    world.append("counter-b", counter::v1::Stranger());
    world.append_raw("counter-b", "counter.v1.Lost", "");
    {
      Feed feed(world);
      feed.settle_down();
      CHECK(feed.worker.checkpoint() == Position(2));
    }
    world.add("counter-a", 3);
    world.catalogue.add<counter::v1::Stranger>();
    Feed feed(world);
    CHECK(failure_code([&] { feed.settle_down(); }) == "feed.unknown_type");
    CHECK(feed.worker.report().at == "counter counter.v1.Lost at position 2");
  }
}
