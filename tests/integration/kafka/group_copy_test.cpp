#include <librdkafka/rdkafka.h>

#include <array>

#include "real_broker.hpp"

namespace tidemark::kafka::contract {
namespace {

/// What the broker holds for a group, asked without this framework; -1001 for nothing.
std::int64_t committed_offset(const std::string& group, const TopicPartition& partition) {
  std::array<char, 256> why{};
  auto* conf = rd_kafka_conf_new();
  const auto& servers = test::KafkaCluster::running().bootstrap_servers();
  REQUIRE(rd_kafka_conf_set(conf, "bootstrap.servers", servers.c_str(), why.data(), why.size()) ==
          RD_KAFKA_CONF_OK);
  REQUIRE(rd_kafka_conf_set(conf, "group.id", group.c_str(), why.data(), why.size()) ==
          RD_KAFKA_CONF_OK);
  auto* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.data(), why.size());
  REQUIRE(client != nullptr);
  auto* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, partition.topic.c_str(), partition.partition);
  rd_kafka_committed(client, list, 10'000);
  const auto offset = list->elems[0].offset;
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_destroy(client);
  return offset;
}

}  // namespace

TEST_CASE("a copied offset is what lag tools read of the group") {
  RealBroker fixture;
  const auto topic = fixture.topic(1);
  const auto group = fixture.unique("group");
  const auto consumer = fixture.broker().consumer({.group = group, .topics = {topic}});
  fixture.eventually("the partition is assigned", [&] { return !consumer->poll(10).empty(); });
  consumer->start_at({topic, 0}, {.kind = StartAt::Kind::beginning});
  consumer->commit_copy({topic, 0}, 42);
  fixture.eventually("the broker has the copy", [&] {
    consumer->poll(10);
    return committed_offset(group, {topic, 0}) == 42;
  });
  consumer->close();
}

TEST_CASE("what the client library says goes to the logger, and passwords do not") {
  const SystemClock clock;
  const auto sink = std::make_shared<observe::CapturingSink>();
  const auto broker = connect({.bootstrap_servers = "127.0.0.1:1",
                               .settings = {{"sasl.password", "hunter2"},
                                            {"sasl.username", "somebody"},
                                            {"sasl.mechanism", "PLAIN"},
                                            {"security.protocol", "sasl_plaintext"},
                                            {"debug", "all"}},
                               .logger = observe::Logger(sink, clock, observe::Level::debug)});
  RealBroker fixture;
  const auto producer = broker->producer();
  fixture.eventually("the refused connection is logged as a warning", [&] {
    producer->poll();
    for (const auto& line : sink->lines("kafka.client"))
      if (line.level == observe::Level::warn) return true;
    return false;
  });
  for (const auto& line : sink->lines())
    for (const auto& [name, value] : line.fields) CHECK(value.find("hunter2") == std::string::npos);
}

}  // namespace tidemark::kafka::contract
