#include "tidemark/admin/wiring_reports.hpp"

#include <doctest/doctest.h>

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

  TEST_CASE("describe as JSON holds full names") {
    RunningWorld world;
    const auto out = world.run({"describe", "--json"}).out;
    CHECK(contains(out, R"({"event":"counter.v1.Added","heard_by":["projection totals",)"
                        R"("saga refill"]})"));
    CHECK(contains(out, R"("key":["player","minute_micros"])"));
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
