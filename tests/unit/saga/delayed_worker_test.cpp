#include "tidemark/saga/delayed_worker.hpp"

#include <algorithm>

#include "delayed_world.hpp"
#include "tidemark/sql/transaction.hpp"
#include "tidemark/sqlite/database.hpp"

using namespace tidemark;
using counter::v1::add;
using std::chrono::hours;
using Amounts = std::vector<std::int64_t>;
using State = command::DelayedCommand::State;

namespace {

// [schedule]
Result<command::DelayedCommand, command::CommandError> add_tomorrow(command::Dispatcher& dispatcher,
                                                                    const CommandId& id,
                                                                    UtcTime now) {
  return dispatcher.schedule(add("c1", 5), now + hours(24), {.id = id});
}
// [/schedule]

}  // namespace

TEST_SUITE("saga/delayed_worker") {
  TEST_CASE("a delayed command runs when it is due and not before") {
    DelayedWorld w;
    const auto due = w.clock.now() + hours(24);
    REQUIRE(add_tomorrow(w.dispatcher(), w.id(1), w.clock.now()));
    w.settle();
    CHECK(w.added().empty());
    CHECK(saga::DelayedIndex(*w.index).next_due() == due);
    w.clock.advance_to(due - Micros(1));
    CHECK(w.running->worker.step().did == runtime::Step::Did::nothing);
    w.clock.advance_to(due);
    w.settle();
    CHECK(w.added() == Amounts{5});
    CHECK(w.dispatcher().find_delayed(w.id(1))->state == State::done);
    CHECK(w.listed("done").size() == 1);
    CHECK_FALSE(saga::DelayedIndex(*w.index).next_due().has_value());
    // It ran as the keyed command of its id.
    const auto again = w.dispatcher().execute(add("c1", 5), {.id = w.id(1)});
    CHECK(again->repeated);
    CHECK(w.added() == Amounts{5});
  }

  TEST_CASE("what is due in the past runs at once, in the order of the times") {
    DelayedWorld w;
    REQUIRE(w.dispatcher().schedule(add("c1", 2), w.clock.now() - hours(1)));
    REQUIRE(w.dispatcher().schedule(add("c2", 1), w.clock.now() - hours(2)));
    const auto rows = [&] {
      w.running->feed.step();
      w.running->feed.step();
      return w.listed("waiting");
    }();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].stream == "counter-c2");
    w.settle();
    CHECK(w.added().size() == 2);
  }

  TEST_CASE("a rejection is an outcome and is kept") {
    DelayedWorld w;
    REQUIRE(w.dispatcher().schedule(add("c1", 101), w.clock.now(), {.id = w.id(1)}));
    w.settle();
    const auto found = w.dispatcher().find_delayed(w.id(1));
    CHECK(found->state == State::done);
    CHECK(found->rejection.code == "counter.full");
    REQUIRE(w.listed().size() == 1);
    CHECK(w.listed()[0].code == "counter.full");
    CHECK(w.listed()[0].message == "at most 100");
  }

  TEST_CASE("what was cancelled in time never runs") {
    DelayedWorld w;
    REQUIRE(w.dispatcher().schedule(add("c1", 5), w.clock.now() + hours(1), {.id = w.id(1)}));
    w.settle();
    REQUIRE(w.dispatcher().cancel(w.id(1), {.by = "ann", .reason = "a mistake"}));
    // The index does not know yet: its word is a hint only.
    REQUIRE(w.listed("waiting").size() == 1);
    w.clock.advance(hours(2));
    CHECK(w.running->worker.step().did == runtime::Step::Did::waiting);
    w.settle();
    CHECK(w.added().empty());
    REQUIRE(w.listed("cancelled").size() == 1);
    CHECK(w.listed()[0].message == "a mistake");
  }

  TEST_CASE("one that is cancelled while it is on its way is either cancelled or run") {
    for (int steps = 0; steps < 12; ++steps) {
      CAPTURE(steps);
      DelayedWorld w;
      REQUIRE(w.dispatcher().schedule(add("c1", 5), w.clock.now(), {.id = w.id(1)}));
      for (int i = 0; i < steps; ++i) w.step();
      const auto cancelled = w.dispatcher().cancel(w.id(1));
      w.settle();
      CHECK(w.added().empty() == cancelled.has_value());
    }
  }

  TEST_CASE("killed at any point and begun again each command runs once") {
    for (const bool loses_index : {false, true}) {
      for (int steps = 0; steps < 30; ++steps) {
        CAPTURE(loses_index);
        CAPTURE(steps);
        DelayedWorld w;
        for (std::uint64_t n = 1; n <= 3; ++n) {
          REQUIRE(w.dispatcher().schedule(add("c1", static_cast<std::int64_t>(n)),
                                          w.clock.now() + hours(n), {.id = w.id(n)}));
        }
        const auto end = w.clock.now() + hours(4);
        for (int i = 0; w.clock.now() < end; ++i) {
          w.step();
          if (i % 30 == steps) {
            w.kill();
            if (loses_index) w.lose_index();
            w.start();
          }
          w.clock.advance(std::chrono::minutes(2));
        }
        w.settle();
        CHECK(w.added() == Amounts{1, 2, 3});
        CHECK(w.listed("done").size() == 3);
      }
    }
  }

  TEST_CASE("two workers on the same index run each command once") {
    DelayedWorld w;
    command::Dispatcher other(*w.store, w.catalogue, {w.model.get()}, w.clock, w.random);
    saga::DelayedWorker second(
        {.store = *w.store, .dispatcher = other, .index = *w.index, .clock = w.clock});
    for (std::uint64_t n = 0; n < 20; ++n) {
      REQUIRE(w.dispatcher().schedule(add("c1", 1), w.clock.now(), {.id = w.id(n)}));
    }
    for (int i = 0; i < 200; ++i) {
      w.step();
      second.step();
      w.clock.advance(std::chrono::milliseconds(100));
    }
    CHECK(w.added().size() == 20);
    CHECK(w.listed("done").size() == 20);
  }

  TEST_CASE("what somebody else ran under the same id is noted and not run again") {
    DelayedWorld w;
    REQUIRE(w.dispatcher().schedule(add("c1", 5), w.clock.now() + hours(1), {.id = w.id(1)}));
    REQUIRE(w.dispatcher().execute(add("c1", 5), {.id = w.id(1)}));
    w.clock.advance(hours(2));
    w.settle();
    CHECK(w.added() == Amounts{5});
    CHECK(w.dispatcher().find_delayed(w.id(1))->state == State::done);
  }

  TEST_CASE("what cannot be carried out is noted, and runs when a person tries it again") {
    DelayedWorld w;
    REQUIRE(w.dispatcher().schedule(add("c1", 5), w.clock.now(), {.id = w.id(1)}));
    w.kill();
    w.takes_counters = false;
    w.start();
    w.settle();
    REQUIRE(w.listed("failed").size() == 1);
    CHECK(w.listed()[0].code == "command.unknown_type");
    w.kill();
    w.takes_counters = true;
    w.start();
    w.settle();
    CHECK(w.added().empty());
    REQUIRE(command::DelayedJournal(*w.store, w.clock).retry(w.id(1)));
    w.settle();
    CHECK(w.added() == Amounts{5});
    CHECK(w.listed("failed").empty());
  }

  TEST_CASE("more than can be under way at once all run") {
    DelayedWorld w;
    for (std::uint64_t n = 0; n < 200; ++n) {
      REQUIRE(w.dispatcher().schedule(add("c" + std::to_string(n), 1), w.clock.now()));
    }
    w.settle();
    CHECK(w.added().size() == 200);
    CHECK(w.running->worker.report().done == w.running->worker.report().tail);
  }

  TEST_CASE("of those that are over the index keeps the newest") {
    DelayedWorld w;
    sql::Transaction transaction(*w.index);
    for (int n = 1; n <= 10'005; ++n) {
      w.index
          ->statement(
              "INSERT INTO delayed VALUES (?1, 'counter.v1.Add', 'done', '', 0, 0, '', '', ?2)")
          .bind_all(std::to_string(n), n)
          .run();
    }
    transaction.commit();
    REQUIRE(w.dispatcher().schedule(add("c1", 1), w.clock.now() + hours(1)));
    w.settle();
    const auto done = saga::DelayedIndex(*w.index).list({.state = "done", .limit = 20'000});
    CHECK(done.size() == 10'000);
    CHECK(std::ranges::none_of(done, [](const auto& row) { return row.id == "5"; }));
    CHECK(w.listed("waiting").size() == 1);
  }
}
