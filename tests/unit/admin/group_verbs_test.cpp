#include <doctest/doctest.h>

#include "operated_world.hpp"
#include "tidemark/feed/consumer_group.hpp"

using namespace admin_test;

namespace {

/// An application beside which a group works that cannot take the second event of "p".
struct GroupWorld : OperatedWorld {
  bool is_mended = false;
  int handled = 0;
  feed::ConsumerGroupWorker member{
      *store,
      {.name = "billing", .events = {.category = "counter"}, .lanes = 4, .retry = {.attempts = 1}},
      [this](const EventView& event, const feed::GroupTurn&) {
        if (!is_mended && event.metadata.stream == "counter-p" &&
            event.metadata.version == StreamVersion(2)) {
          throw std::runtime_error("no price for it");
        }
        ++handled;
      },
      clock,
      random};

  GroupWorld() {
    workers.push_back(&member);
    note();
  }
  /// Lets the member work and note what it did.
  void note() {
    for (int second = 0; second < 3; ++second) {
      settle();
      clock.advance(std::chrono::seconds(1));
    }
    settle();
  }
  std::string failed() {
    return std::to_string(
        feed::ConsumerGroupDesk(*store).show("billing")->parked.at(0).failed.value());
  }
};

}  // namespace

TEST_SUITE("admin/group_verbs") {
  TEST_CASE("groups are listed with how far they are and what waits") {
    CHECK(OperatedWorld().run({"group", "list"}).out == "no consumer groups\n");
    GroupWorld world;
    const auto list = world.run({"group", "list", "--json"});
    CHECK(contains(list.out, R"("group":"billing","members":1,"lanes":4)"));
    CHECK(contains(list.out, "1, 1 of them for a person"));
    const auto shown = world.run({"group", "show", "billing"});
    CHECK(contains(shown.out, "counter-p"));
    CHECK(contains(shown.out, "no price for it"));
    CHECK(contains(shown.out, "a person"));
    CHECK(contains(world.run({"group", "show", "nobody"}).err, "group.unknown"));
  }

  TEST_CASE("a parked key is tried again") {
    GroupWorld world;
    CHECK(
        contains(world.change({"group", "retry", "billing", "counter-a"}).out, "group.not_parked"));
    CHECK(contains(world.change({"group", "retry", "nobody", "counter-p"}).err, "group.unknown"));
    world.is_mended = true;
    CHECK(contains(world.change({"group", "retry", "billing", "counter-p"}).out,
                   "counter-p is tried again"));
    world.note();
    CHECK_FALSE(contains(world.run({"group", "show", "billing"}).out, "no price for it"));
  }

  TEST_CASE("the event that a key waits for is dropped by its position") {
    GroupWorld world;
    CHECK(contains(world.change({"group", "drop", "billing", "counter-p", "1"}).out,
                   "group.other_event"));
    const auto dry =
        world.change({"group", "drop", "billing", "counter-p", world.failed(), "--dry-run"});
    CHECK(dry.code == 0);
    const auto dropped = world.change({"group", "drop", "billing", "counter-p", world.failed()});
    CHECK(dropped.code == 0);
    CHECK(contains(dropped.out, "is dropped"));
    world.note();
    const auto shown = world.run({"group", "show", "billing", "--json"});
    CHECK(contains(shown.out, "a test (ann, op"));
    CHECK(feed::ConsumerGroupDesk(*world.store).show("billing")->parked.empty());
  }

  TEST_CASE("a reason that is too long to keep is refused") {
    GroupWorld world;
    const auto refused = world.run({"group", "drop", "billing", "counter-p", world.failed(),
                                    "--reason", std::string(600, 'r')});
    CHECK(refused.code == 1);
    CHECK(contains(refused.out, "group.bad_reason"));
    CHECK_FALSE(feed::ConsumerGroupDesk(*world.store).show("billing")->parked.empty());
  }

  TEST_CASE("a key that cannot be typed is shown and named by its bytes") {
    OperatedWorld world;
    bool is_mended = false;
    feed::ConsumerGroupWorker member(
        *world.store,
        {.name = "odd",
         .events = {.category = "counter"},
         .key =
             [](const EventView& event) {
               return std::string(event.metadata.stream == "counter-p" ? "\xff" : "");
             },
         .lanes = 1,
         .retry = {.attempts = 1}},
        [&](const EventView&, const feed::GroupTurn&) {
          if (!is_mended) throw std::runtime_error("cannot take it");
        },
        world.clock, world.random);
    world.workers.push_back(&member);
    const auto note = [&] {
      for (int second = 0; second < 3; ++second) {
        world.clock.advance(std::chrono::seconds(1));
        world.settle();
      }
    };
    note();
    const auto shown = world.run({"group", "show", "odd", "--json"});
    CHECK(contains(shown.out, R"("key":"hex:ff")"));
    CHECK(contains(shown.out, R"("key":"hex:")"));
    is_mended = true;
    CHECK(contains(world.change({"group", "retry", "odd", "hex:ff"}).out, "hex:ff is tried again"));
    note();
    const auto parked = feed::ConsumerGroupDesk(*world.store).show("odd")->parked;
    REQUIRE(parked.size() == 1);
    CHECK(parked[0].key.empty());
    const auto position = std::to_string(parked[0].failed.value());
    CHECK(contains(world.change({"group", "drop", "odd", "hex:", position}).out, "is dropped"));
    note();
    CHECK(contains(world.run({"group", "show", "odd", "--json"}).out, R"("key":"hex:")"));
  }

  TEST_CASE("a group is sent back and handles again what is behind that position") {
    GroupWorld world;
    world.is_mended = true;
    world.change({"group", "retry", "billing", "counter-p"});
    world.note();
    const auto before = world.handled;
    CHECK(before > 0);
    CHECK(world.change({"group", "rewind", "billing", "none", "--dry-run"}).code == 1);
    CHECK(contains(world.change({"group", "rewind", "billing", "none"}).out, "group.bad_position"));
    CHECK(contains(world.change({"group", "rewind", "nobody", "0"}).err, "group.unknown"));
    const auto sent = world.change({"group", "rewind", "billing", "0"});
    CHECK(sent.code == 0);
    CHECK(contains(sent.out, "billing goes on behind position 0"));
    world.note();
    CHECK(world.handled == 2 * before);
  }
}
