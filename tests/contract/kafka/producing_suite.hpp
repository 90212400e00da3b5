#pragma once

#include <doctest/doctest.h>

#include "kafka_fixture.hpp"

namespace tidemark::kafka::contract {

TEST_CASE_TEMPLATE_DEFINE("records of one key come out in the order they went in", Fixture,
                          kafka_order) {
  Fixture fixture;
  const auto topic = fixture.topic(4);
  std::vector<ProducerRecord> records;
  records.reserve(200);
  for (int number = 0; number < 200; ++number)
    records.push_back({.topic = topic,
                       .key = "key " + std::to_string(number % 7),
                       .value = std::to_string(number)});
  fixture.deliver(records);

  std::map<std::string, int> last;
  std::map<std::string, std::int32_t> home;
  const auto read = fixture.read_all(topic);
  CHECK(read.size() == 200);
  for (const auto& record : read) {
    const auto number = std::stoi(record.value.value());
    const auto [known, is_first] = last.try_emplace(record.key, number);
    CHECK((is_first || known->second < number));
    known->second = number;
    CHECK(home.try_emplace(record.key, record.from.partition).first->second ==
          record.from.partition);
  }
}

TEST_CASE_TEMPLATE_DEFINE("headers, tombstones, empty values and times survive", Fixture,
                          kafka_survives) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto time = parse_utc_time("2025-11-21T05:02:42.123Z").value();
  const RecordHeaders headers = {{"ce_id", "1"},
                                 {"again", "first"},
                                 {"again", "second"},
                                 {"bytes", std::string("\0\xff", 2)},
                                 {"empty", ""}};
  fixture.deliver({{.topic = topic, .key = "a", .value = "x", .headers = headers, .time = time},
                   {.topic = topic, .key = "a", .value = std::nullopt},
                   {.topic = topic, .key = "b", .value = ""}});

  const auto read = fixture.read_all(topic);
  REQUIRE(read.size() == 3);
  CHECK(read[0].key == "a");
  CHECK(read[0].value == "x");
  CHECK(read[0].headers == headers);
  CHECK(read[0].time == time);
  CHECK(read[0].offset == 0);
  CHECK_FALSE(read[1].value.has_value());
  CHECK(read[1].key == "a");
  CHECK(read[2].value == "");
  CHECK(read[2].headers.empty());
  CHECK(read[2].time > time);
}

TEST_CASE_TEMPLATE_DEFINE("a key has the partition that Java clients give it", Fixture,
                          kafka_partition_of_key) {
  Fixture fixture;
  const auto topic = fixture.topic(7);
  // The hashes are those of the tests of Kafka's own murmur2.
  const std::map<std::string, std::int32_t> hashes = {
      {"21", -973'932'308},
      {"foobar", -790'332'482},
      {"a-little-bit-long-string", -985'981'536},
      {"a-little-bit-longer-string", -1'486'304'829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58'897'971},
      {"abc", 479'470'107}};
  std::vector<ProducerRecord> records;
  records.reserve(hashes.size());
  for (const auto& [key, hash] : hashes)
    records.push_back({.topic = topic, .key = key, .value = "x"});
  fixture.deliver(records);

  const auto read = fixture.read_all(topic);
  CHECK(read.size() == hashes.size());
  for (const auto& record : read) {
    CAPTURE(record.key);
    CHECK(record.from.partition == (hashes.at(record.key) & 0x7fffffff) % 7);
  }
}

TEST_CASE_TEMPLATE_DEFINE("a record that names its partition goes there", Fixture,
                          kafka_partition_named) {
  Fixture fixture;
  const auto topic = fixture.topic(3);
  for (std::int32_t partition = 0; partition < 3; ++partition)
    fixture.deliver({{.topic = topic, .key = "same", .value = "x", .partition = partition}});
  const auto read = fixture.read_all(topic);
  REQUIRE(read.size() == 3);
  for (std::size_t index = 0; index < 3; ++index)
    CHECK(read[index].from.partition == static_cast<std::int32_t>(index));
}

TEST_CASE_TEMPLATE_DEFINE("each delivery is reported once, with its tag and what went wrong",
                          Fixture, kafka_deliveries) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto producer = fixture.broker().producer();
  const std::vector<ProducerRecord> records = {
      {.topic = topic, .key = "a", .value = "fits"},
      {.topic = topic, .key = "a", .value = std::string(2'000'000, 'x')},
      {.topic = fixture.unique("missing"), .key = "a", .value = "x"}};
  for (std::uint64_t tag = 0; tag < records.size(); ++tag)
    fixture.eventually("the record is queued",
                       [&] { return producer->send(records[tag], tag) == Progress::done; });
  std::map<std::uint64_t, std::string> outcomes;
  fixture.eventually("all are reported", [&] {
    for (const auto& delivery : producer->poll()) {
      CHECK_FALSE(outcomes.contains(delivery.tag));
      outcomes[delivery.tag] = delivery.error.has_value() ? delivery.error->code : "";
    }
    return outcomes.size() == records.size();
  });
  CHECK(outcomes[0] == "");
  CHECK(outcomes[1] == "kafka.record_too_large");
  CHECK(outcomes[2] == "kafka.unknown_topic");
  CHECK(values(fixture.read_all(topic)) == std::vector<std::string>{"fits"});
}

TEST_CASE_TEMPLATE_DEFINE("a topic that exists stays as it is", Fixture, kafka_topic_stays) {
  Fixture fixture;
  const auto topic = fixture.topic(2, {{"cleanup.policy", "compact"}});
  fixture.deliver({{.topic = topic, .key = "a", .value = "x"}});
  fixture.broker().ensure_topics({{.name = topic, .partitions = 5}});
  const auto facts = fixture.broker().describe({topic});
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].name == topic);
  CHECK(facts[0].partitions == 2);
  CHECK(facts[0].config.at("cleanup.policy") == "compact");
  CHECK(std::stoi(facts[0].config.at("max.message.bytes")) > 900 * 1024);
  CHECK(fixture.read_all(topic).size() == 1);
}

TEST_CASE_TEMPLATE_DEFINE("only topics that exist are described", Fixture, kafka_topic_facts) {
  Fixture fixture;
  const auto topic = fixture.topic(1, {{"max.message.bytes", "2000"}});
  const auto facts = fixture.broker().describe({fixture.unique("missing"), topic});
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].name == topic);
  CHECK(facts[0].config.at("max.message.bytes") == "2000");
  CHECK(fixture.broker().describe({}).empty());
}

TEST_CASE_TEMPLATE_DEFINE("a topic that cannot be is refused", Fixture, kafka_topic_refused) {
  Fixture fixture;
  const auto ensure = [&](const TopicSpec& spec) {
    return fixture.code_of_failure([&] { fixture.broker().ensure_topics({spec}); });
  };
  CHECK(ensure({.name = "no spaces"}) == "kafka.admin");
  CHECK(ensure({.name = fixture.unique("topic"), .partitions = 0}) == "kafka.admin");
  CHECK(ensure({.name = fixture.unique("topic"), .config = {{"max.message.bytes", "many"}}}) ==
        "kafka.admin");
}

}  // namespace tidemark::kafka::contract
