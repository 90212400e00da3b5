#include "tidemark/relay/topic_map.hpp"

#include <doctest/doctest.h>

#include "tidemark/base/failure.hpp"

using namespace tidemark;
using relay::TopicMap;

namespace {

std::string name_of(const TopicMap& map, std::string_view category) {
  const auto spec = map.topic_of(category);
  return spec ? spec->name : "(none)";
}

std::string code_of(const relay::TopicMapOptions& options) {
  try {
    const TopicMap map(options);
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "";
}

}  // namespace

TEST_SUITE("relay/topic map") {
  TEST_CASE("a category without a rule goes to prefix and category, with the default partitions") {
    const TopicMap map({.prefix = "shop.", .partitions = 3, .replication = 2});
    const auto spec = map.topic_of("campaign");
    REQUIRE(spec);
    CHECK(spec->name == "shop.campaign");
    CHECK(spec->partitions == 3);
    CHECK(spec->replication == 2);
  }

  TEST_CASE("the framework's own categories are published only under a rule") {
    CHECK(name_of(TopicMap({}), "saga.billing") == "(none)");
    CHECK(name_of(TopicMap({}), "$operation") == "(none)");
    CHECK(name_of(TopicMap({}), "sagas") == "sagas");
    const TopicMap map({.rules = {{"$operation", {.topic = "audit", .partitions = 1}}}});
    CHECK(name_of(map, "$operation") == "audit");
    CHECK(map.topic_of("$operation")->partitions == 1);
  }

  TEST_CASE("a rule moves a category, or keeps it unpublished, whatever the prefix") {
    const TopicMap map(
        {.prefix = "p.", .rules = {{"campaign", {.topic = "Campaigns-1"}}, {"secret", {}}}});
    CHECK(name_of(map, "campaign") == "Campaigns-1");
    CHECK(map.topic_of("campaign")->partitions == 6);
    CHECK(name_of(map, "secret") == "(none)");
    CHECK(name_of(map, "other") == "p.other");
  }

  TEST_CASE("a dollar within a category becomes a dash, which no category has") {
    CHECK(name_of(TopicMap({}), "a$b") == "a-b");
  }

  TEST_CASE("what Kafka would refuse is refused at once") {
    CHECK(code_of({.prefix = "with space"}) == "relay.bad_topic");
    CHECK(code_of({.prefix = std::string(190, 'x')}) == "relay.bad_topic");
    CHECK(code_of({.partitions = 0}) == "relay.bad_topic");
    CHECK(code_of({.rules = {{"c", {.topic = "a/b"}}}}) == "relay.bad_topic");
    CHECK(code_of({.rules = {{"c", {.topic = "tidemark.relay"}}}}) == "relay.bad_topic");
    CHECK(code_of({.rules = {{"c", {.topic = "t", .partitions = -1}}}}) == "relay.bad_topic");
    CHECK(code_of({.rules = {{"No-Category", {.topic = "t"}}}}) == "relay.bad_topic");
    CHECK(code_of({.prefix = "fine", .rules = {{"c", {.topic = "t"}}}}).empty());
  }

  TEST_CASE("a default name that is the progress topic's, or none, is refused when it is met") {
    CHECK_THROWS_AS(static_cast<void>(TopicMap({.prefix = "tidemark."}).topic_of("relay")),
                    Failure);
    CHECK_THROWS_AS(static_cast<void>(TopicMap({}).topic_of("..")), Failure);
  }
}
