#include <doctest/doctest.h>

#include "running_world.hpp"

using namespace admin_test;

namespace {

/// "a" is booked and watched, "b" cannot be handled, "c" the bank refuses.
struct Refilled : RunningWorld {
  Refilled() {
    add("a", 40, {.correlation_id = "talk"});
    add("b", 66);
    add("c", 70);
    settle();
  }
};

}  // namespace

TEST_SUITE("admin/saga_verbs") {
  TEST_CASE("instances are listed with where they are") {
    Refilled world;
    const auto ran = world.run({"saga", "list"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, "refill  a         booking  running"));
    CHECK(contains(ran.out, "refill  b         -        suspended"));
    CHECK(contains(ran.out, "refill  c         refused  finished"));
  }

  TEST_CASE("that an instance was suspended stands in the log, with what to do") {
    Refilled world;
    const auto lines = world.log->lines("saga.suspended");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].level == observe::Level::warn);
    CHECK(lines[0].field("saga") == "refill");
    CHECK(lines[0].field("instance") == "b");
    CHECK(lines[0].field("input") == "counter.v1.Added");
    CHECK(lines[0].field("code") == "saga.action_failed");
    CHECK(contains(*lines[0].field("hint"), "`saga why refill b`"));
  }

  TEST_CASE("a list takes its filters together") {
    Refilled world;
    const auto suspended = world.run({"saga", "list", "refill", "--status", "suspended", "--json"});
    CHECK(contains(suspended.out, R"("instance":"b")"));
    CHECK_FALSE(contains(suspended.out, R"("instance":"a")"));
    CHECK(world.run({"saga", "list", "--state", "booked"}).out == "no instances\n");
    CHECK(contains(world.run({"saga", "list", "--status", "odd"}).err, "error: usage"));
  }

  TEST_CASE("instances are counted by state and status") {
    Refilled world;
    CHECK(world.run({"saga", "count", "refill"}).out ==
          "SAGA    STATE    STATUS     INSTANCES\n"
          "refill  -        suspended          1\n"
          "refill  booking  running            1\n"
          "refill  refused  finished           1\n");
  }

  TEST_CASE("show says what an instance knows and what is open") {
    Refilled world;
    const auto ran = world.run({"saga", "show", "refill", "a"});
    CHECK(contains(ran.out, "state             booking\n"));
    CHECK(contains(ran.out, "correlation id    talk\n"));
    CHECK(contains(ran.out, R"(data              {"total":"40"})"));
    CHECK(contains(ran.out, "table is current  yes\n"));
    CHECK(contains(ran.out, "2026-01-01T00:01:01Z  58.0 s  after 1 min\n"));
    CHECK(contains(ran.out, "no command is open\n"));
  }

  TEST_CASE("history is the journal record by record") {
    Refilled world;
    const auto ran = world.run({"saga", "history", "refill", "c"});
    CHECK(contains(ran.out, "transition"));
    CHECK(contains(ran.out, "sends counter.v1.Add, arms after 1 min"));
    CHECK(contains(ran.out, "counter.full: at most 100"));
    CHECK(contains(ran.out, "rejected counter.v1.Add"));
  }

  TEST_CASE("why names the inputs and timers that a running instance waits for") {
    Refilled world;
    const auto ran = world.run({"saga", "why", "refill", "a"});
    CHECK(contains(ran.out, "because      it waits for one of the inputs below\n"));
    CHECK(contains(ran.out, "last record  accepted counter.v1.Add\n"));
    CHECK(contains(ran.out, "rejected counter.v1.Add  refused"));
    CHECK(contains(ran.out, "after 1 min              booked   2026-01-01T00:01:01Z"));
  }

  TEST_CASE("why says what suspended an instance and which verbs move it") {
    Refilled world;
    const auto ran = world.run({"saga", "why", "refill", "b"});
    CHECK(contains(ran.out, "66 cannot be booked"));
    CHECK(contains(ran.out, "`saga retry refill b --reason …` tries again"));
    CHECK(contains(ran.out, "PENDING INPUTS"));
  }

  TEST_CASE("why of a finished instance says that it is over") {
    Refilled world;
    CHECK(contains(world.run({"saga", "why", "refill", "c"}).out, "it is finished"));
  }

  TEST_CASE("why of a paused instance says who paused it and what for") {
    Refilled world;
    (void)world.coordinator->apply(
        "a", {.kind = saga::Verb::Kind::pause, .by = "ann", .reason = "audit"});
    CHECK(contains(world.run({"saga", "why", "refill", "a"}).out,
                   "it is paused, by ann: audit; `saga resume refill a"));
    (void)world.coordinator->apply(
        "a", {.kind = saga::Verb::Kind::cancel, .by = "bob", .reason = "enough"});
    CHECK(contains(world.run({"saga", "why", "refill", "a"}).out,
                   "a person cancelled it; by bob: enough"));
  }

  TEST_CASE("timers are listed by when they are due, with those that are overdue") {
    Refilled world;
    CHECK(contains(world.run({"timer", "list"}).out, "58.0 s  refill  a         after 1 min"));
    CHECK(world.run({"timer", "list", "--overdue"}).out == "no timers\n");
    world.clock.advance(std::chrono::minutes(5));
    CHECK(contains(world.run({"timer", "list", "--overdue"}).out, "-4 min 2 s"));
  }

  TEST_CASE("a chart is the saga's table as it was compiled") {
    Refilled world;
    CHECK(contains(world.run({"saga", "chart", "refill"}).out,
                   "stateDiagram-v2\n  [*] --> watching\n"));
    CHECK(contains(world.run({"saga", "chart", "refill", "--format", "dot"}).out,
                   "digraph refill {"));
  }

  TEST_CASE("a saga or an instance that is not there is an error") {
    Refilled world;
    const auto saga = world.run({"saga", "show", "refil", "a"});
    CHECK(saga.code == 2);
    CHECK(contains(saga.err,
                   "saga.unknown: refil: the application has no such saga (there are: "
                   "refill)"));
    CHECK(contains(world.run({"saga", "why", "refill", "zz"}).err, "saga.no_such_instance"));
    CHECK(contains(world.run({"saga", "show", "refill", "\n"}).err, "saga.no_such_instance"));
    CHECK(contains(world.run({"saga", "list", "--directory", "elsewhere"}).err, "saga.no_index"));
  }

  TEST_CASE("an input that waited and cannot be read any more suspends its instance") {
    Refilled world;
    REQUIRE(world.coordinator->apply("a", {.kind = saga::Verb::Kind::pause}));
    world.add("a", 5);
    world.settle();
    REQUIRE(world.coordinator->fold("a").pending.size() == 1);
    const Catalogue nothing;
    saga::Coordinator older(world.refill, *world.store, *world.dispatcher, nothing, world.clock);
    REQUIRE(older.apply("a", {.kind = saga::Verb::Kind::resume}));
    const auto handling = older.drive("a");
    while (!handling->poll()) {
    }
    const auto stopped = older.fold("a");
    CHECK(stopped.status == saga::Status::suspended);
    CHECK(stopped.suspension->code() == "saga.unreadable_input");
    CHECK(stopped.pending.size() == 1);
    REQUIRE(world.coordinator->apply("a", {.kind = saga::Verb::Kind::retry}));
    world.settle();
    CHECK(world.coordinator->fold("a").status == saga::Status::running);
    CHECK(world.coordinator->fold("a").pending.empty());
  }
}
