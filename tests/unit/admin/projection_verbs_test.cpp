#include <doctest/doctest.h>

#include "running_world.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/projection/rebuild.hpp"

using namespace admin_test;

namespace {

/// Three events are in the rows; the second of "a" could not be, and one queues behind it.
struct Parked : RunningWorld {
  Parked() {
    add("a", 1);
    add("a", 13);
    add("a", 2);
    add("b", 4);
    settle();
  }
};

}  // namespace

TEST_SUITE("admin/projection_verbs") {
  TEST_CASE("the list says how far each read model is, and what it set aside") {
    Parked world;
    const auto ran = world.run({"projection", "list", "--json"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, R"({"projections":[{"projection":"totals","version":2,"generation":1,)"
                            R"("state":"live",)"));
    CHECK(contains(ran.out, R"("lag":0,)"));
    CHECK(contains(ran.out, R"("parked":2,"paused":null)"));
  }

  TEST_CASE("a paused feed shows why") {
    Parked world;
    auto file = world.open("totals.v2.g1.db");
    feed::FeedDesk(file).pause("disk is full");
    CHECK(contains(world.run({"projection", "list"}).out, "disk is full"));
  }

  TEST_CASE("a read model whose file is not there is missing") {
    World world;
    world.store_manifest();
    CHECK(contains(world.run({"projection", "list"}).out, "missing"));
  }

  TEST_CASE("show counts rows and describes the definition") {
    Parked world;
    const auto ran = world.run({"projection", "show", "totals"});
    CHECK(contains(ran.out, "row         tally.v1.MinuteScore\n"));
    CHECK(contains(ran.out, "key         player\n            minute_micros\n"));
    CHECK(contains(ran.out, "rows        3\n"));
  }

  TEST_CASE("show says how far a build is") {
    Parked world;
    projection::Models models({.folder = "site", .vfs = world.files.vfs()});
    models.swap(
        models.add({.projection = "totals", .version = 2, .created_at = world.clock.now()}));
    projection::Rebuild rebuild({.folder = "site", .vfs = world.files.vfs()}, world.clock);
    REQUIRE(rebuild.start("totals", "rows looked wrong").has_value());
    auto shadow = world.open("totals.v2.g2.db");
    feed::create_feed_tables(shadow);
    const auto ran = world.run({"projection", "show", "totals"});
    CHECK(contains(ran.out, "build generation  2\n"));
    CHECK(contains(ran.out, "build reason      rows looked wrong\n"));
    CHECK(contains(ran.out, "build percent     0\n"));
    CHECK(contains(ran.out, "filling"));
  }

  TEST_CASE("an unknown projection is an error that names those there are") {
    Parked world;
    const auto ran = world.run({"projection", "show", "total"});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err,
                   "projection.unknown: total: the application has no such projection "
                   "(there are: totals)"));
  }

  TEST_CASE("parked work is listed in order, with the reason") {
    Parked world;
    const auto ran = world.run({"parked", "list"});
    CHECK(contains(ran.out, "projection/totals/1  parked  counter-a  counter.v1.Added"));
    CHECK(contains(ran.out, "13 cannot be added"));
    CHECK(contains(ran.out, "projection/totals/2  queued"));
    CHECK(world.run({"parked", "list", "saga/refill"}).out == "nothing is set aside\n");
  }

  TEST_CASE("an entry shows its payload") {
    Parked world;
    const auto ran = world.run({"parked", "show", "projection/totals/1"});
    CHECK(contains(ran.out, R"({"counter_id":"a","amount":"13"})"));
    CHECK(contains(ran.out, "attempts               1\n"));
  }

  TEST_CASE("an entry that is not there is an error") {
    Parked world;
    CHECK(contains(world.run({"parked", "show", "projection/totals/9"}).err, "parked.unknown"));
    CHECK(contains(world.run({"parked", "show", "totals"}).err, "parked.bad_name"));
    CHECK(contains(world.run({"parked", "show", "projection/totals/0x1"}).err, "parked.bad_name"));
    CHECK(contains(world.run({"parked", "list", "totals"}).err,
                   "there are: projection/totals, index/sagas, saga/refill, index/delayed"));
  }
}
