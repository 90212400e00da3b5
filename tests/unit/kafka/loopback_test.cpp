#include "tidemark/kafka/loopback.hpp"

#include <doctest/doctest.h>

using namespace tidemark::kafka;
using std::chrono::seconds;
using tidemark::Failure;
using tidemark::ManualClock;

namespace {

using Values = std::vector<std::string>;
const TopicPartition only{"topic", 0};

struct World {
  World() { broker->ensure_topics({{.name = "topic"}}); }

  void write(const std::string& key, std::optional<std::string> value) {
    REQUIRE(producer->send({.topic = "topic", .key = key, .value = std::move(value)}, 0) ==
            Progress::done);
  }
  Values committed() {
    Values values;
    for (const auto& record : broker->committed(only)) values.push_back(record.value.value_or("-"));
    return values;
  }

  ManualClock clock;
  std::unique_ptr<LoopbackBroker> broker = LoopbackBroker::create(clock);
  std::unique_ptr<Producer> producer = broker->producer();
};

std::unique_ptr<TransactionalProducer> initialised(World& world) {
  auto producer = world.broker->transactional_producer("relay", seconds(60));
  while (producer->init() != Progress::done) continue;
  return producer;
}

template <typename Act>
std::string code_of(Act&& act) {
  try {
    act();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "";
}

template <typename Event>
std::vector<Event> events_of(Consumer& consumer) {
  std::vector<Event> found;
  for (auto& event : consumer.poll(100))
    if (auto* it = std::get_if<Event>(&event)) found.push_back(std::move(*it));
  return found;
}

}  // namespace

TEST_SUITE("kafka/loopback") {
  TEST_CASE("a broker that is down answers pending or nothing, and goes on afterwards") {
    World world;
    auto transactional = initialised(world);
    const auto reader = world.broker->reader(true);
    reader->start_at(only, {.kind = StartAt::Kind::beginning});
    transactional->begin();
    world.broker->set_down(true);
    const ProducerRecord record{.topic = "topic", .key = "key", .value = "x"};
    CHECK(world.producer->send(record, 1) == Progress::pending);
    CHECK(transactional->send(record) == Progress::pending);
    CHECK(transactional->commit() == Progress::pending);
    CHECK(reader->poll(10).empty());
    CHECK_FALSE(reader->watermarks(only).has_value());
    CHECK(code_of([&] { world.broker->describe({"topic"}); }) == "kafka.unreachable");
    CHECK(world.broker->transactional_producer("other", seconds(60))->init() == Progress::pending);

    world.broker->set_down(false);
    while (transactional->commit() != Progress::done) continue;
    transactional->begin();
    CHECK(transactional->send(record) == Progress::done);
    while (transactional->commit() != Progress::done) continue;
    CHECK(events_of<ConsumerRecord>(*reader).size() == 1);
  }

  TEST_CASE("retention cuts the beginning, and who stands before it is told") {
    World world;
    for (const char* value : {"a", "b", "c"}) world.write("key", value);
    const auto reader = world.broker->reader(true);
    reader->start_at(only, {.kind = StartAt::Kind::offset, .offset = 1});
    world.broker->truncate_before(only, 2);
    CHECK(code_of([&] { reader->poll(10); }) == "kafka.offset_out_of_range");
    CHECK(world.committed() == Values{"c"});
    reader->start_at(only, {.kind = StartAt::Kind::beginning});
    CHECK(events_of<ConsumerRecord>(*reader).front().offset == 2);
    CHECK(reader->watermarks(only)->low == 2);
  }

  TEST_CASE("compaction keeps the newest of each key at its offset") {
    World world;
    world.write("a", "1");
    world.write("b", "2");
    world.write("a", std::nullopt);
    world.write("b", "4");
    world.broker->compact(only);
    CHECK(world.committed() == Values{"-", "4"});
    CHECK(world.broker->committed(only).back().offset == 3);
  }

  TEST_CASE("compaction leaves what an open transaction has written alone") {
    World world;
    world.write("a", "old");
    auto producer = initialised(world);
    producer->begin();
    producer->send({.topic = "topic", .key = "a", .value = "new"});
    world.broker->compact(only);
    CHECK(world.committed() == Values{"old"});
    while (producer->commit() != Progress::done) continue;
    CHECK(world.committed() == Values{"old", "new"});
    world.broker->compact(only);
    CHECK(world.committed() == Values{"new"});
  }

  TEST_CASE("the newest record can come twice") {
    World world;
    world.write("key", "a");
    world.write("key", "b");
    world.broker->duplicate_last(only);
    CHECK(world.committed() == Values{"a", "b", "b"});
    CHECK(world.broker->committed(only).back().offset == 2);
  }

  TEST_CASE("a transaction that outlives its timeout is aborted and its producer fenced") {
    World world;
    auto producer = initialised(world);
    producer->begin();
    producer->send({.topic = "topic", .key = "key", .value = "late"});
    world.clock.advance(seconds(59));
    producer->send({.topic = "topic", .key = "key", .value = "late too"});
    world.clock.advance(seconds(1));
    CHECK(code_of([&] { producer->commit(); }) == "kafka.fenced");
    CHECK(world.committed().empty());
    world.write("key", "later");
    CHECK(world.committed() == Values{"later"});
  }

  TEST_CASE("a crash after the commit reached the broker has committed") {
    World world;
    auto producer = initialised(world);
    producer->begin();
    producer->send({.topic = "topic", .key = "key", .value = "x"});
    CHECK(producer->commit() == Progress::pending);
    producer.reset();
    initialised(world);
    CHECK(world.committed() == Values{"x"});
  }

  TEST_CASE("no partition starves when each poll takes few records") {
    World world;
    world.broker->ensure_topics({{.name = "wide", .partitions = 3}});
    for (int number = 0; number < 30; ++number)
      world.producer->send({.topic = "wide", .key = "key", .value = "x", .partition = number % 3},
                           0);
    const auto reader = world.broker->reader(true);
    for (std::int32_t partition = 0; partition < 3; ++partition)
      reader->start_at({"wide", partition}, {.kind = StartAt::Kind::beginning});
    std::map<std::int32_t, int> read;
    for (int polls = 0; polls < 3; ++polls)
      for (const auto& event : reader->poll(2))
        ++read[std::get<ConsumerRecord>(event).from.partition];
    CHECK(read == std::map<std::int32_t, int>{{0, 2}, {1, 2}, {2, 2}});
  }

  TEST_CASE("a group keeps the copy of offsets for those who look") {
    World world;
    const auto consumer = world.broker->consumer({.group = "group", .topics = {"topic"}});
    consumer->poll(10);
    CHECK_FALSE(world.broker->committed_copy("group", only).has_value());
    consumer->commit_copy(only, 7);
    CHECK(world.broker->committed_copy("group", only) == 7);
  }
}

TEST_SUITE("kafka/loopback groups") {
  TEST_CASE("an assignment that nobody heard of is not lost to anybody") {
    World world;
    const ConsumerOptions options{
        .group = "group", .topics = {"topic"}, .max_poll_interval = seconds(10)};
    const auto late = world.broker->consumer(options);
    CHECK(late->poll(0).empty());
    world.clock.advance(seconds(11));
    const auto events = late->poll(10);
    CHECK(events.size() == 1);
    CHECK(std::holds_alternative<Assigned>(events.front()));
  }

  TEST_CASE("a revocation that is never answered ends with the time to poll") {
    World world;
    const ConsumerOptions options{
        .group = "group", .topics = {"topic", "second"}, .max_poll_interval = seconds(10)};
    world.broker->ensure_topics({{.name = "second"}});
    const auto stuck = world.broker->consumer(options);
    CHECK(events_of<Assigned>(*stuck).front().partitions.size() == 2);
    const auto waiting = world.broker->consumer(options);
    CHECK(waiting->poll(10).empty());
    CHECK(events_of<Revoked>(*stuck).front().partitions.size() == 1);
    for (int second = 0; second < 9; ++second) {
      world.clock.advance(seconds(1));
      CHECK(waiting->poll(10).empty());
    }
    world.clock.advance(seconds(1));
    CHECK(events_of<Assigned>(*waiting).front().partitions.size() == 2);
    CHECK(events_of<Lost>(*stuck).front().partitions.size() == 2);
  }

  TEST_CASE("a broker that comes back gives everybody their full time again") {
    World world;
    const ConsumerOptions options{
        .group = "group", .topics = {"topic"}, .max_poll_interval = seconds(10)};
    const auto consumer = world.broker->consumer(options);
    CHECK(events_of<Assigned>(*consumer).size() == 1);
    world.broker->set_down(true);
    world.clock.advance(seconds(60));
    CHECK(consumer->poll(10).empty());
    world.broker->set_down(false);
    CHECK(events_of<Lost>(*consumer).empty());
  }

  TEST_CASE("partitions of a topic that comes later are given out") {
    World world;
    const auto consumer = world.broker->consumer({.group = "group", .topics = {"topic", "later"}});
    CHECK(code_of([&] { consumer->poll(10); }) == "kafka.unknown_topic");
    world.broker->ensure_topics({{.name = "later", .partitions = 2}});
    CHECK(events_of<Assigned>(*consumer).front().partitions.size() == 3);
  }
}
