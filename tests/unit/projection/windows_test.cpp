#include <doctest/doctest.h>

#include <set>

#include "projection_fixture.hpp"

using namespace projection_test;

namespace {

/// A log in which time moves on unevenly, a tenth of the events come late, some players are struck
/// out, some rounds are ended by hand.
void play(Arena& arena, std::uint64_t seed, int events) {
  SeededRandom random(seed);
  std::int64_t now = 0;
  for (int i = 0; i < events; ++i) {
    now += static_cast<std::int64_t>(random.below(4));
    const auto player = std::string(1, static_cast<char>('a' + random.below(6)));
    const auto kind = random.below(40);
    const auto behind = random.below(10) == 0 ? static_cast<std::int64_t>(random.below(300)) : 0;
    const auto seconds = std::max<std::int64_t>(0, now - behind);
    if (kind == 0) {
      arena.strike(player, seconds);
    } else if (kind == 1) {
      arena.end_round(player, seconds, seconds / 60 * 60);
    } else {
      arena.score(player, seconds, static_cast<std::int64_t>(random.below(100)));
    }
  }
}

struct Outcome {
  Texts rows, closed;
  std::uint64_t late = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

template <typename P>
Outcome outcome(Model<P>& model) {
  return {.rows = model.query("SELECT * FROM minute_scores ORDER BY player, minute_micros"),
          .closed = model.query("SELECT key, revision, window_start, row, previous, late,"
                                " position FROM closed_windows ORDER BY seq"),
          .late = model.late_events()};
}

/// Feeds the log to a new model in batches of random sizes, crashing at random steps.
template <typename P>
Outcome feed_badly(Arena& arena, std::uint64_t seed) {
  SeededRandom random(seed);
  const auto name = "model" + std::to_string(seed) + ".db";
  for (;;) {
    Model<P> model(arena,
                   {.batch_max = 1 + random.below(20), .commit_events_max = 1 + random.below(60)},
                   name);
    for (auto steps = random.below(30); steps > 0; --steps) {
      if (model.worker.step().did == runtime::Step::Did::nothing) return outcome(model);
    }
  }
}

}  // namespace

TEST_SUITE("projection/windows") {
  TEST_CASE("a window closes once, when the watermark reaches its end plus the lateness") {
    Arena arena;
    arena.score("ann", 10, 1);
    arena.score("ann", 50, 2);
    arena.score("bob", 89, 4);
    Model<Scores> model(arena);
    model.catch_up();
    CHECK(model.closed().empty());
    arena.score("bob", 90, 8);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 3"});
    arena.score("bob", 140, 1);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 3"});
    const auto windows = projection::ClosedWindows(model.reader).read(0, 10);
    CHECK(windows[0].window == Window{.start = at(0), .end = at(60)});
    CHECK(windows[0].position == Position(4));
    CHECK(projection::ClosedWindows(model.reader).last() == 1);
  }

  TEST_CASE("an event is late too when it is the first of a window whose time has passed") {
    Arena arena;
    arena.score("bob", 100, 1);
    arena.score("ann", 20, 10);
    Model<Scores> model(arena);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 10"});
    CHECK(model.late_events() == 1);
  }

  TEST_CASE("an event that claims to be of far ahead makes nobody else's late") {
    Arena arena;
    arena.score("zoe", 400 * 86'400, 1);
    arena.score("ann", 10, 1);
    arena.score("ann", 20, 2);
    Model<Scores> model(arena);
    model.catch_up();
    // An hour is what a clock may be wrong by: ann's minute is late by that, and not for ever.
    CHECK(model.late_events() == 2);
    arena.clock.advance(std::chrono::hours(2));
    arena.score("ann", 7'100, 4);
    arena.score("ann", 7'110, 8);
    arena.score("ann", 7'195, 16);
    arena.score("ann", 7'300, 1);
    model.catch_up();
    CHECK(model.late_events() == 2);
  }

  TEST_CASE("a late event makes the next revision when the lateness has passed again") {
    Arena arena;
    arena.score("ann", 10, 1);
    arena.score("bob", 100, 1);
    arena.score("ann", 20, 10);  // late at watermark 100: due at 130
    arena.score("ann", 30, 100);
    arena.score("bob", 129, 1);
    Model<Scores> model(arena);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 1"});
    CHECK(model.late_events() == 2);
    arena.score("bob", 130, 1);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 1", "ann 0 r2 111<-1!"});
    CHECK(model.scores()[0] == "ann|0|111|3");
  }

  TEST_CASE("an event for a window that should have closed long ago closes it at once") {
    Arena arena;
    arena.score("bob", 200, 1);
    arena.score("ann", 10, 1);
    Model<Scores> model(arena);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 1"});
  }

  TEST_CASE("a window that is closed by hand closes now, and only if something changed") {
    Arena arena;
    arena.score("ann", 10, 1);
    arena.end_round("ann", 20, 0);
    arena.end_round("ann", 21, 0);
    arena.end_round("zoe", 22, 0);
    Model<Scores> model(arena);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 1"});
    arena.score("ann", 30, 5);
    arena.end_round("ann", 31, 0);
    arena.score("bob", 400, 1);
    arena.score("bob", 460, 1);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 1", "ann 0 r2 6<-1!", "bob 6 r1 1"});
  }

  TEST_CASE("a row that was erased and comes back counts its revisions on") {
    Arena arena;
    arena.score("ann", 10, 1);
    arena.end_round("ann", 11, 0);
    arena.strike("ann", 12);
    {
      Model<Scores> model(arena);
      model.catch_up();
      CHECK(model.scores().empty());
    }
    arena.score("ann", 13, 7);
    arena.end_round("ann", 14, 0);
    Model<Scores> model(arena);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 1", "ann 0 r2 7<-1!"});
  }

  TEST_CASE("a restart finds the open windows again") {
    Arena arena;
    arena.score("ann", 10, 1);
    arena.score("bob", 70, 1);
    {
      Model<Scores> model(arena);
      model.catch_up();
    }
    arena.score("bob", 95, 1);
    Model<Scores> model(arena);
    model.catch_up();
    CHECK(model.closed() == Texts{"ann 0 r1 1"});
  }

  TEST_CASE("a failing event leaves no window behind, and parks only its key") {
    Arena arena;
    arena.score("ann", 10, 1);
    arena.score("bob", 20, -5);
    arena.score("ann", 30, 2);
    arena.score("cid", 200, 1);
    Model<Scores> model(arena);
    model.catch_up();
    CHECK(model.scores() == Texts{"ann|0|3|2", "cid|3|1|1"});
    CHECK(model.closed() == Texts{"ann 0 r1 3"});
    CHECK(feed::ParkingDesk(model.reader).count() == 1);
  }

  TEST_CASE("what closes depends on the events and not on batches, crashes or the cache") {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      CAPTURE(seed);
      Arena arena;
      play(arena, seed, 600);
      Model<Scores> reference(arena, {.batch_max = 1, .commit_events_max = 1}, "reference.db");
      reference.catch_up();
      const auto expected = outcome(reference);
      REQUIRE(expected.closed.size() > 20);
      REQUIRE(expected.late > 5);
      std::set<std::string> names;
      for (const auto& name :
           reference.query("SELECT key, revision FROM closed_windows ORDER BY seq")) {
        CHECK(names.insert(name).second);
      }
      // Each of them connects a hundred times where that takes a server.
      const std::uint64_t runs = arena.storage.place->is_shared() ? 2 : 8;
      for (std::uint64_t run = 0; run < runs; ++run) {
        CAPTURE(run);
        CHECK(feed_badly<Scores>(arena, 100 + run) == expected);
        CHECK(feed_badly<MinuteScores<3>>(arena, 200 + run) == expected);
      }
    }
  }
}
