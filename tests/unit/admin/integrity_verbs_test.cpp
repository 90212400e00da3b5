#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "admin_world.hpp"

using namespace admin_test;

namespace {

struct Counted : World {
  Counted() {
    store_manifest();
    for (int number = 1; number <= 5; ++number) add("a", number);
  }
  nlohmann::json json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const auto ran = run(std::move(arguments));
    return nlohmann::json::parse(ran.code == 0 ? ran.out : ran.err);
  }
};

}  // namespace

TEST_SUITE("admin/integrity_verbs") {
  TEST_CASE("a checkpoint is issued while the log is open elsewhere and shown as a note") {
    Counted world;
    const auto ran = world.run({"store", "checkpoint"});
    CHECK(ran.code == 0);
    CHECK(ran.out.starts_with("tidemark/" + to_string(world.store->store_id()) + "\n5\n"));
    CHECK(ran.out == world.store->issued_checkpoints(1).at(0).note);
    const auto again = world.json({"store", "checkpoint"});
    CHECK(again.at("note") == ran.out);
    CHECK(again.at("position") == 5);
    CHECK(world.store->issued_checkpoints(10).size() == 1);
  }

  TEST_CASE("checkpoints are listed newest first") {
    Counted world;
    CHECK(world.run({"store", "checkpoint", "--list"}).out == "no checkpoints\n");
    world.run({"store", "checkpoint"});
    world.add("b", 1);
    world.run({"store", "checkpoint"});
    const auto listed = world.json({"store", "checkpoint", "--list"}).at("checkpoints");
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].at("position") == 6);
    CHECK(listed[1].at("position") == 5);
    CHECK(listed[1].at("signed_by").is_null());
    CHECK(world.json({"store", "checkpoint", "--list", "--limit", "1"}).at("checkpoints").size() ==
          1);
    CHECK(world.store->issued_checkpoints(10).size() == 2);
  }

  TEST_CASE("a key that is not there is named, and nothing is issued") {
    Counted world;
    const auto refused = world.json({"store", "checkpoint", "--key-file", "/nowhere/key"});
    CHECK(refused.at("error").at("code") == "key.missing");
    CHECK(world.store->issued_checkpoints(10).empty());
    CHECK(world.json({"store", "verify", "--verifier", "no key"}).at("error").at("code") ==
          "key.malformed");
  }

  TEST_CASE("a proof has all that a check needs") {
    Counted world;
    world.run({"store", "checkpoint"});
    const auto proof = nlohmann::json::parse(world.run({"store", "prove", "2"}).out);
    CHECK(proof.at("format") == "tidemark-inclusion-proof/1");
    CHECK(proof.at("store_id") == to_string(world.store->store_id()));
    CHECK(proof.at("position") == 2);
    CHECK(proof.at("envelope").get<std::string>().starts_with("02"));
    CHECK(proof.at("path").size() == 3);
    CHECK(proof.at("checkpoint").at("position") == 5);
    CHECK(proof.at("note") == world.store->issued_checkpoints(1).at(0).note);
    CHECK_FALSE(proof.at("data").is_null());
    const auto named = world.json({"store", "read", "--from", "2", "--limit", "1"}).at("event_id");
    CHECK(nlohmann::json::parse(world.run({"store", "prove", named}).out) == proof);
  }

  TEST_CASE("a proof of an event that was skipped has no data") {
    Counted world;
    world.run({"store", "checkpoint"});
    const std::string id = world.json({"store", "read", "--limit", "1"}).at("event_id");
    const auto before = world.json({"store", "prove", "1"});
    REQUIRE(world.store
                ->change({.what = store::SkipEvent{.event = EventId(*Uuid::parse(id))},
                          .who = "ann",
                          .reason = "asked for"})
                .has_value());
    auto after = world.json({"store", "prove", "1"});
    CHECK(after.at("data").is_null());
    after["data"] = before.at("data");
    CHECK(after == before);
  }

  TEST_CASE("what cannot be proved is refused by code") {
    Counted world;
    CHECK(world.json({"store", "prove", "1"}).at("error").at("code") == "store.not_covered");
    for (const auto* event : {"0", "6", "x", "1x", "00000000-0000-7000-8000-000000000000"}) {
      CAPTURE(event);
      CHECK(world.json({"store", "prove", event}).at("error").at("code") == "store.no_such_event");
    }
  }

  TEST_CASE("verify counts the checkpoints that it compared") {
    Counted world;
    world.run({"store", "checkpoint"});
    CHECK(contains(world.run({"store", "verify"}).out, "checkpoints  1\n"));
  }
}
