#include <doctest/doctest.h>

#include "operated_world.hpp"
#include "tidemark/saga/delayed_worker.hpp"

using namespace admin_test;

namespace {

/// An application with one delayed command that waits, one that was rejected, and one that could
/// not be carried out.
struct DelayedWorld : OperatedWorld {
  DelayedWorld() {
    for (const auto* type : command::delayed_types()) catalogue.add(*type);
    auto fed = std::make_unique<Fed>(Fed{.file = open(saga::delayed_index_file)});
    saga::DelayedIndex::create(fed->file);
    fed->handler = std::make_unique<saga::DelayedIndexHandler>();
    feed(std::move(fed), "delayed index");
    delayed_index = std::make_unique<sqlite::Database>(open(saga::delayed_index_file));
    runner = std::make_unique<saga::DelayedWorker>(
        saga::DelayedWorker::Surroundings{.store = *store,
                                          .dispatcher = *dispatcher,
                                          .index = *delayed_index,
                                          .clock = clock,
                                          .log = observe::Logger(log, clock)});
    workers.push_back(runner.get());
    schedule(counter::v1::add("w", 5), clock.now() + std::chrono::hours(1), 1);
    schedule(counter::v1::add("r", 101), clock.now(), 2);
    counter::v1::Misbehave misbehave;
    misbehave.set_counter_id("f");
    schedule(misbehave, clock.now(), 3);
    settle();
  }
  void schedule(const google::protobuf::Message& command, UtcTime due, std::uint64_t n) {
    REQUIRE(dispatcher->schedule(command, due, {.id = id(n)}));
  }
  static CommandId id(std::uint64_t n) {
    SeededRandom of_n(n);
    return CommandId(Uuid::version7(UtcTime(), of_n));
  }
  static std::string name(std::uint64_t n) { return to_string(id(n)); }

  std::unique_ptr<sqlite::Database> delayed_index;
  std::unique_ptr<saga::DelayedWorker> runner;
};

}  // namespace

TEST_SUITE("admin/delayed_verbs") {
  TEST_CASE("delayed commands are listed with when they are due and what became of them") {
    DelayedWorld world;
    const auto all = world.run({"delayed", "list", "--json"});
    CHECK(contains(all.out, R"("type":"counter.v1.Add","stream":"counter-w","state":"waiting")"));
    CHECK(contains(all.out, R"("state":"done","code":"counter.full")"));
    CHECK(contains(all.out, R"("state":"failed","code":"command.foreign_event")"));
    CHECK(contains(world.run({"delayed", "list", "--state", "failed"}).out, world.name(3)));
    CHECK_FALSE(contains(world.run({"delayed", "list", "--state", "failed"}).out, world.name(1)));
    CHECK(world.run({"delayed", "list", "--overdue"}).out == "no delayed commands\n");
    world.clock.advance(std::chrono::hours(2));
    CHECK(contains(world.run({"delayed", "list", "--overdue"}).out, world.name(1)));
  }

  TEST_CASE("one is shown with its payload and its outcome") {
    DelayedWorld world;
    const auto rejected = world.run({"delayed", "show", world.name(2)});
    CHECK(contains(rejected.out, "101"));
    CHECK(contains(rejected.out, "counter.full"));
    CHECK(contains(world.run({"delayed", "show", world.name(3)}).out, "command.foreign_event"));
    CHECK(contains(world.run({"delayed", "show", world.name(4)}).err, "command.not_scheduled"));
    CHECK(contains(world.run({"delayed", "show", "nonsense"}).err, "command.not_scheduled"));
  }

  TEST_CASE("one that waits is cancelled and never runs") {
    DelayedWorld world;
    const auto ran = world.change({"delayed", "cancel", world.name(1)});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, world.name(1) + " is cancelled"));
    world.clock.advance(std::chrono::hours(2));
    world.settle();
    CHECK(world.store->stream_version(StreamId("counter", "w")) == StreamVersion());
    CHECK(contains(world.run({"delayed", "list", "--state", "cancelled"}).out, "a test (ann, op"));
    CHECK(contains(world.change({"delayed", "cancel", world.name(2)}).out, "command.has_run"));
  }

  TEST_CASE("one that could not be carried out is tried again") {
    DelayedWorld world;
    const auto stream = StreamId(command::delayed_category, world.name(3));
    REQUIRE(world.store->stream_version(stream) == StreamVersion(2));
    CHECK(world.change({"delayed", "retry", world.name(3)}).code == 0);
    world.settle();
    // Scheduled again, and failed again: nobody mended it.
    CHECK(world.store->stream_version(stream) == StreamVersion(4));
    CHECK(contains(world.change({"delayed", "retry", world.name(2)}).out, "command.not_failed"));
  }

  TEST_CASE("a retry that is carried out again after a crash changes nothing more") {
    DelayedWorld world;
    const admin::Operation operation{.id = world.id(9).uuid(),
                                     .verb = "delayed retry",
                                     .arguments = {{"command", world.name(3)}},
                                     .by = "ann",
                                     .reason = "mended",
                                     .expires_at = world.clock.now()};
    CHECK(world.operations.execute(operation)->ok);
    world.settle();
    CHECK(world.operations.execute(operation)->ok);
    CHECK(world.store->stream_version(StreamId(command::delayed_category, world.name(3))) ==
          StreamVersion(4));
  }

  TEST_CASE("a change that would be refused is foretold") {
    DelayedWorld world;
    const auto dry = [&](const char* verb, const std::string& id) {
      return world.run({"delayed", verb, id, "--reason", "a test", "--dry-run"});
    };
    CHECK(dry("cancel", world.name(1)).code == 0);
    CHECK(dry("retry", world.name(3)).code == 0);
    CHECK(dry("retry", world.name(1)).code != 0);
    CHECK(dry("cancel", world.name(2)).code != 0);
    CHECK(dry("cancel", world.name(4)).code != 0);
  }

  TEST_CASE("the doctor tells of those that failed and of those that should have run") {
    DelayedWorld world;
    CHECK(contains(world.run({"doctor"}).out, "delayed.failed"));
    CHECK_FALSE(contains(world.run({"doctor"}).out, "delayed.overdue"));
    world.clock.advance(std::chrono::hours(2));
    CHECK(contains(world.run({"doctor"}).out, "delayed.overdue"));
  }

  TEST_CASE("without an index the list says what to do") {
    World world;
    world.store_manifest();
    CHECK(contains(world.run({"delayed", "list"}).err, "delayed.no_index"));
  }

  TEST_CASE("what could not be carried out is said in the log with what to do") {
    DelayedWorld world;
    const auto lines = world.log->lines("delayed.failed");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].field("command") == world.name(3));
    CHECK(lines[0].field("code") == "command.foreign_event");
    CHECK(contains(lines[0].field("hint").value(), "delayed retry"));
  }
}
