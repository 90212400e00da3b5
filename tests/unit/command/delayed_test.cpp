#include <doctest/doctest.h>

#include <functional>
#include <utility>

#include "command_fixture.hpp"
#include "contract/store/forwarding_engine.hpp"
#include "failure_code.hpp"

using namespace tidemark;
using command::DelayedCommand;
using command::DelayedJournal;
using counter::v1::add;
using test::failure_code;
using State = DelayedCommand::State;

namespace {

const UtcTime tomorrow = UtcTime::from_micros(1'795'323'762'000'000);

const std::string& code_of(const Result<DelayedCommand, command::CommandError>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

/// A log in which something happens behind the first look at a stream.
class BetweenReads final : public store::ForwardingEngine {
 public:
  BetweenReads(std::unique_ptr<store::StoreEngine> inner,
               std::function<void(store::EventStore&)> happens)
      : Forwarding(std::move(inner)), happens_(std::move(happens)) {}
  store::ReadEnd read_stream(const store::StreamQuery& query,
                             const store::Visitor& visit) override {
    const auto end = inner().read_stream(query, visit);
    if (const auto happens = std::exchange(happens_, nullptr)) happens(inner());
    return end;
  }

 private:
  std::function<void(store::EventStore&)> happens_;
};

}  // namespace

TEST_SUITE("command/delayed") {
  TEST_CASE("a delayed command is kept with all that was said of it") {
    CommandFixture f;
    auto dispatcher = f.make();
    const command::CommandOptions options{.id = f.id(1),
                                          .event_time = UtcTime::from_micros(5),
                                          .correlation_id = "talk",
                                          .causation_id = "letter",
                                          .traceparent = "00-1",
                                          .tenant = "t1"};
    const auto scheduled = dispatcher.schedule(add("c1", 5), tomorrow, options);
    REQUIRE(scheduled);
    CHECK(scheduled->state == State::waiting);
    const auto found = f.make().find_delayed(f.id(1));
    REQUIRE(found);
    CHECK(found->id == f.id(1));
    CHECK(found->due == tomorrow);
    CHECK(found->type == "counter.v1.Add");
    CHECK(found->data == serialize(add("c1", 5)));
    CHECK(found->stream == "counter-c1");
    CHECK(found->options.id == f.id(1));
    CHECK(found->options.event_time == options.event_time);
    CHECK(found->options.correlation_id == "talk");
    CHECK(found->options.causation_id == "letter");
    CHECK(found->options.traceparent == "00-1");
    CHECK(found->options.tenant == "t1");
    CHECK(f.events()[0].metadata().stream == "$delayed-" + to_string(f.id(1)));
  }

  TEST_CASE("scheduling the same id again answers what was scheduled first") {
    CommandFixture f;
    auto dispatcher = f.make();
    REQUIRE(dispatcher.schedule(add("c1", 5), tomorrow, {.id = f.id(1)}));
    const auto again = dispatcher.schedule(add("c2", 6), UtcTime(), {.id = f.id(1)});
    REQUIRE(again);
    CHECK(again->due == tomorrow);
    CHECK(again->stream == "counter-c1");
    CHECK(f.events().size() == 1);
  }

  TEST_CASE("a command that nobody takes is refused when it is scheduled") {
    CommandFixture f;
    auto dispatcher = f.make();
    CHECK(code_of(dispatcher.schedule(counter::v1::Stranger(), tomorrow)) ==
          "command.unknown_type");
    CHECK(code_of(dispatcher.schedule(add("", 5), tomorrow)) == "command.bad_stream");
    CHECK(code_of(dispatcher.schedule({.type = "counter.v1.Add", .data = "\xff"}, tomorrow)) ==
          "command.bad_bytes");
    CHECK(f.events().empty());
  }

  TEST_CASE("a command that is too large to be kept is refused") {
    CommandFixture f;
    const std::string long_text(2'000'000, 'x');
    CHECK(code_of(f.make().schedule(add("c1", 5), tomorrow, {.causation_id = long_text})) ==
          "command.limit");
  }

  TEST_CASE("what was cancelled stays so, and cancelling it again changes nothing") {
    CommandFixture f;
    auto dispatcher = f.make();
    REQUIRE(dispatcher.schedule(add("c1", 5), tomorrow, {.id = f.id(1)}));
    REQUIRE(dispatcher.cancel(f.id(1), {.by = "ann", .reason = "no"})->state == State::cancelled);
    REQUIRE(dispatcher.cancel(f.id(1))->state == State::cancelled);
    CHECK(dispatcher.schedule(add("c1", 5), tomorrow, {.id = f.id(1)})->state == State::cancelled);
    CHECK(f.events().size() == 2);
    CHECK(code_of(dispatcher.cancel(f.id(2))) == "command.not_scheduled");
  }

  TEST_CASE("what ran can be neither cancelled nor tried again") {
    CommandFixture f;
    auto dispatcher = f.make();
    DelayedJournal journal(*f.store, f.clock);
    const auto scheduled = dispatcher.schedule(add("c1", 5), tomorrow, {.id = f.id(1)});
    REQUIRE(scheduled);
    REQUIRE(f.store->append(journal.settled(
        *scheduled, {.kind = command::Outcome::Kind::rejected,
                     .stream = StreamId("counter", "c1"),
                     .rejection = {.code = "counter.full", .detail = "at most 100"}})));
    CHECK(code_of(dispatcher.cancel(f.id(1))) == "command.has_run");
    CHECK(code_of(journal.retry(f.id(1))) == "command.not_failed");
    const auto found = dispatcher.find_delayed(f.id(1));
    CHECK(found->state == State::done);
    CHECK(found->kind == command::Outcome::Kind::rejected);
    CHECK(found->rejection.code == "counter.full");
    CHECK(found->rejection.detail == "at most 100");
  }

  TEST_CASE("what failed waits for a person who tries it again, schedules it anew or cancels it") {
    CommandFixture f;
    auto dispatcher = f.make();
    DelayedJournal journal(*f.store, f.clock);
    const auto fail = [&](const CommandId& id) {
      const auto known = journal.find(id);
      REQUIRE(f.store->append(journal.failed(
          *known, {.code = "command.crashed", .message = "it threw", .hint = "mend it"})));
      CHECK(journal.find(id)->state == State::failed);
      CHECK(journal.find(id)->problem.code == "command.crashed");
    };
    REQUIRE(dispatcher.schedule(add("c1", 5), tomorrow, {.id = f.id(1)}));
    fail(f.id(1));
    REQUIRE(journal.retry(f.id(1), {.by = "ann", .reason = "mended"})->state == State::waiting);
    CHECK(journal.find(f.id(1))->retried_by == "ann");
    CHECK(journal.find(f.id(1))->retry_reason == "mended");
    CHECK(journal.find(f.id(1))->due == f.clock.now());
    fail(f.id(1));
    REQUIRE(dispatcher.schedule(add("c1", 6), tomorrow, {.id = f.id(1)})->state == State::waiting);
    CHECK(journal.find(f.id(1))->due == tomorrow);
    CHECK(journal.find(f.id(1))->data == serialize(add("c1", 6)));
    fail(f.id(1));
    CHECK(dispatcher.cancel(f.id(1))->state == State::cancelled);
    CHECK(code_of(journal.retry(f.id(2))) == "command.not_scheduled");
  }

  TEST_CASE("of two who act on the same record one wins, and the other looks again") {
    CommandFixture f;
    DelayedJournal journal(*f.store, f.clock);
    const auto scheduled = f.make().schedule(add("c1", 5), tomorrow, {.id = f.id(1)});
    REQUIRE(scheduled);
    REQUIRE(journal.cancel(f.id(1)));
    const auto late =
        f.store->append(journal.settled(*scheduled, {.stream = StreamId("counter", "c1")}));
    REQUIRE_FALSE(late.has_value());
    CHECK(std::holds_alternative<store::Conflict>(late.error()));
  }

  TEST_CASE(
      "an id whose records were deleted may be scheduled anew, but not when it was for ever") {
    CommandFixture f;
    auto dispatcher = f.make();
    const auto scheduled = dispatcher.schedule(add("c1", 5), tomorrow, {.id = f.id(1)});
    REQUIRE(scheduled);
    const auto remove = [&](store::Deletion deletion) {
      REQUIRE(
          f.store->change({.what = store::DeleteStream{.stream = StreamId(command::delayed_category,
                                                                          to_string(f.id(1))),
                                                       .deletion = deletion},
                           .who = "ann",
                           .reason = "asked for"}));
      CHECK_FALSE(dispatcher.find_delayed(f.id(1)).has_value());
    };
    remove(store::Deletion::soft);
    REQUIRE(dispatcher.schedule(add("c1", 7), tomorrow, {.id = f.id(1)}));
    CHECK(dispatcher.find_delayed(f.id(1))->data == serialize(add("c1", 7)));
    remove(store::Deletion::hard);
    CHECK(code_of(dispatcher.schedule(add("c1", 7), tomorrow, {.id = f.id(1)})) ==
          "command.stream_deleted");
  }

  TEST_CASE("a record that this version cannot read stops whoever needs it and names it") {
    CommandFixture f;
    const StreamId stream(command::delayed_category, to_string(f.id(1)));
    REQUIRE(f.store->append({.id = AppendId(f.id(3).uuid()),
                             .streams = {{.stream = stream,
                                          .events = {{.event_id = EventId(f.id(3).uuid()),
                                                      .type = "tidemark.command.v9.Postponed",
                                                      .event_time = f.clock.now()}}}}}));
    CHECK(failure_code([&] { static_cast<void>(f.make().find_delayed(f.id(1))); }) ==
          "command.unreadable_delay");
  }

  TEST_CASE("a command that a person cancels while it is scheduled again stays cancelled") {
    CommandFixture f;
    const auto id = f.id(1);
    DelayedJournal journal(*f.store, f.clock);
    auto failed = f.make().schedule(add("c1", 5), tomorrow, {.id = id}).value();
    REQUIRE(f.store->append(journal.failed(failed, {.code = "test.down"})));
    // Between the look at what it is and the record that goes behind it.
    BetweenReads log(std::move(f.store), [&](store::EventStore& store) {
      REQUIRE(DelayedJournal(store, f.clock).cancel(id, {.by = "ann", .reason = "no"}));
    });
    const auto again = DelayedJournal(log, f.clock).schedule(failed);
    REQUIRE(again);
    CHECK(again->state == State::cancelled);
    CHECK(DelayedJournal(log, f.clock).find(id)->state == State::cancelled);
  }

  TEST_CASE("a command with a long history is as its last record says") {
    CommandFixture f;
    DelayedJournal journal(*f.store, f.clock);
    auto command = f.make().schedule(add("c1", 5), tomorrow, {.id = f.id(1)}).value();
    for (int record = 0; record < 1'005; ++record) {
      REQUIRE(f.store->append(journal.failed(command, {.code = "test.down"})));
      command.version = command.version.next();
    }
    CHECK(journal.find(f.id(1))->version == command.version);
    REQUIRE(journal.retry(f.id(1), {.by = "ann", .reason = "mended"}));
    CHECK(journal.find(f.id(1))->state == State::waiting);
  }
}
