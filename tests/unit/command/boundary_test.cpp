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
using Tags = std::vector<std::string>;

namespace opening {

/// Opens a course for everybody who asks, once: its events go to the course itself. Counts how
/// often it is asked.
struct Opening {
  using Commands = tidemark::List<SubscribeStudent>;
  using Events = tidemark::List<CourseDefined>;
  static constexpr std::string_view category = "opening";
  static std::string_view id(const SubscribeStudent& command) { return command.course_id(); }
  static std::vector<Criterion> criteria(const SubscribeStudent& command) {
    if (command.student_id() == "nobody") return {};
    return {tagged(as_tag("course", command.course_id()))};
  }
  bool open = false;
};
void evolve(Opening& state, const CourseDefined&) { state.open = true; }

Decision decide(const Opening& state, const SubscribeStudent& command, const Context&) {
  if (state.open) return nothing();
  CourseDefined event;
  event.set_course_id(command.course_id());
  event.set_seats(1);
  if (command.student_id() == "lost") return emit(Addressed<CourseDefined>{{"cellar", "1"}, event});
  if (command.student_id() == "odd") {
    return emit(Addressed<StudentSubscribed>{{"course", command.course_id()}, {}});
  }
  return emit(to<Course>(command.course_id(), event));
}

struct BadlyTaggedOne {
  using Commands = tidemark::List<>;
  using Events = tidemark::List<BadlyTagged>;
  static constexpr std::string_view category = "badly";
};
void evolve(BadlyTaggedOne&, const BadlyTagged&) {}

}  // namespace opening

namespace {

const std::string subscribe_type = "campus.v1.SubscribeStudent";

struct OneCourse : CampusFixture {
  command::Dispatcher dispatcher = make();
  OneCourse() { REQUIRE(dispatcher.execute(define("c1", 2))); }

  command::Outcome ask(const std::string& student, const std::string& of) {
    const auto outcome = dispatcher.execute(subscribe(student, of));
    REQUIRE(outcome);
    return *outcome;
  }
  /// Lets `happen` happen once, between the decision on a command and its append; answers how often
  /// it was decided on.
  int decisions_while(const SubscribeStudent& command, const std::function<void()>& happen) {
    int decisions = 0;
    auto pending = dispatcher.submit({.type = subscribe_type,
                                      .data = serialize(command),
                                      .companions = [&](const command::Outcome&) {
                                        if (decisions++ == 0) happen();
                                        return std::vector<store::StreamWrite>();
                                      }});
    for (int i = 0; !pending.poll() && i < 100; ++i) clock.advance(std::chrono::milliseconds(100));
    const auto result = pending.poll();
    REQUIRE(result);
    REQUIRE(result->has_value());
    return decisions;
  }
};

}  // namespace

