#include "tidemark/command/dispatcher.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "command_fixture.hpp"
#include "tidemark/command/command_lines.hpp"

using namespace tidemark;
using command::CommandOptions;
using command::Dispatcher;
using command::DispatcherOptions;
using command::Outcome;
using counter::v1::add;
using Kind = Outcome::Kind;

namespace fragile {

/// Its own code throws on some amounts.
struct Fragile {
  using Commands = tidemark::List<counter::v1::Add>;
  using Events = tidemark::List<counter::v1::Added>;
  static constexpr std::string_view category = "fragile";
  static std::string_view id(const counter::v1::Add& command) { return command.counter_id(); }
};

void evolve(Fragile&, const counter::v1::Added& event) {
  if (event.amount() == 2) throw std::runtime_error("cannot fold a 2");
}
Decision decide(const Fragile&, const counter::v1::Add& command, const Context&) {
  if (command.amount() == 1) throw std::runtime_error("cannot decide on a 1");
  counter::v1::Added added;
  added.set_amount(command.amount());
  return emit(added);
}

}  // namespace fragile

TEST_SUITE("command/dispatcher") {
  TEST_CASE("a command becomes events that carry who caused them") {
    CommandFixture f;
    auto dispatcher = f.make();
    const auto outcome =
        dispatcher.execute(add("c1", 5), {.id = f.id(1),
                                          .event_time = UtcTime::from_micros(1'700'000'000'000'000),
                                          .correlation_id = "talk",
                                          .tenant = "t1"});
    REQUIRE(outcome);
    CHECK(outcome->kind == Kind::accepted);
    CHECK(outcome->stream.name() == "counter-c1");
    CHECK(outcome->version == StreamVersion(1));
    CHECK(outcome->position == Position(1));
    const auto events = f.events();
    REQUIRE(events.size() == 1);
    const auto& metadata = events[0].metadata();
    CHECK(events[0].type() == "counter.v1.Added");
    CHECK(metadata.correlation_id == "talk");
    CHECK(metadata.causation_id == to_string(f.id(1)));
    CHECK(metadata.tenant == "t1");
    CHECK(metadata.event_time == UtcTime::from_micros(1'700'000'000'000'000));
    CHECK(metadata.append_id == AppendId(f.id(1).uuid()));
  }

  TEST_CASE("a command's events carry its trace, and nothing that is none") {
    CommandFixture f;
    auto dispatcher = f.make();
    const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    REQUIRE(dispatcher.execute(add("c1", 5), {.traceparent = trace}));
    REQUIRE(dispatcher.execute(add("c1", 5), {.traceparent = "00-no trace"}));
    const auto events = f.events();
    REQUIRE(events.size() == 2);
    CHECK(events[0].metadata().traceparent == trace);
    CHECK(events[1].metadata().traceparent.empty());
  }

  TEST_CASE("a rejection is an answer with its code, and nothing is stored") {
    CommandFixture f;
    auto dispatcher = f.make();
    const auto outcome = dispatcher.execute(add("c1", 101));
    REQUIRE(outcome);
    CHECK(outcome->kind == Kind::rejected);
    CHECK(outcome->rejection.code == "counter.full");
    CHECK(f.events().empty());
  }

  TEST_CASE("a keyed command sent again gets the first answer, whatever happened since") {
    CommandFixture f;
    auto dispatcher = f.make();
    REQUIRE(dispatcher.execute(add("c1", 60), {.id = f.id(1)})->kind == Kind::accepted);
    REQUIRE(dispatcher.execute(add("c1", 60), {.id = f.id(2)})->kind == Kind::rejected);
    REQUIRE(dispatcher
                .execute([] {
                  counter::v1::Reset reset;
                  reset.set_counter_id("c1");
                  return reset;
                }())
                ->kind == Kind::accepted);
    const auto again = dispatcher.execute(add("c1", 60), {.id = f.id(1)});
    REQUIRE(again);
    CHECK(again->repeated);
    CHECK(again->kind == Kind::accepted);
    CHECK(again->position == Position(1));
    CHECK(again->version == StreamVersion(1));
    // Now it would fit, but it was refused before.
    const auto refused = dispatcher.execute(add("c1", 60), {.id = f.id(2)});
    REQUIRE(refused);
    CHECK(refused->repeated);
    CHECK(refused->kind == Kind::rejected);
    CHECK(refused->rejection.code == "counter.full");
    CHECK(refused->rejection.detail == "at most 100");
    CHECK(f.events().size() == 2);
  }

  TEST_CASE("a command without a key needs no row of its own in the log") {
    CommandFixture f;
    auto dispatcher = f.make();
    REQUIRE(dispatcher.execute(add("c1", 5)));
    REQUIRE(dispatcher.execute(add("c1", 5), {.id = f.id(1)}));
    const auto events = f.events();
    CHECK(events[0].metadata().append_id.uuid() == events[0].metadata().event_id.uuid());
    CHECK(f.store->find_append(events[0].metadata().append_id)->last == Position(1));
    CHECK(events[1].metadata().append_id.uuid() != events[1].metadata().event_id.uuid());
  }

  TEST_CASE("a decision does not see an event that was skipped since") {
    CommandFixture f;
    auto dispatcher = f.make();
    REQUIRE(dispatcher.execute(add("c1", 60))->kind == Kind::accepted);
    REQUIRE(dispatcher.execute(add("c1", 60))->kind == Kind::rejected);
    const auto skip = [&](bool skipped) {
      REQUIRE(f.store
                  ->change({.what = store::SkipEvent{.event = f.events()[0].metadata().event_id,
                                                     .skipped = skipped},
                            .who = "ann",
                            .reason = "a mistake"})
                  .has_value());
    };
    skip(true);
    CHECK(dispatcher.execute(add("c1", 60))->kind == Kind::accepted);
    skip(false);
    CHECK(dispatcher.execute(add("c1", 1))->kind == Kind::rejected);
  }

  TEST_CASE("another dispatcher on the same store gives the same answer") {
    CommandFixture f;
    auto first = f.make();
    auto second = f.make();
    REQUIRE(first.execute(add("c1", 60), {.id = f.id(1)})->kind == Kind::accepted);
    const auto again = second.execute(add("c1", 60), {.id = f.id(1)});
    REQUIRE(again);
    CHECK(again->repeated);
    CHECK(f.events().size() == 1);
  }

  TEST_CASE("a command that was overtaken is decided again on the new state") {
    CommandFixture f;
    auto first = f.make();
    auto second = f.make();
    REQUIRE(first.execute(add("c1", 10)));
    auto pending = first.submit({.type = "counter.v1.Add", .data = serialize(add("c1", 50))});
    auto overtaking = second.submit({.type = "counter.v1.Add", .data = serialize(add("c1", 60))});
    std::optional<Result<Outcome, command::CommandError>> a, b;
    for (int step = 0; step < 1000 && (!a || !b); ++step) {
      if (!a) a = pending.poll();
      if (!b) b = overtaking.poll();
      f.clock.advance(std::chrono::milliseconds(1));
    }
    REQUIRE(a);
    REQUIRE(b);
    CHECK((*a)->kind == Kind::accepted);
    CHECK((*b)->kind == Kind::rejected);  // 10 + 50 + 60 is more than 100
    CHECK(f.events().size() == 2);
  }

  TEST_CASE("a command that loses every race is contended, and nothing is stored") {
    CommandFixture f;
    auto slow = f.make({.attempts_max = 3});
    auto fast = f.make();
    command::CommandMessage message{.type = "counter.v1.Add", .data = serialize(add("c1", 1))};
    int decisions = 0;
    message.companions = [&](const Outcome&) {  // called between the decision and its append
      ++decisions;
      REQUIRE(fast.execute(add("c1", 0)));
      return std::vector<store::StreamWrite>();
    };
    auto pending = slow.submit(std::move(message));
    std::optional<Result<Outcome, command::CommandError>> outcome;
    for (int step = 0; step < 1000 && !outcome; ++step) {
      outcome = pending.poll();
      f.clock.advance(std::chrono::milliseconds(100));
    }
    REQUIRE(outcome);
    REQUIRE_FALSE(outcome->has_value());
    CHECK(outcome->error().code == "command.contended");
    CHECK(decisions == 3);
    CHECK(f.events().size() == 3);
  }

  TEST_CASE("threads that share an aggregate all get through, one after the other") {
    const SystemClock clock;
    SystemRandom random;
    const auto store = store::SqliteStore::open({.file = ":memory:"}, clock, random);
    const auto model = command::aggregate_model<counter::v1::Counter>();
    Catalogue catalogue;
    for (const auto* event : model->events()) catalogue.add(*event);
    Dispatcher dispatcher(*store, catalogue, {model.get()}, clock, random, {.attempts_max = 1000});
    std::atomic<int> accepted{0};
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
          for (int i = 0; i < 12; ++i) {
            const auto outcome = dispatcher.execute(add("c1", 1));
            if (outcome && outcome->kind == Kind::accepted) ++accepted;
          }
        });
      }
    }
    CHECK(accepted == 96);
    CHECK(store->stream_version(StreamId("counter", "c1")) == StreamVersion(96));
  }

  TEST_CASE("companions are stored with the outcome, a rejection too, and only once") {
    CommandFixture f;
    auto dispatcher = f.make();
    const StreamId journal("journal", "j1");
    const auto with_companion = [&](std::int64_t amount, std::uint64_t n) {
      command::CommandMessage message{.type = "counter.v1.Add",
                                      .data = serialize(add("c1", amount))};
      message.options.id = f.id(n);
      message.companions = [&, n](const Outcome& outcome) {
        NewEvent event{.event_id = EventId(f.id(1000 + n).uuid()),
                       .type = outcome.kind == Kind::rejected ? "Refused" : "Done",
                       .event_time = f.clock.now()};
        return std::vector<store::StreamWrite>{{.stream = journal, .events = {event}}};
      };
      return dispatcher.execute(std::move(message));
    };
    REQUIRE(with_companion(60, 1)->kind == Kind::accepted);
    REQUIRE(with_companion(60, 2)->kind == Kind::rejected);
    REQUIRE(with_companion(60, 2)->repeated);
    const auto events = f.events();
    REQUIRE(events.size() == 3);
    CHECK(events[1].type() == "Done");
    CHECK(events[2].type() == "Refused");
    CHECK(f.store->stream_version(journal) == StreamVersion(2));
  }

  TEST_CASE("a companion that is not as expected refuses the whole command") {
    CommandFixture f;
    auto dispatcher = f.make();
    command::CommandMessage message{.type = "counter.v1.Add", .data = serialize(add("c1", 1))};
    message.companions = [](const Outcome&) {
      return std::vector<store::StreamWrite>{
          {.stream = StreamId("journal", "j1"), .expected = store::ExpectedState::exists()}};
    };
    const auto outcome = dispatcher.execute(std::move(message));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == "command.companion_conflict");
    CHECK(f.events().empty());
  }

  TEST_CASE("what cannot be carried out says why") {
    CommandFixture f;
    auto dispatcher = f.make();
    CHECK(dispatcher.execute({.type = "no.Such", .data = ""}).error().code ==
          "command.unknown_type");
    CHECK(dispatcher.execute({.type = "counter.v1.Add", .data = "\xff"}).error().code ==
          "command.bad_bytes");
    CHECK(dispatcher.execute(add("", 1)).error().code == "command.bad_stream");
    counter::v1::Misbehave misbehave;
    misbehave.set_counter_id("c1");
    const auto foreign = dispatcher.execute(misbehave);
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().code == "command.foreign_event");
    CHECK(f.events().empty());
  }

  TEST_CASE("history under older names and forms is read as it is written today") {
    CommandFixture f;
    counter::v1::AddedV1 old;
    old.set_units(40);
    counter::v1::Added renamed;
    renamed.set_amount(50);
    f.store_raw("counter.v1.AddedV1", old);
    f.store_raw("counter.v1.Increased", renamed);
    CHECK(f.make().execute(add("c1", 11))->kind == Kind::rejected);
    CHECK(f.make().execute(add("c1", 10))->kind == Kind::accepted);
  }

  TEST_CASE("history that nobody can read is a failure that names type and stream") {
    CommandFixture f;
    f.store_raw("counter.v1.Stranger", counter::v1::Stranger());
    auto dispatcher = f.make();
    try {
      static_cast<void>(dispatcher.execute(add("c1", 1)));
      FAIL("it was decided on a history that was not read");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "command.unreadable_history");
      CHECK(failure.message().find("counter.v1.Stranger") != std::string::npos);
      CHECK(failure.message().find("counter-c1") != std::string::npos);
    }
  }

  TEST_CASE("lines keep the order of each stream and name the origin of what cannot be done") {
    CommandFixture f;
    auto dispatcher = f.make();
    command::CommandLines lines(dispatcher);
    for (std::uint64_t n = 0; n < 30; ++n) {
      command::CommandMessage message{
          .type = "counter.v1.Add",
          .data = serialize(add("c" + std::to_string(n % 3), static_cast<std::int64_t>(n)))};
      message.options.id = f.id(n);
      lines.add(std::move(message), n);
    }
    for (int step = 0; step < 1000 && !lines.poll(); ++step) {
      f.clock.advance(std::chrono::milliseconds(1));
    }
    CHECK(lines.size() == 0);
    std::map<std::string, std::int64_t> last;
    for (const auto& event : f.events()) {
      counter::v1::Added added;
      REQUIRE(added.ParseFromArray(event.data().data(), static_cast<int>(event.data().size())));
      auto& newest = last[std::string(event.metadata().stream)];
      CHECK(newest <= added.amount());
      newest = added.amount();
    }
    const auto refused = lines.take_refused();
    CHECK_FALSE(refused.empty());
    CHECK(refused.front().code == "counter.full");
    CHECK_THROWS(lines.add({.type = "no.Such", .data = {}, .options = {.id = f.id(99)}}, 99));
  }

  TEST_CASE("an aggregate whose own code throws fails the command and nobody else's") {
    CommandFixture f;
    const auto fragile = command::aggregate_model<fragile::Fragile>();
    Dispatcher dispatcher(*f.store, f.catalogue, {fragile.get()}, f.clock, f.random);
    const auto crashed = dispatcher.execute(add("a", 1));
    REQUIRE_FALSE(crashed);
    CHECK(crashed.error().code == "command.crashed");
    CHECK(crashed.error().message == "cannot decide on a 1");
    CHECK(f.events().empty());
    // Once its events are stored the command is carried out, whatever they do to the next one.
    CHECK(dispatcher.execute(add("b", 2))->kind == Kind::accepted);
    CHECK(dispatcher.execute(add("b", 3)).error().code == "command.crashed");
    CHECK(dispatcher.execute(add("c", 3))->kind == Kind::accepted);
    CHECK(f.events().size() == 2);
  }

  TEST_CASE("history whose upcast throws fails the commands of its aggregate") {
    CommandFixture f;
    counter::v1::AddedV1 old;
    old.set_units(-1);
    f.store_raw("counter.v1.AddedV1", old);
    auto dispatcher = f.make();
    const auto crashed = dispatcher.execute(add("c1", 1));
    REQUIRE_FALSE(crashed);
    CHECK(crashed.error().code == "command.crashed");
    CHECK(crashed.error().message.find("units below zero") != std::string::npos);
    CHECK(dispatcher.execute(add("c2", 1))->kind == Kind::accepted);
  }

  TEST_CASE("lines name the origin of a command whose decision threw") {
    CommandFixture f;
    const auto fragile = command::aggregate_model<fragile::Fragile>();
    Dispatcher dispatcher(*f.store, f.catalogue, {fragile.get()}, f.clock, f.random);
    command::CommandLines lines(dispatcher);
    for (std::uint64_t n = 0; n < 3; ++n) {
      command::CommandMessage message{
          .type = "counter.v1.Add",
          .data = serialize(add("c" + std::to_string(n), n == 2 ? 1 : 5))};
      message.options.id = f.id(n);
      lines.add(std::move(message), n);
    }
    CHECK_THROWS([&] {
      while (!lines.poll()) f.clock.advance(std::chrono::milliseconds(1));
    }());
    CHECK(lines.failed_origin() == 2);
  }

  TEST_CASE("under normal durability lines are done when their outcome is synced") {
    CommandFixture f;
    f.store = store::SqliteStore::open(
        {.file = ":memory:", .durability = store::Durability::normal}, f.clock, f.random);
    auto dispatcher = f.make();
    command::CommandLines lines(dispatcher);
    command::CommandMessage message{.type = "counter.v1.Add", .data = serialize(add("c1", 1))};
    message.options.id = f.id(1);
    lines.add(std::move(message), 1);
    for (int look = 0; look < 10; ++look) CHECK_FALSE(lines.poll());
    CHECK(lines.size() == 0);
    f.store->maintain();
    CHECK(lines.poll());
  }
}
