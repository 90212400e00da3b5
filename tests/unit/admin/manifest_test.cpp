#include "tidemark/admin/manifest.hpp"

#include <doctest/doctest.h>

#include "admin_world.hpp"

using namespace admin_test;

TEST_SUITE("admin/manifest") {
  TEST_CASE("a manifest says what the application is made of") {
    World world;
    const auto manifest = admin::make_manifest(world.source());
    CHECK(manifest.application == "counting");
    REQUIRE(manifest.aggregates.size() == 1);
    CHECK(manifest.aggregates[0].category == "counter");
    CHECK(manifest.aggregates[0].commands[0] == "counter.v1.Add");
    CHECK(manifest.aggregates[0].events ==
          std::vector<std::string>{"counter.v1.Added", "counter.v1.WasReset"});
    REQUIRE(manifest.projections.size() == 1);
    CHECK(manifest.projections[0].version == 2);
    CHECK(manifest.projections[0].row == "tally.v1.MinuteScore");
    CHECK(manifest.projections[0].key == std::vector<std::string>{"player", "minute_micros"});
    CHECK(manifest.renamed.at("counter.v1.Increased") == "counter.v1.Added");
    REQUIRE(manifest.feeds.size() == 2);
    CHECK(manifest.feeds[0].name == "projection/totals");
    CHECK(manifest.feeds[0].file == "totals.v2.g1.db");
    CHECK(manifest.feeds[1].name == "index/delayed");
    CHECK(manifest.feeds[1].file == "delayed.v1.db");
  }

  TEST_CASE("a manifest comes back from its text as it was") {
    World world;
    const auto text = admin::encode_manifest(admin::make_manifest(world.source()));
    const auto decoded = admin::decode_manifest(text);
    REQUIRE(decoded.has_value());
    CHECK(admin::encode_manifest(*decoded) == text);
    CHECK(decoded->topics.at("counter") == "counting.counter");
    CHECK(decoded->build.at("version") == "1.2.3");
  }

  TEST_CASE("the descriptors of a manifest show payloads, also under a former name") {
    World world;
    world.store_manifest();
    const admin::Site site(*world.store, world.clock, {.directory = "site"});
    const auto data = counter::v1::add("a", 3).SerializeAsString();
    const auto shown = site.payload("counter.v1.Increased", data);
    CHECK(std::get<admin::Json>(shown).text == R"({"counter_id":"a","amount":"3"})");
  }

  TEST_CASE("what is no manifest is refused with its field") {
    CHECK(admin::decode_manifest("{").error().code == "manifest.bad_json");
    CHECK(admin::decode_manifest("[]").error().code == "manifest.bad_json");
    CHECK(admin::decode_manifest(R"({"manifest":2})").error().code == "manifest.newer");
    const auto missing = admin::decode_manifest(R"({"manifest":1})");
    CHECK(missing.error().code == "manifest.bad_field");
    CHECK(contains(missing.error().message, "application"));
  }

  TEST_CASE("a manifest cannot lead out of the data directory") {
    World world;
    auto manifest = admin::make_manifest(world.source());
    manifest.feeds[0].file = "../../etc/passwd";
    const auto decoded = admin::decode_manifest(admin::encode_manifest(manifest));
    CHECK(decoded.error().code == "manifest.bad_field");
  }

  TEST_CASE("damaged descriptors are refused") {
    World world;
    auto manifest = admin::make_manifest(world.source());
    manifest.descriptor_set = "no descriptors";
    const auto decoded = admin::decode_manifest(admin::encode_manifest(manifest));
    CHECK(decoded.error().field == "descriptor_set");
  }

  TEST_CASE("a log without a manifest says so") {
    World world;
    CHECK(admin::load_manifest(*world.store).error().code == "manifest.missing");
    world.store_manifest();
    CHECK(admin::load_manifest(*world.store)->application == "counting");
  }
}
