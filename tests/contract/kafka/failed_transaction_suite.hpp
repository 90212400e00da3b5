#pragma once

#include <doctest/doctest.h>

#include "kafka_fixture.hpp"

namespace tidemark::kafka::contract {

/// Puts a bad record behind a good one: the transaction fails with the answered code, can be
/// aborted and nothing else, and the same producer goes on.
inline std::string fail_transaction(KafkaFixture& fixture, const ProducerRecord& bad) {
  const auto topic = fixture.topic(1);
  const auto producer = fixture.initialised(fixture.unique("producer"));
  producer->begin();
  fixture.send(*producer, {.topic = topic, .key = "key", .value = "good"});
  bool is_sent = false;
  auto code = fixture.code_of_failure([&] {
    if (!is_sent) is_sent = producer->send(bad) == Progress::done;
    if (is_sent) producer->commit();
  });
  CHECK(fixture.code_of_failure([&] { producer->commit(); }) == "kafka.abortable");
  fixture.abort(*producer);
  fixture.publish(*producer, numbered(topic, 1));
  CHECK(values(fixture.read_all(topic)) == std::vector<std::string>{"v0"});
  return code;
}

TEST_CASE_TEMPLATE_DEFINE("a record larger than the client allows fails its transaction only",
                          Fixture, kafka_too_large_for_client) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  CHECK(fail_transaction(fixture,
                         {.topic = topic, .key = "key", .value = std::string(2'000'000, 'x')}) ==
        "kafka.record_too_large");
}

TEST_CASE_TEMPLATE_DEFINE("a record larger than the topic allows fails its transaction only",
                          Fixture, kafka_too_large_for_topic) {
  Fixture fixture;
  const auto topic = fixture.topic(1, {{"max.message.bytes", "2000"}});
  // Noise: not compressible to below the limit, whatever the client does to it.
  std::string noise;
  for (std::uint32_t state = 1; noise.size() < 20'000; state = state * 1664525 + 1013904223)
    noise.push_back(static_cast<char>(state >> 24));
  CHECK(fail_transaction(fixture, {.topic = topic, .key = "key", .value = noise}) ==
        "kafka.record_too_large");
}

TEST_CASE_TEMPLATE_DEFINE("a record for a topic that does not exist fails its transaction only",
                          Fixture, kafka_unknown_topic_sent) {
  Fixture fixture;
  CHECK(
      fail_transaction(fixture, {.topic = fixture.unique("missing"), .key = "key", .value = "x"}) ==
      "kafka.unknown_topic");
}

}  // namespace tidemark::kafka::contract
