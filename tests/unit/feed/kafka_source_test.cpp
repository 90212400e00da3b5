#include "tidemark/feed/kafka_source.hpp"

#include <doctest/doctest.h>

#include <map>

#include "feed_fixture.hpp"
#include "tidemark/kafka/loopback.hpp"
#include "tidemark/schema/cloud_event.hpp"

using namespace feed_test;

namespace {

constexpr const char* topic = "additions";

/// A loopback broker with a topic of additions, and what feeds read it with.
struct Traffic {
  explicit Traffic(std::int32_t partitions = 1) : broker(kafka::LoopbackBroker::create(clock)) {
    broker->ensure_topics({{.name = topic, .partitions = partitions}});
    producer = broker->producer();
    catalogue.add<Added>();
  }

  void send(const kafka::ProducerRecord& record) {
    for (int i = 0; producer->send(record, 0) == kafka::Progress::pending; ++i) REQUIRE(i < 100);
    producer->poll();
  }
  /// An addition as an ad server would report it: a CloudEvent without a place in a store.
  kafka::ProducerRecord record(const std::string& key, std::int64_t amount,
                               std::int32_t partition = 0) {
    Added added;
    added.set_amount(amount);
    EventView event;
    const auto stream = "counter-" + key;
    event.metadata.stream = stream;
    event.metadata.event_id = EventId(Uuid::version7(clock.now(), random));
    event.metadata.event_time = clock.now();
    event.type = "counter.v1.Added";
    const auto headers = cloud_event::encode(event, StoreId());
    return {.topic = topic,
            .key = key,
            .value = added.SerializeAsString(),
            .headers = headers,
            .partition = partition,
            .time = clock.now()};
  }
  void add(const std::string& key, std::int64_t amount, std::int32_t partition = 0) {
    send(record(key, amount, partition));
  }
  test::File open_file(const std::string& name) { return {*storage.place, name}; }

  ManualClock clock{UtcTime::from_micros(1'700'000'000'000'000)};
  SeededRandom random{1};
  test::Storage storage = test::fresh_storage("feed");
  std::unique_ptr<kafka::LoopbackBroker> broker;
  std::unique_ptr<kafka::Producer> producer;
  Catalogue catalogue;
};

struct KafkaFeed {
  explicit KafkaFeed(Traffic& traffic_of, feed::FeedOptions options = {},
                     const std::string& file_name = "feed.db", feed::KafkaSourceOptions source = {})
      // When another feed crashed before, the group has noticed by now.
      : traffic((traffic_of.clock.advance(std::chrono::seconds(11)), traffic_of)),
        file(traffic.open_file(file_name)),
        desk_file((feed::create_feed_tables(file), traffic.open_file(file_name))),
        scribe(file),
        worker((options.name = "feed test", options),
               feed::kafka_source(*traffic.broker, traffic.catalogue, with_group(source)), scribe,
               file, traffic.clock) {}

  static feed::KafkaSourceOptions with_group(feed::KafkaSourceOptions source) {
    source.consumer.group = "totals";
    source.consumer.topics = {topic};
    return source;
  }
  void settle_down() {
    for (int idle = 0, steps = 0; idle < 5; ++steps) {
      REQUIRE(steps < 10'000);
      const auto step = worker.step();
      const bool rests = step.did == runtime::Step::Did::nothing || Feed::waits_for_retry(step);
      idle = rests ? idle + 1 : 0;
      traffic.clock.advance(std::chrono::milliseconds(10));
    }
  }
  std::vector<std::string> seen() {
    std::vector<std::string> all;
    auto rows = desk_file.statement("SELECT what FROM seen ORDER BY id");
    while (rows.next()) all.emplace_back(rows.text(0));
    return all;
  }
  std::string value(const std::string& sql) {
    auto row = desk_file.prepare(sql);
    return row.next() ? std::string(row.text(0)) : "none";
  }
  feed::ParkingDesk parking() { return feed::ParkingDesk(desk_file); }

  Traffic& traffic;
  test::File file;
  test::File desk_file;
  Scribe scribe;
  feed::FeedWorker worker;
};

}  // namespace

TEST_SUITE("feed/kafka_source") {
  TEST_CASE("records reach the rows once, in order per partition, across restarts") {
    Traffic traffic;
    for (int i = 1; i <= 10; ++i) traffic.add("a", i);
    {
      KafkaFeed feed(traffic);
      feed.settle_down();
      CHECK(feed.seen().size() == 10);
      CHECK(feed.worker.report().done == 10);
      CHECK(feed.worker.report().tail == 10);
      traffic.add("a", 11);
      for (int i = 0; i < 2; ++i) feed.worker.step();
    }
    KafkaFeed feed(traffic);
    feed.settle_down();
    const auto seen = feed.seen();
    REQUIRE(seen.size() == 11);
    for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == "a:" + std::to_string(i + 1));
    CHECK(traffic.broker->committed_copy("totals", {topic, 0}) == 11);
  }

  TEST_CASE("the file's offsets are the truth, whatever the group was told") {
    Traffic traffic;
    for (int i = 1; i <= 5; ++i) traffic.add("a", i);
    {
      KafkaFeed feed(traffic);
      feed.settle_down();
    }
    KafkaFeed other(traffic, {}, "other.db");
    other.settle_down();
    CHECK(other.seen().size() == 5);
  }

  TEST_CASE("a fact that comes twice within the horizon is delivered once") {
    Traffic traffic(2);
    const auto fact = traffic.record("a", 1);
    traffic.send(fact);
    traffic.send(fact);
    {
      KafkaFeed feed(traffic);
      feed.settle_down();
      CHECK(feed.seen() == Texts{"a:1"});
    }
    auto elsewhere = fact;
    elsewhere.partition = 1;
    traffic.send(elsewhere);
    traffic.add("a", 2);
    KafkaFeed feed(traffic);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"a:1", "a:2"});
    CHECK(feed.value("SELECT repeated FROM feed_facts_state") == "2");
  }