TEST_SUITE("command/boundary") {
  TEST_CASE("a boundary is folded from all events that meet its criteria, wherever they are") {
    OneCourse f;
    CHECK(f.ask("s1", "c0").rejection.code == "course.unknown");
    const auto first = f.ask("s1", "c1");
    CHECK(first.kind == Kind::accepted);
    CHECK(first.stream.name() == "subscription-c1");
    CHECK(first.version == StreamVersion(1));
    CHECK(f.ask("s1", "c1").kind == Kind::nothing);
    CHECK(f.ask("s2", "c1").version == StreamVersion(2));
    CHECK(f.ask("s3", "c1").rejection.code == "course.full");
    for (const auto* course : {"c2", "c3"}) REQUIRE(f.dispatcher.execute(define(course, 9)));
    CHECK(f.ask("s1", "c2").kind == Kind::accepted);
    CHECK(f.ask("s1", "c3").rejection.code == "student.busy");
    // The seats of a course are changed in its own stream.
    REQUIRE(f.dispatcher.execute(move_seats("c2", "c1", 1)));
    CHECK(f.ask("s3", "c1").kind == Kind::accepted);
  }

  TEST_CASE("events carry the tags that their messages declare") {
    OneCourse f;
    REQUIRE(f.dispatcher.execute(subscribe("s1", "c1")));
    std::vector<Tags> tags;
    f.store->read({}, [&](const EventView& event) {
      tags.push_back(decode_extra(event.metadata.extra).value().tags);
      return true;
    });
    CHECK(tags == std::vector<Tags>{{"course:c1"}, {"course:c1", "student:s1"}});
  }

  TEST_CASE("whoever is overtaken in the boundary decides again") {
    OneCourse f;
    auto other = f.make();
    const auto decisions = f.decisions_while(subscribe("s1", "c1"), [&] {
      REQUIRE(other.execute(subscribe("s2", "c1"))->kind == Kind::accepted);
    });
    CHECK(decisions == 2);
    CHECK(f.log().size() == 3);
    CHECK(f.ask("s3", "c1").rejection.code == "course.full");
  }

  TEST_CASE("what does not meet the criteria disturbs nobody, not even in the same stream") {
    OneCourse f;
    auto other = f.make();
    REQUIRE(f.dispatcher.execute(define("c2", 9)));
    CHECK(f.decisions_while(subscribe("s1", "c1"), [&] {
      REQUIRE(other.execute(subscribe("s2", "c2")));
      // The course's other students matter, what else is tagged with this student does not.
      REQUIRE(f.store->append({.id = AppendId(f.id(9).uuid()),
                               .streams = {{.stream = StreamId("subscription", "c1"),
                                            .events = {{.event_id = EventId(f.id(9).uuid()),
                                                        .type = "campus.v1.CourseDefined",
                                                        .event_time = f.clock.now(),
                                                        .tags = {"student:s1"}}}}}}));
    }) == 1);
  }

  TEST_CASE("a boundary that keeps changing is contended in the end") {
    OneCourse f;
    REQUIRE(f.dispatcher.execute(define("c2", 100)));
    auto other = f.make();
    int changes = 0;
    auto dispatcher = f.make({.attempts_max = 3});
    auto pending = dispatcher.submit(
        {.type = subscribe_type,
         .data = serialize(subscribe("s", "c2")),
         .companions = [&](const command::Outcome&) {
           REQUIRE(other.execute(subscribe("s" + std::to_string(changes++), "c2")));
           return std::vector<store::StreamWrite>();
         }});
    auto result = pending.poll();
    for (int i = 0; !result && i < 100; ++i) {
      f.clock.advance(std::chrono::milliseconds(100));
      result = pending.poll();
    }
    REQUIRE(result);
    REQUIRE_FALSE(result->has_value());
    CHECK(result->error().code == "command.contended");
    CHECK(changes == 3);
  }

  TEST_CASE("threads that ask for the same seats never get more than there are") {
    OneCourse f;
    REQUIRE(f.dispatcher.execute(define("c2", 7)));
    SystemClock clock;
    SystemRandom random;
    command::Dispatcher dispatcher(*f.store, f.catalogue, {f.course.get(), f.subscription.get()},
                                   clock, random, {.attempts_max = 1000});
    std::vector<std::thread> threads;
    std::atomic<int> accepted{0};
    std::atomic<int> rejected{0};
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 5; ++i) {
          const auto student = std::to_string(thread) + "/" + std::to_string(i);
          const auto outcome = dispatcher.execute(subscribe(student, "c2"));
          if (outcome && outcome->kind == Kind::accepted) ++accepted;
          if (outcome && outcome->kind == Kind::rejected) ++rejected;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(accepted == 7);
    CHECK(rejected == 13);
    CHECK(f.store->stream_version(StreamId("subscription", "c2")) == StreamVersion(7));
  }

  TEST_CASE("a keyed command in a boundary has one outcome, a rejection too") {
    OneCourse f;
    REQUIRE(f.dispatcher.execute(subscribe("s1", "c1"), {.id = f.id(1)}));
    REQUIRE(f.dispatcher.execute(subscribe("s2", "c1"), {.id = f.id(2)}));
    REQUIRE(f.dispatcher.execute(subscribe("s3", "c1"), {.id = f.id(3)})->kind == Kind::rejected);
    const auto again = f.make().execute(subscribe("s1", "c1"), {.id = f.id(1)});
    CHECK(again->repeated);
    CHECK(again->kind == Kind::accepted);
    CHECK(again->version == StreamVersion(1));
    REQUIRE(f.dispatcher.execute(define("c2", 9)));
    REQUIRE(f.dispatcher.execute(move_seats("c2", "c1", 5)));
    CHECK(f.dispatcher.execute(subscribe("s3", "c1"), {.id = f.id(3)})->kind == Kind::rejected);
    CHECK(f.dispatcher.execute(subscribe("s3", "c1"))->kind == Kind::accepted);
  }

  TEST_CASE("what was deleted counts no more") {
    OneCourse f;
    REQUIRE(f.ask("s1", "c1").kind == Kind::accepted);
    REQUIRE(f.ask("s2", "c1").kind == Kind::accepted);
    REQUIRE(f.store->change({.what = store::DeleteStream{.stream = StreamId("subscription", "c1")},
                             .who = "ann",
                             .reason = "a new year"}));
    CHECK(f.ask("s3", "c1").kind == Kind::accepted);
    CHECK(f.ask("s1", "c1").version == StreamVersion(4));
    CHECK(f.ask("s2", "c1").rejection.code == "course.full");
  }

  TEST_CASE("a boundary may write to the streams of wired aggregates, what they name and no more") {
    CampusFixture f;
    const auto model = command::aggregate_model<opening::Opening>();
    command::Dispatcher dispatcher(*f.store, f.catalogue, {f.course.get(), model.get()}, f.clock,
                                   f.random);
    const auto outcome = dispatcher.execute(subscribe("s1", "c1"));
    REQUIRE(outcome);
    CHECK(outcome->kind == Kind::accepted);
    CHECK(outcome->stream.name() == "opening-c1");
    CHECK(outcome->version == StreamVersion());
    CHECK(f.log() == Lines{"course-c1@1: CourseDefined"});
    CHECK(dispatcher.execute(subscribe("s2", "c1"))->kind == Kind::nothing);
    CHECK(dispatcher.execute(define("c1", 3))->kind == Kind::nothing);
    const auto code = [&](const char* student) {
      const auto refused = dispatcher.execute(subscribe(student, "c2"));
      REQUIRE_FALSE(refused.has_value());
      return refused.error().code;
    };
    CHECK(code("lost") == "command.foreign_stream");
    CHECK(code("odd") == "command.foreign_event");
    CHECK(code("nobody") == "command.crashed");  // no criteria
  }

  TEST_CASE("a field that cannot be a tag is refused before anything is stored") {
    CampusFixture f;
    const auto model = command::aggregate_model<opening::BadlyTaggedOne>();
    CHECK(failure_code([&] {
            command::Dispatcher dispatcher(*f.store, f.catalogue, {model.get()}, f.clock, f.random);
          }) == "schema.bad_tag");
  }

  TEST_CASE("under normal durability what is not synced yet is not passed by") {
    CampusFixture f;
    f.store = store::SqliteStore::open(
        {.file = ":memory:", .durability = store::Durability::normal}, f.clock, f.random);
    auto dispatcher = f.make();
    REQUIRE(dispatcher.execute(define("c1", 1)));
    auto pending = dispatcher.submit({.type = subscribe_type,
                                      .data = serialize(subscribe("s1", "c1")),
                                      .options = {.id = f.id(1)}});
    for (int i = 0; i < 3; ++i) {
      f.clock.advance(std::chrono::milliseconds(100));
      CHECK_FALSE(pending.poll().has_value());
    }
    f.store->maintain();
    std::optional<Result<command::Outcome, command::CommandError>> result;
    for (int i = 0; !result && i < 100; ++i) {
      f.clock.advance(std::chrono::milliseconds(100));
      result = pending.poll();
    }
    REQUIRE(result);
    CHECK((*result)->kind == Kind::accepted);
  }
}
