#include "tidemark/admin/operation_worker.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "admin_world.hpp"
#include "tidemark/admin/operation_client.hpp"
#include "tidemark/base/failure.hpp"

using namespace admin_test;
using admin::OperationState;

namespace {

/// Does what it is told to, and counts.
struct Target final : admin::OperationTarget {
  std::optional<admin::OperationOutcome> execute(const admin::Operation& operation) override {
    asked.push_back(operation.verb);
    if (failures > 0) {
      --failures;
      throw Failure({.code = "disk.full", .message = "no room", .retryable = retryable});
    }
    if (steps > 0) {
      --steps;
      return std::nullopt;
    }
    return admin::OperationOutcome{.ok = true, .message = "done by the target"};
  }
  std::vector<std::string> asked;
  int steps = 0;  ///< before it is done
  int failures = 0;
  bool retryable = true;
};

struct Operated : World {
  Uuid ask(const std::string& verb, Micros valid_for = std::chrono::seconds(10)) {
    clock.advance(std::chrono::milliseconds(5));
    return client.request({.verb = verb, .by = "ann", .reason = "a test"}, valid_for);
  }
  /// Steps until there is nothing to do.
  void settle(admin::OperationWorker& worker) {
    for (int i = 0; i < 100; ++i) {
      try {
        if (worker.step().did == runtime::Step::Did::nothing) return;
      } catch (const Failure& failure) {
        if (!failure.retryable()) throw;
      }
    }
    FAIL("the worker does not come to rest");
  }
  admin::OperationRecord look(const Uuid& id) { return client.look(id); }

  admin::OperationClient client{*store, clock, random};
  Target target;
};

}  // namespace

TEST_SUITE("admin/operation_worker") {
  TEST_CASE("each operation is carried out once, in the order in which it was asked for") {
    Operated world;
    admin::OperationWorker worker(*world.store, world.target, world.clock);
    const auto first = world.ask("one");
    const auto second = world.ask("two");
    world.settle(worker);
    CHECK(world.target.asked == std::vector<std::string>{"one", "two"});
    CHECK(world.look(first).state == OperationState::finished);
    CHECK(world.look(second).outcome.message == "done by the target");
    world.settle(worker);
    CHECK(world.target.asked.size() == 2);
    CHECK(worker.report().done == 2);
  }

  TEST_CASE("a restart carries out what was asked for meanwhile, and nothing twice") {
    Operated world;
    {
      admin::OperationWorker worker(*world.store, world.target, world.clock);
      world.ask("one");
      world.settle(worker);
    }
    const auto second = world.ask("two");
    admin::OperationWorker worker(*world.store, world.target, world.clock);
    world.settle(worker);
    CHECK(world.target.asked == std::vector<std::string>{"one", "two"});
    CHECK(world.look(second).state == OperationState::finished);
  }

  TEST_CASE("one that was begun when the process died is gone on with") {
    Operated world;
    world.target.steps = 1000;
    const auto id = world.ask("long");
    {
      admin::OperationWorker worker(*world.store, world.target, world.clock);
      for (int i = 0; i < 10; ++i) (void)worker.step();
    }
    CHECK(world.look(id).state == OperationState::started);
    world.target.steps = 0;
    world.clock.advance(std::chrono::hours(1));
    admin::OperationWorker worker(*world.store, world.target, world.clock);
    world.settle(worker);
    CHECK(world.look(id).outcome.ok);
  }

  TEST_CASE("what was asked for too long ago is refused") {
    Operated world;
    const auto id = world.ask("late");
    world.clock.advance(std::chrono::minutes(1));
    admin::OperationWorker worker(*world.store, world.target, world.clock);
    world.settle(worker);
    CHECK(world.look(id).outcome.code == "operation.expired");
    CHECK(world.target.asked.empty());
  }

  TEST_CASE("what was taken back is not done, and what was begun cannot be taken back") {
    Operated world;
    const auto back = world.ask("back");
    CHECK(world.client.withdraw(back, "ann").state == OperationState::withdrawn);
    world.target.steps = 1000;
    const auto begun = world.ask("begun");
    admin::OperationWorker worker(*world.store, world.target, world.clock);
    for (int i = 0; i < 20; ++i) (void)worker.step();
    CHECK(world.client.withdraw(begun, "ann").state == OperationState::started);
    CHECK(world.look(back).state == OperationState::withdrawn);
    CHECK(std::ranges::count(world.target.asked, "back") == 0);
  }

  TEST_CASE("a retryable failure is tried again, five times at most") {
    Operated world;
    admin::OperationWorker worker(*world.store, world.target, world.clock);
    world.target.failures = 2;
    const auto mended = world.ask("mended");
    world.settle(worker);
    CHECK(world.look(mended).outcome.ok);
    world.target.failures = 100;
    const auto broken = world.ask("broken");
    world.settle(worker);
    CHECK(world.look(broken).outcome.code == "disk.full");
    CHECK(world.target.failures == 95);
  }

  TEST_CASE("another failure is the outcome") {
    Operated world;
    admin::OperationWorker worker(*world.store, world.target, world.clock);
    world.target.failures = 1;
    world.target.retryable = false;
    const auto id = world.ask("broken");
    world.settle(worker);
    CHECK(world.look(id).outcome.code == "disk.full");
    CHECK(world.target.asked.size() == 1);
  }

  TEST_CASE("hundreds of old operations do not hide a new one") {
    Operated world;
    admin::OperationWorker worker(*world.store, world.target, world.clock);
    for (int i = 0; i < 250; ++i) (void)world.client.withdraw(world.ask("old"), "ann");
    for (int i = 0; i < 10; ++i) (void)worker.step();
    world.clock.advance(std::chrono::hours(3));
    for (int i = 0; i < 10; ++i) (void)worker.step();
    const auto id = world.ask("new");
    world.settle(worker);
    CHECK(world.look(id).state == OperationState::finished);
    CHECK(admin::newest_operations(*world.store, 1).at(0).operation.id == id);
  }
}
