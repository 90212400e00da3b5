#include <doctest/doctest.h>

#include "admin_world.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/saga/refused_commands.hpp"

using namespace admin_test;

namespace {

using Refused = command::CommandLines::Refused;

/// An application with a reaction to events and one to closed windows.
struct Reacting : World {
  Reacting() {
    auto manifest = admin::make_manifest(source());
    manifest.reactions = {{.name = "greet", .start = "everything"},
                          {.name = "meter", .start = "everything", .windows = {"totals"}}};
    manifest.feeds.push_back({.name = "reaction/greet", .file = "reaction.greet.db"});
    manifest.feeds.push_back({.name = "reaction/meter/totals", .file = "reaction.meter.totals.db"});
    admin::store_manifest(*store, manifest);
  }
  sqlite::Database open(const std::string& name) {
    return sqlite::Database::open({.file = "site/" + name, .vfs = files.vfs()});
  }
  void refuse(const std::vector<Refused>& refused) {
    auto progress = open("reaction.greet.db");
    feed::create_feed_tables(progress);
    saga::write_refused(progress, refused);
  }
};

Refused refused(const std::string& id, const std::string& code) {
  return {.command_id = id,
          .type = "counter.v1.Add",
          .stream = "counter-a",
          .code = code,
          .detail = "99 of 100"};
}

}  // namespace

TEST_SUITE("admin/reaction_verbs") {
  TEST_CASE("reactions are listed by what feeds them with what was refused") {
    Reacting world;
    world.refuse({refused("one", "counter.full")});
    const auto ran = world.run({"reaction", "list", "--json"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, R"({"reaction":"greet","hears":"events","lag":null,)"
                            R"("parked":0,"refused":1})"));
    CHECK(contains(ran.out, R"({"reaction":"meter/totals","hears":"closed windows of totals",)"
                            R"("lag":null,"parked":null,"refused":null})"));
  }

  TEST_CASE("refused commands of a reaction are listed and go on behind an id") {
    Reacting world;
    world.refuse({refused("one", "counter.full"), refused("two", "counter.closed")});
    world.refuse({refused("one", "counter.full"), refused("three", "counter.full")});
    const auto all = world.run({"reaction", "refused", "greet", "--json"}).out;
    CHECK(contains(all, R"({"id":1,"code":"counter.full","type":"counter.v1.Add",)"
                        R"("stream":"counter-a","command":"one","detail":"99 of 100"})"));
    CHECK(contains(all, R"("command":"two")"));
    CHECK(contains(all, R"("command":"three")"));
    const auto next =
        world.run({"reaction", "refused", "greet", "--after", "1", "--limit", "1", "--json"}).out;
    CHECK(contains(next, R"("command":"two")"));
    CHECK_FALSE(contains(next, "three"));
    CHECK(contains(world.run({"reaction", "refused", "greet", "--limit", "1"}).out, "three"));
  }

  TEST_CASE("a reaction that nothing was refused of has none, and an unknown one says so") {
    Reacting world;
    CHECK(contains(world.run({"reaction", "refused", "meter/totals"}).out, "none"));
    const auto unknown = world.run({"reaction", "refused", "meter"});
    CHECK(unknown.code == 2);
    CHECK(contains(unknown.err, "reaction.unknown"));
    CHECK(contains(unknown.err, "there are: greet, meter/totals"));
  }

  TEST_CASE("the doctor tells of commands that nobody heard were refused") {
    Reacting world;
    world.refuse({refused("one", "counter.full")});
    const auto ran = world.run({"doctor"});
    CHECK(ran.code == 1);
    CHECK(contains(ran.out, "reaction.commands_refused"));
    CHECK(contains(ran.out, "`reaction refused greet` lists them"));
  }
}
