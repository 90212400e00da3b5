#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "campus_fixture.hpp"
#include "failure_code.hpp"

using namespace tidemark;
using namespace campus::v1;
using test::failure_code;
using Kind = command::Outcome::Kind;
using Lines = std::vector<std::string>;

namespace wrong {

/// An aggregate of the same category as the one that is wired.
struct Impostor : Course {
  using Commands = tidemark::List<>;
};
struct WithImpostor {
  using Commands = tidemark::List<MoveSeats>;
  using Aggregates = tidemark::List<Impostor>;
  static std::array<std::string, 1> ids(const MoveSeats& command) {
    return {command.from_course_id()};
  }
};

Decision decide(const Impostor&, const MoveSeats&, const Context&) { return nothing(); }

}  // namespace wrong

namespace stray {

/// Emits to where it must not: the amount says what goes wrong.
struct Shelf {
  using Commands = tidemark::List<>;
  using Events = tidemark::List<SeatsChanged>;
  static constexpr std::string_view category = "shelf";
};
void evolve(Shelf&, const SeatsChanged&) {}

struct Stray {
  using Commands = tidemark::List<MoveSeats>;
  using Aggregates = tidemark::List<Shelf>;
  static std::array<std::string, 1> ids(const MoveSeats& command) {
    return {"shelf of " + command.from_course_id()};
  }
};
Decision decide(const Shelf&, const MoveSeats& command, const Context&) {
  if (command.seats() == 1) return emit(seats_changed("a", 1));
  if (command.seats() == 2) return emit(to<Shelf>("elsewhere", seats_changed("a", 1)));
  if (command.seats() == 3) return emit(Addressed<CourseDefined>{{"shelf", "shelf of a"}, {}});
  throw std::runtime_error("cannot decide");
}

}  // namespace stray

namespace {

const command::CommandError& error_of(const Result<command::Outcome, command::CommandError>& it) {
  REQUIRE_FALSE(it.has_value());
  return it.error();
}

struct TwoCourses : CampusFixture {
  command::Dispatcher dispatcher = make();
  TwoCourses() {
    REQUIRE(dispatcher.execute(define("a", 10)));
    REQUIRE(dispatcher.execute(define("b", 5)));
  }
};

}  // namespace

