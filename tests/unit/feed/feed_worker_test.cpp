#include <doctest/doctest.h>

#include "feed_fixture.hpp"

using namespace feed_test;
using feed::ParkState;

/// Two events of one key wait: the first failed, and would not again.
void park_two(World& world, Feed& feed) {
  world.add("counter-b", 1);
  world.add("counter-b", 2);
  feed.scribe.bad = {"counter-b:1"};
  feed.settle_down();
  feed.scribe.bad.clear();
}

TEST_SUITE("feed/feed_worker") {
  TEST_CASE("a batch commits when it is full, old, or when there is nothing more") {
    World world;
    for (int i = 1; i <= 9; ++i) world.add("counter-a", i);
    Feed feed(world, {.batch_max = 2, .commit_events_max = 6});
    feed.worker.step();
    CHECK(feed.seen().empty());
    SUBCASE("full") {
      feed.worker.step();
      feed.worker.step();
      CHECK(feed.seen().size() == 6);
    }
    SUBCASE("old") {
      world.clock.advance(std::chrono::milliseconds(50));
      feed.worker.step();
      CHECK(feed.seen().size() == 4);
    }
    SUBCASE("nothing more") {
      feed.settle_down();
      CHECK(feed.seen().size() == 9);
    }
  }

  TEST_CASE("a commit waits until the handler is settled, without blocking") {
    World world;
    world.add("counter-a", 1);
    Feed feed(world);
    feed.scribe.settle_steps = 3;
    CHECK(feed.worker.step().did == runtime::Step::Did::work);
    for (int i = 0; i < 3; ++i) CHECK(feed.worker.step().did == runtime::Step::Did::waiting);
    CHECK(feed.seen().empty());
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:1"});
  }

  TEST_CASE("what fails parks its key, what came before and all other keys go on") {
    World world;
    world.add("counter-a", 1);
    world.add("counter-b", 2);
    world.add("counter-a", 3);
    world.add("counter-b", 4);
    world.add("counter-a", 5);
    Feed feed(world);
    feed.scribe.bad = {"counter-b:2"};
    SUBCASE("when it is handled") {}
    SUBCASE("when it is settled") { feed.scribe.fail_when_settling = true; }
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:1", "counter-a:3", "counter-a:5"});
    CHECK(feed.worker.checkpoint() == Position(5));
    const auto parked = feed.parking().list(10);
    REQUIRE(parked.size() == 2);
    CHECK(parked[0].key == "counter-b");
    CHECK(parked[0].state == ParkState::retrying);
    CHECK(parked[0].attempts == 1);
    CHECK_FALSE(parked[0].reason.empty());
    CHECK(parked[0].place == feed::Place(Position(2)));
    CHECK(parked[0].type == "counter.v1.Added");
    CHECK(parked[0].next_attempt_at == world.clock.now() + std::chrono::seconds(1));
    CHECK(parked[1].state == ParkState::queued);
    CHECK(feed.worker.report().parked == 2);
  }

  TEST_CASE("a key is tried again when due, in order, before its newer events") {
    World world;
    Feed feed(world);
    park_two(world, feed);
    world.add("counter-b", 3);
    world.add("counter-a", 4);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:4"});
    world.clock.advance(std::chrono::seconds(1));
    world.add("counter-b", 5);
    feed.settle_down();
    CHECK(feed.seen() ==
          Texts{"counter-a:4", "counter-b:1", "counter-b:2", "counter-b:3", "counter-b:5"});
    CHECK(feed.parking().count() == 0);
    world.add("counter-b", 6);
    feed.settle_down();
    CHECK(feed.seen().back() == "counter-b:6");
  }

  TEST_CASE("waits double from try to try, after the last the key waits for a person") {
    World world;
    world.add("counter-b", 1);
    Feed feed(world, {.attempts_max = 3, .retry_first = std::chrono::seconds(2)});
    feed.scribe.bad = {"counter-b:1"};
    feed.settle_down();
    world.clock.advance(std::chrono::seconds(2));
    feed.settle_down();
    auto parked = feed.parking().show(1);
    REQUIRE(parked.has_value());
    CHECK(parked->attempts == 2);
    CHECK(parked->next_attempt_at == world.clock.now() + std::chrono::seconds(4));
    world.clock.advance(std::chrono::seconds(4));
    feed.settle_down();
    parked = feed.parking().show(1);
    CHECK(parked->attempts == 3);
    CHECK(parked->state == ParkState::parked);
    const auto handled = feed.scribe.handled;
    world.clock.advance(std::chrono::hours(24));
    feed.settle_down();
    CHECK(feed.scribe.handled == handled);
  }

  TEST_CASE("factor and longest wait of the retries are as the options say") {
    World world;
    world.add("counter-b", 1);
    Feed feed(world, {.attempts_max = 10,
                      .retry_first = std::chrono::seconds(1),
                      .retry_factor = 5,
                      .retry_max = std::chrono::seconds(20)});
    feed.scribe.bad = {"counter-b:1"};
    feed.settle_down();
    for (const auto wait : {1, 5, 20, 20}) {
      const auto parked = feed.parking().show(1);
      REQUIRE(parked.has_value());
      CHECK(parked->next_attempt_at == world.clock.now() + std::chrono::seconds(wait));
      world.clock.advance(std::chrono::seconds(wait));
      feed.settle_down();
    }
  }

  TEST_CASE("a feed is not done while a key waits for its next attempt") {
    World world;
    world.add("counter-b", 1);
    Feed feed(world, {.attempts_max = 2});
    feed.scribe.bad = {"counter-b:1"};
    feed.settle_down();
    const auto step = feed.worker.step();
    CHECK(step.did == runtime::Step::Did::waiting);
    REQUIRE(step.wake_after.has_value());
    CHECK(*step.wake_after <= std::chrono::milliseconds(20));  // nobody wakes who waits
    world.add("counter-a", 2);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:2"});
    world.clock.advance(std::chrono::seconds(1));
    feed.settle_down();
    CHECK(feed.worker.step().did == runtime::Step::Did::nothing);  // now it is a person's turn
  }

  TEST_CASE("a feed has failed when nothing but a person helps, not when it will try again") {
    World world;
    world.add("counter-a", 1);
    Feed feed(world, {.attempts_max = 1, .strict = true});
    feed.scribe.down = true;
    CHECK(failure_code([&] { feed.settle_down(); }) == "test.down");
    CHECK(feed.worker.report().state == runtime::WorkerState::running);
    CHECK(feed.worker.report().problem->code == "test.down");
    feed.scribe.down = false;
    feed.scribe.bad = {"counter-a:1"};
    CHECK(failure_code([&] { feed.settle_down(); }) == "feed.poison");
    CHECK(feed.worker.report().state == runtime::WorkerState::failed);
  }

  TEST_CASE("a person has a parked key tried again, or drops its first entry with a reason") {
    World world;
    world.add("counter-b", 1);
    world.add("counter-b", 2);
    Feed feed(world, {.attempts_max = 1});
    feed.scribe.bad = {"counter-b:1"};
    feed.settle_down();
    REQUIRE(feed.parking().show(1)->state == ParkState::parked);
    SUBCASE("retry, named by any entry") {
      feed.scribe.bad.clear();
      CHECK(feed.parking().retry(2, "the handler is corrected"));
      feed.settle_down();
      CHECK(feed.seen() == Texts{"counter-b:1", "counter-b:2"});
    }
    SUBCASE("retry that fails parks again") {
      CHECK(feed.parking().retry(1, "let us see"));
      feed.settle_down();
      CHECK(feed.parking().show(1)->state == ParkState::parked);
      CHECK(feed.parking().show(1)->attempts == 2);
    }
    SUBCASE("drop") {
      CHECK_FALSE(feed.parking().drop(2, "not the first"));
      CHECK_FALSE(feed.parking().drop(7, "no such entry"));
      CHECK(feed.parking().drop(1, "a test order"));
      feed.settle_down();
      CHECK(feed.seen() == Texts{"counter-b:2"});
      const auto dropped = feed.parking().dropped(10);
      REQUIRE(dropped.size() == 1);
      CHECK(dropped[0].why == "a test order");
      CHECK(dropped[0].entry.key == "counter-b");
    }
    CHECK_FALSE(feed.parking().retry(77, "no such entry"));
  }

  TEST_CASE("an entry that a person drops while it is tried is dropped and not applied") {
    World world;
    Feed feed(world);
    park_two(world, feed);
    bool dropped = false;
    feed.scribe.meanwhile = [&] {
      if (!dropped) dropped = feed.parking().drop(1, "not wanted");
    };
    world.clock.advance(std::chrono::seconds(1));
    feed.settle_down();
    CHECK(dropped);
    CHECK(feed.seen() == Texts{"counter-b:2"});
    CHECK(feed.parking().count() == 0);
    CHECK(feed.parking().dropped(10).size() == 1);
  }

  TEST_CASE("parked work survives a crash, in the same place as the rows") {
    World world;
    world.add("counter-b", 1);
    world.add("counter-a", 2);
    {
      Feed feed(world);
      feed.scribe.bad = {"counter-b:1"};
      feed.settle_down();
    }
    Feed feed(world);
    world.add("counter-b", 3);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:2"});
    world.clock.advance(std::chrono::seconds(1));
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:2", "counter-b:1", "counter-b:3"});
  }

  TEST_CASE("what cannot be read is parked as it was stored") {
    World world;
    world.append_raw("counter-b", "counter.v1.AddedV1", "\xff\xff");
    world.add("counter-a", 2);
    Feed feed(world);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:2"});
    const auto parked = feed.parking().show(1);
    REQUIRE(parked.has_value());
    CHECK(parked->data == "\xff\xff");
    CHECK(parked->type == "counter.v1.AddedV1");
  }

  TEST_CASE("an upcast that throws parks its key and not the feed") {
    World world;
    counter::v1::AddedV1 old;
    old.set_units(-1);
    world.append("counter-b", old);
    world.add("counter-a", 2);
    world.add("counter-b", 3);
    Feed feed(world, {.attempts_max = 2});
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:2"});
    auto parked = feed.parking().show(1);
    REQUIRE(parked.has_value());
    CHECK(parked->type == "counter.v1.AddedV1");
    CHECK(parked->data == old.SerializeAsString());
    CHECK(parked->reason == "upcast of counter.v1.AddedV1 threw: units below zero");
    world.clock.advance(std::chrono::seconds(1));
    feed.settle_down();
    parked = feed.parking().show(1);
    CHECK(parked->state == ParkState::parked);
    CHECK(parked->attempts == 2);
    CHECK(feed.parking().drop(1, "it never was"));
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:2", "counter-b:3"});
  }

  TEST_CASE("a clock that was ahead when a key was parked does not keep it waiting") {
    World world;
    const auto today = world.clock.now();
    world.clock.jump_to(today + std::chrono::hours(24 * 10));
    world.add("counter-b", 1);
    Feed feed(world);
    feed.scribe.bad = {"counter-b:1"};
    feed.settle_down();
    feed.scribe.bad.clear();
    world.clock.jump_to(today);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-b:1"});
  }

  TEST_CASE("a quota of keys or events stops the feed at its checkpoint until there is room") {
    World world;
    world.add("counter-a", 1);
    world.add("counter-b", 2);
    Feed feed(world, {.attempts_max = 1, .parked_keys_max = 1, .parked_events_max = 2});
    feed.scribe.bad = {"counter-b:2"};
    feed.settle_down();
    SUBCASE("keys") {
      world.add("counter-c", 3);
      feed.scribe.bad.insert("counter-c:3");
    }
    SUBCASE("events") {
      world.add("counter-b", 3);
      feed.settle_down();
      world.add("counter-b", 4);
    }
    CHECK(failure_code([&] { feed.settle_down(); }) == "feed.parking_full");
    CHECK(failure_code([&] { feed.settle_down(); }) == "feed.parking_full");
    feed.scribe.bad.clear();
    feed.parking().retry(1, "corrected");
    CHECK(failure_code([&] { feed.settle_down(); }) == "no failure");
    CHECK(feed.parking().count() == 0);
    CHECK(feed.seen()[1] == "counter-b:2");
  }

  TEST_CASE("a strict feed stops at the first poison event and names it") {
    World world;
    world.add("counter-a", 1);
    world.add("counter-b", 2);
    Feed feed(world, {.strict = true});
    feed.scribe.bad = {"counter-b:2"};
    try {
      feed.settle_down();
      FAIL("did not stop");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "feed.poison");
      CHECK_FALSE(failure.retryable());
      CHECK(failure.message().find("position 2") != std::string::npos);
      CHECK(failure.message().find("key counter-b") != std::string::npos);
      CHECK(failure.message().find("cannot take counter-b:2") != std::string::npos);
    }
    CHECK(feed.parking().count() == 0);
    feed.scribe.bad.clear();
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:1", "counter-b:2"});
  }

  TEST_CASE("a failure that is not the event's leaves the feed at its checkpoint") {
    World world;
    world.add("counter-a", 1);
    Feed feed(world);
    feed.scribe.down = true;
    CHECK(failure_code([&] { feed.settle_down(); }) == "test.down");
    CHECK(feed.worker.report().at == "counter counter.v1.Added at position 1");
    CHECK(feed.parking().count() == 0);
    feed.scribe.down = false;
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:1"});
    CHECK(feed.worker.report().state == runtime::WorkerState::running);
    CHECK_FALSE(feed.worker.report().problem.has_value());
  }

  TEST_CASE("a paused feed commits what it has, takes nothing more, and stays so after a restart") {
    World world;
    world.add("counter-a", 1);
    {
      Feed feed(world);
      feed.worker.step();
      feed.desk().pause("disk is being replaced");
      feed.settle_down();
      CHECK(feed.seen() == Texts{"counter-a:1"});
    }
    world.add("counter-a", 2);
    Feed feed(world);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:1"});
    CHECK(feed.worker.report().state == runtime::WorkerState::paused);
    CHECK(feed.worker.report().problem->message == "disk is being replaced");
    CHECK(feed.desk().paused() == "disk is being replaced");
    feed.desk().resume("done");
    feed.settle_down();
    CHECK(feed.seen() == Texts{"counter-a:1", "counter-a:2"});
  }

  TEST_CASE("many failing events cost a bounded number of replays") {
    World world;
    for (int i = 0; i < 50; ++i) world.add("counter-" + std::to_string(i), 1);
    Feed feed(world, {.batch_max = 100});
    for (int i = 0; i < 50; i += 5) {
      feed.scribe.bad.insert("counter-" + std::to_string(i) + ":1");
    }
    feed.settle_down();
    CHECK(feed.seen().size() == 40);
    CHECK(feed.parking().count() == 10);
    CHECK(feed.scribe.handled < 50 + 10 * 6);
  }
}