  TEST_CASE("an event from a wrong clock does not make the others too old to be known again") {
    Traffic traffic;
    const auto today = traffic.clock.now();
    auto wrong = traffic.record("a", 1);
    traffic.clock.jump_to(today + std::chrono::hours(24 * 365));
    wrong.headers = traffic.record("a", 1).headers;
    traffic.clock.jump_to(today);
    traffic.send(wrong);
    const auto twice = traffic.record("a", 2);
    traffic.send(twice);
    KafkaFeed feed(traffic);
    feed.settle_down();
    traffic.send(twice);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"a:1", "a:2"});
  }

  TEST_CASE("what is older than the horizon is delivered, counted and listed") {
    Traffic traffic;
    const auto old = traffic.record("a", 1);
    traffic.send(old);
    traffic.clock.advance(std::chrono::hours(2));
    traffic.add("a", 2);
    KafkaFeed feed(traffic, {}, "feed.db", {.deduplication_horizon = std::chrono::hours(1)});
    feed.settle_down();
    traffic.send(old);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"a:1", "a:2", "a:1"});
    CHECK(feed.value("SELECT beyond FROM feed_facts_state") == "1");
    CHECK(feed.value("SELECT at FROM feed_facts_beyond") == "2");
    CHECK(feed.value("SELECT count(*) FROM feed_facts") == "1");
  }

  TEST_CASE("the number of known ids is bounded: the oldest are forgotten first") {
    Traffic traffic;
    for (int i = 0; i < 50; ++i) {
      traffic.add("a", i);
      traffic.clock.advance(std::chrono::seconds(1));
    }
    KafkaFeed feed(traffic, {.commit_events_max = 5}, "feed.db", {.deduplication_ids_max = 10});
    feed.settle_down();
    CHECK(feed.seen().size() == 50);
    CHECK(feed.value("SELECT count(*) FROM feed_facts") == "10");
    CHECK(feed.value("SELECT kept FROM feed_facts_state") == "10");
  }

  TEST_CASE("poison parks its key, other keys and partitions go on, and order per key holds") {
    Traffic traffic(2);
    for (int i = 1; i <= 6; ++i) {
      traffic.add("a", i, 0);
      traffic.add("b", i, 0);
      traffic.add("c", i, 1);
    }
    KafkaFeed feed(traffic, {.batch_max = 4, .commit_events_max = 8});
    feed.scribe.bad = {"b:3"};
    feed.settle_down();
    std::map<char, std::vector<std::string>> by_key;
    for (const auto& what : feed.seen()) by_key[what[0]].push_back(what);
    CHECK(by_key['a'].size() == 6);
    CHECK(by_key['b'] == Texts{"b:1", "b:2"});
    CHECK(by_key['c'].size() == 6);
    const auto parked = feed.parking().list(10);
    REQUIRE(parked.size() == 4);
    CHECK(parked[0].place == feed::Place(feed::KafkaPlace{topic, 0, 5}));
    feed.scribe.bad.clear();
    traffic.clock.advance(std::chrono::seconds(2));
    feed.settle_down();
    by_key.clear();
    for (const auto& what : feed.seen()) by_key[what[0]].push_back(what);
    CHECK(by_key['b'] == Texts{"b:1", "b:2", "b:3", "b:4", "b:5", "b:6"});
  }

  TEST_CASE("what is no text in a record is kept as text when it is parked") {
    Traffic traffic;
    auto record = traffic.record("a", 1);
    record.headers.emplace_back("ce_correlationid", "c\xC3");
    record.headers.emplace_back("traceparent", "\xF0\x9F");
    traffic.send(record);
    traffic.add("b", 1);
    KafkaFeed feed(traffic);
    feed.scribe.bad = {"a:1"};
    feed.settle_down();
    CHECK(feed.seen() == Texts{"b:1"});
    CHECK(feed.value("SELECT correlation_id FROM feed_parked") == "c?");
    CHECK(feed.value("SELECT traceparent FROM feed_parked") == "??");
  }

  TEST_CASE("a record that is no event is parked with its bytes") {
    Traffic traffic;
    traffic.send({.topic = topic, .key = "a", .value = "not an event", .partition = 0});
    traffic.add("b", 1);
    KafkaFeed feed(traffic);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"b:1"});
    const auto parked = feed.parking().show(1);
    REQUIRE(parked.has_value());
    CHECK(parked->data == "not an event");
    CHECK(parked->reason.find("cloud_event.missing_header") != std::string::npos);
  }

  TEST_CASE("a batch whose offset somebody else moved is dropped and read again") {
    Traffic traffic;
    for (int i = 1; i <= 4; ++i) traffic.add("a", i);
    KafkaFeed feed(traffic, {.commit_age_max = std::chrono::hours(1)});
    for (int i = 0; i < 20 && feed.scribe.handled == 0; ++i) {
      feed.worker.step();
      if (feed.scribe.handled == 0) traffic.clock.advance(std::chrono::milliseconds(10));
    }
    REQUIRE(feed.scribe.handled == 4);
    feed.desk_file.execute("UPDATE feed_offsets SET next_offset = 3");
    feed.settle_down();
    CHECK(feed.seen() == Texts{"a:4"});
  }

  TEST_CASE("a partition that the group takes away is given back after its batch is committed") {
    Traffic traffic(2);
    for (int i = 1; i <= 3; ++i) {
      traffic.add("a", i, 0);
      traffic.add("b", i, 1);
    }
    KafkaFeed first(traffic, {}, "first.db");
    first.settle_down();
    CHECK(first.seen().size() == 6);
    KafkaFeed second(traffic, {}, "second.db");
    for (int i = 0; i < 300; ++i) {
      first.worker.step();
      second.worker.step();
      traffic.clock.advance(std::chrono::milliseconds(20));
    }
    CHECK(second.seen().size() == 3);
    for (int i = 4; i <= 6; ++i) {
      traffic.add("a", i, 0);
      traffic.add("b", i, 1);
    }
    for (int i = 0; i < 300; ++i) {
      first.worker.step();
      second.worker.step();
      traffic.clock.advance(std::chrono::milliseconds(20));
    }
    CHECK(first.seen().size() == 9);
    CHECK(second.seen().size() == 6);
  }

  TEST_CASE("a feed that is not given all partitions says so") {
    Traffic traffic(2);
    for (int partition = 0; partition < 2; ++partition) traffic.add("a", 1, partition);
    const auto problem_of = [](const KafkaFeed& feed) {
      const auto problem = feed.worker.report().problem;
      return problem ? problem->code + ": " + problem->message : "none";
    };
    KafkaFeed first(traffic, {}, "first.db");
    traffic.broker->set_down(true);
    first.settle_down();
    CHECK(problem_of(first).starts_with("feed.no_partitions"));
    traffic.broker->set_down(false);
    first.settle_down();
    CHECK(problem_of(first) == "none");
    KafkaFeed second(traffic, {}, "second.db");
    for (int i = 0; i < 300; ++i) {
      first.worker.step();
      second.worker.step();
      traffic.clock.advance(std::chrono::milliseconds(20));
    }
    CHECK(problem_of(first).starts_with("feed.partitions_elsewhere: 1 of 2 partitions"));
    CHECK(problem_of(second).starts_with("feed.partitions_elsewhere: 1 of 2 partitions"));
  }

  TEST_CASE("records that retention cut away stop the feed") {
    Traffic traffic;
    for (int i = 1; i <= 10; ++i) traffic.add("a", i);
    {
      KafkaFeed feed(traffic, {.batch_max = 2, .commit_events_max = 2});
      for (int i = 0; i < 20 && feed.seen().empty(); ++i) {
        feed.worker.step();
        traffic.clock.advance(std::chrono::milliseconds(10));
      }
      REQUIRE(feed.seen().size() < 10);
    }
    traffic.broker->truncate_before({topic, 0}, 9);
    KafkaFeed feed(traffic);
    CHECK(failure_code([&] { feed.settle_down(); }) == "kafka.offset_out_of_range");
  }

  TEST_CASE("it is at the end although marks of transactions lie behind the last record") {
    Traffic traffic;
    const auto transactions = traffic.broker->transactional_producer("t", std::chrono::minutes(1));
    const auto finish = [](auto&& step) {
      for (int i = 0; step() == kafka::Progress::pending; ++i) REQUIRE(i < 100);
    };
    finish([&] { return transactions->init(); });
    transactions->begin();
    finish([&] { return transactions->send(traffic.record("a", 1)); });
    finish([&] { return transactions->commit(); });
    KafkaFeed feed(traffic);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"a:1"});
    CHECK(feed.worker.report().done == 2);
    CHECK(feed.worker.report().tail == 2);
  }

  TEST_CASE("the file says from which record on it is complete, and how far it is") {
    Traffic traffic;
    for (int i = 1; i <= 10; ++i) traffic.add("a", i);
    traffic.broker->truncate_before({topic, 0}, 4);
    KafkaFeed feed(traffic);
    feed.settle_down();
    const auto partitions = feed::FeedDesk(feed.desk_file).partitions();
    REQUIRE(partitions.size() == 1);
    CHECK(partitions[0].topic == topic);
    CHECK(partitions[0].first_offset == 4);
    CHECK(partitions[0].first_time == UtcTime::from_micros(1'700'000'000'000'000));
    CHECK(partitions[0].next_offset == 10);
    CHECK(partitions[0].end_offset == 10);
  }

  TEST_CASE("a topic with other partitions than before stops the feed, unless that is accepted") {
    Traffic traffic;
    traffic.add("a", 1);
    {
      KafkaFeed feed(traffic);
      feed.settle_down();
      feed.desk_file.execute("UPDATE feed_topics SET partitions = 7");
    }
    {
      KafkaFeed feed(traffic);
      CHECK(failure_code([&] { feed.settle_down(); }) == "feed.partitions_changed");
    }
    KafkaFeed feed(traffic, {}, "feed.db", {.accept_partition_changes = true});
    traffic.add("a", 2);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"a:1", "a:2"});
  }

  TEST_CASE("a broker that is down holds nothing up and loses nothing") {
    Traffic traffic;
    traffic.add("a", 1);
    KafkaFeed feed(traffic);
    feed.settle_down();
    traffic.broker->set_down(true);
    feed.settle_down();
    traffic.broker->set_down(false);
    traffic.add("a", 2);
    feed.settle_down();
    CHECK(feed.seen() == Texts{"a:1", "a:2"});
  }

  TEST_CASE("an unknown type stops the feed and names record and type") {
    Traffic traffic;
    traffic.add("a", 1);
    auto stranger = traffic.record("a", 2);
    for (auto& [name, value] : stranger.headers) {
      if (name == "ce_type") value = "counter.v1.Stranger";
    }
    traffic.send(stranger);
    KafkaFeed feed(traffic);
    CHECK(failure_code([&] { feed.settle_down(); }) == "feed.unknown_type");
    CHECK(feed.worker.report().at == "counter counter.v1.Stranger at additions/0@1");
    CHECK(feed.seen() == Texts{"a:1"});
  }

  TEST_CASE("a topic that is not there shows until it is, also while nothing is said any more") {
    Traffic traffic;
    auto source = KafkaFeed::with_group({});
    source.consumer.topics = {"late"};
    auto file = traffic.open_file("late.db");
    Scribe scribe(file);
    feed::FeedWorker worker({.name = "late"},
                            feed::kafka_source(*traffic.broker, traffic.catalogue, source), scribe,
                            file, traffic.clock);
    CHECK(failure_code([&] { worker.step(); }) == "kafka.unknown_topic");
    CHECK(worker.report().problem->code == "kafka.unknown_topic");
    traffic.broker->ensure_topics({{.name = "late", .partitions = 1}});
    for (int steps = 0; steps < 1000 && worker.report().problem; ++steps) {
      worker.step();
      traffic.clock.advance(std::chrono::milliseconds(10));
    }
    CHECK_FALSE(worker.report().problem);
    CHECK(worker.extent().tail_known);
  }
}
