#include "tidemark/admin/wiring_reports.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "campus.hpp"
#include "running_world.hpp"

using namespace admin_test;

TEST_SUITE("admin/wiring") {
  TEST_CASE("describe says who takes, hears and sends what") {
    RunningWorld world;
    const auto out = world.run({"describe"}).out;
    CHECK(contains(out, "aggregate counter → topic counting.counter\n"));
    CHECK(contains(out, "├─ Added → projection totals, saga refill\n"));
    CHECK(contains(out, "└─ WasReset → nobody\n"));
    CHECK(contains(out, "projection totals version 2: MinuteScore by player, minute_micros\n"));
    CHECK(contains(out, "└─ sends Add → aggregate counter\n"));
  }

  TEST_CASE("describe says who takes commands that are decided on several aggregates") {
    World world;
    const auto move = command::joint_model<campus::v1::SeatMove>();
    auto source = world.source();
    source.joint_decisions = {move.get()};
    admin::store_manifest(*world.store, admin::make_manifest(source));
    CHECK(contains(world.run({"describe"}).out,
                   "joint decision on aggregates course, course\n└─ takes MoveSeats"));
    const auto loaded = admin::load_manifest(*world.store);
    REQUIRE(loaded);
    REQUIRE(loaded->joint_decisions.size() == 1);
    CHECK(loaded->joint_decisions[0].commands == std::vector<std::string>{"campus.v1.MoveSeats"});
  }

  TEST_CASE("describe as JSON holds full names") {
    RunningWorld world;
    const auto out = world.run({"describe", "--json"}).out;
    CHECK(contains(out, R"({"event":"counter.v1.Added","heard_by":["projection totals",)"
                        R"("saga refill"]})"));
    CHECK(contains(out, R"("key":["player","minute_micros"])"));
  }

  TEST_CASE("describe names the folder that is looked at, not the one that was told") {
    RunningWorld world;
    CHECK(contains(world.run({"--directory", "copy", "describe"}).out, "directory    copy\n"));
  }

  TEST_CASE("describe of a log without a manifest says what to do") {
    World world;
    const auto ran = world.run({"describe"});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, "manifest.missing"));
  }

  TEST_CASE("an export that cannot be written says so") {
    RunningWorld world;
    const auto ran = world.run({"schema", "export", "/nowhere/types.binpb"});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, "schema.cannot_write: /nowhere/types.binpb"));
  }

  TEST_CASE("an export overwrites an export and nothing else") {
    RunningWorld world;
    const auto folder =
        std::filesystem::temp_directory_path() / ("tidemark-export-" + to_string(Uuid()));
    std::filesystem::create_directories(folder);
    const auto file = (folder / "types.binpb").string();
    CHECK(world.run({"schema", "export", file}).code == 0);
    CHECK(world.run({"schema", "export", file}).code == 0);
    std::ofstream(file) << "SQLite format 3, or anything else of value";
    const auto ran = world.run({"schema", "export", file});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, "schema.would_overwrite: "));
    CHECK(std::filesystem::file_size(file) == 42);
    std::filesystem::remove_all(folder);
  }

  TEST_CASE("the framework's own records have no topic, and others the prefix's") {
    admin::Manifest manifest{.topics = {{"bill", "bills"}}, .topic_prefix = "shop."};
    CHECK(admin::topic_of(manifest, "bill") == "bills");
    CHECK(admin::topic_of(manifest, "click") == "shop.click");
    CHECK_FALSE(admin::topic_of(manifest, "$operation").has_value());
    CHECK_FALSE(admin::topic_of(manifest, "saga.billing").has_value());
    manifest.topic_prefix.reset();
    CHECK_FALSE(admin::topic_of(manifest, "click").has_value());
  }
}