TEST_SUITE("command/joint") {
  TEST_CASE("a joint decision stores its events on each stream in one append") {
    TwoCourses f;
    const auto outcome = f.dispatcher.execute(move_seats("a", "b", 4), {.id = f.id(1)});
    REQUIRE(outcome);
    CHECK(outcome->kind == Kind::accepted);
    CHECK(outcome->stream.name() == "course-a");
    CHECK(outcome->version == StreamVersion(2));
    CHECK(outcome->events == 2);
    CHECK(outcome->position == Position(4));
    CHECK(f.log() == Lines{"course-a@1: CourseDefined", "course-b@1: CourseDefined",
                           "course-a@2: SeatsChanged", "course-b@2: SeatsChanged"});
    // Who knew the courses and who did not go on alike.
    CHECK(f.dispatcher.execute(move_seats("a", "b", 7))->rejection.code == "course.too_few_seats");
    CHECK(f.make().execute(move_seats("b", "a", 9))->kind == Kind::accepted);
    CHECK(f.dispatcher.execute(move_seats("a", "b", 15))->kind == Kind::accepted);
  }

  TEST_CASE("what a joint decision rejects or has nothing to do for stores nothing") {
    TwoCourses f;
    CHECK(f.dispatcher.execute(move_seats("a", "c", 1))->rejection.code == "course.unknown");
    CHECK(f.dispatcher.execute(move_seats("a", "a", 1))->kind == Kind::nothing);
    CHECK(f.log().size() == 2);
  }

  TEST_CASE("a keyed joint decision has one outcome") {
    TwoCourses f;
    REQUIRE(f.dispatcher.execute(move_seats("a", "b", 4), {.id = f.id(1)}));
    REQUIRE(f.dispatcher.execute(move_seats("a", "b", 100), {.id = f.id(2)})->kind ==
            Kind::rejected);
    const auto again = f.make().execute(move_seats("a", "b", 4), {.id = f.id(1)});
    CHECK(again->repeated);
    CHECK(again->events == 2);
    CHECK(again->version == StreamVersion(2));
    CHECK(f.make().execute(move_seats("a", "b", 1), {.id = f.id(2)})->kind == Kind::rejected);
    CHECK(f.log().size() == 4);
  }

  TEST_CASE("a change of either aggregate has it decided again") {
    for (const auto* changed : {"a", "b"}) {
      CAPTURE(changed);
      TwoCourses f;
      auto pending = f.dispatcher.submit(
          {.type = "campus.v1.MoveSeats",
           .data = serialize(move_seats("a", "b", 4)),
           .companions = [&, raced = false](const command::Outcome&) mutable {
             // Between the decision and the append somebody else changes one of the two.
             if (!std::exchange(raced, true)) {
               const std::string other(changed);
               NewEvent event{.event_id = EventId(f.id(9).uuid()),
                              .type = "campus.v1.SeatsChanged",
                              .data = serialize(seats_changed(other, 6)),
                              .event_time = f.clock.now()};
               REQUIRE(f.store->append(
                   {.id = AppendId(f.id(9).uuid()),
                    .streams = {{.stream = StreamId("course", other), .events = {event}}}}));
             }
             return std::vector<store::StreamWrite>();
           }});
      auto result = pending.poll();
      for (int i = 0; !result && i < 100; ++i) {
        f.clock.advance(std::chrono::milliseconds(100));
        result = pending.poll();
      }
      REQUIRE(result);
      REQUIRE(result->has_value());
      Course a;
      f.store->read_stream({.stream = StreamId("course", "a")}, [&](const EventView& event) {
        return fold(a, event.type, event.data) == Folded::applied;
      });
      CHECK(a.seats == (std::string(changed) == "a" ? 2 : 6));
    }
  }

  TEST_CASE("threads that move seats to and fro lose none") {
    TwoCourses f;
    REQUIRE(f.dispatcher.execute(define("c", 7)));
    SystemClock clock;
    SystemRandom random;
    command::Dispatcher dispatcher(*f.store, f.catalogue,
                                   {std::vector{f.course.get()}, std::vector{f.seat_move.get()}},
                                   clock, random, {.attempts_max = 1000});
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        const char* names[] = {"a", "b", "c"};
        for (int i = 0; i < 25; ++i) {
          const auto from = names[(thread + i) % 3];
          const auto to = names[(thread + i + 1 + i % 2) % 3];
          if (!dispatcher.execute(move_seats(from, to, 1 + i % 3))) ++failed;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(failed == 0);
    std::int64_t seats = 0;
    for (const auto* name : {"a", "b", "c"}) {
      Course course;
      f.store->read_stream({.stream = StreamId("course", name)}, [&](const EventView& event) {
        return fold(course, event.type, event.data) == Folded::applied;
      });
      CHECK(course.seats >= 0);
      seats += course.seats;
    }
    CHECK(seats == 22);
  }

  TEST_CASE("a joint decision on deleted aggregates begins with empty ones or says so") {
    TwoCourses f;
    const auto remove = [&](const char* name, store::Deletion deletion) {
      REQUIRE(f.store->change(
          {.what = store::DeleteStream{.stream = StreamId("course", name), .deletion = deletion},
           .who = "ann",
           .reason = "asked for"}));
    };
    remove("b", store::Deletion::soft);
    CHECK(f.dispatcher.execute(move_seats("a", "b", 1))->rejection.code == "course.unknown");
    REQUIRE(f.dispatcher.execute(define("b", 1)));
    const auto moved = f.dispatcher.execute(move_seats("b", "a", 1));
    CHECK(moved->kind == Kind::accepted);
    CHECK(moved->version == StreamVersion(3));
    CHECK(f.dispatcher.execute(move_seats("a", "b", 11))->kind == Kind::accepted);
    remove("b", store::Deletion::hard);
    // What is only read must be there too.
    CHECK(error_of(f.dispatcher.execute(move_seats("a", "b", 0), {.id = f.id(1)})).code ==
          "command.stream_deleted");
  }

  TEST_CASE("an id that names no stream refuses the command") {
    TwoCourses f;
    CHECK(error_of(f.dispatcher.execute(move_seats("a", "", 1))).code == "command.bad_stream");
  }

  TEST_CASE("an event must go to one of the aggregates and be one that it names") {
    CampusFixture f;
    const auto shelf = command::aggregate_model<stray::Shelf>();
    const auto joint = command::joint_model<stray::Stray>();
    command::Dispatcher dispatcher(*f.store, f.catalogue,
                                   {std::vector{shelf.get()}, std::vector{joint.get()}}, f.clock,
                                   f.random);
    const auto code = [&](std::int64_t what) {
      return error_of(dispatcher.execute(move_seats("a", "b", what))).code;
    };
    CHECK(code(1) == "command.unaddressed_event");
    CHECK(code(2) == "command.foreign_stream");
    CHECK(code(3) == "command.foreign_event");
    CHECK(code(4) == "command.crashed");
    CHECK(f.log().empty());
  }

  TEST_CASE("a joint decision needs its aggregates wired as they are") {
    CampusFixture f;
    const auto make = [&](std::vector<const command::AggregateModel*> aggregates,
                          const command::JointModel& joint) {
      command::Dispatcher dispatcher(*f.store, f.catalogue, {std::move(aggregates), {&joint}},
                                     f.clock, f.random);
    };
    const auto impostor = command::joint_model<wrong::WithImpostor>();
    CHECK(failure_code([&] { make({f.course.get()}, *f.seat_move); }) == "no failure");
    CHECK(failure_code([&] { make({}, *f.seat_move); }) == "command.not_wired");
    CHECK(failure_code([&] { make({f.course.get()}, *impostor); }) == "command.not_wired");
    CHECK(failure_code([&] { make({f.course.get(), f.course.get()}, *f.seat_move); }) ==
          "command.category_taken");
  }
}
