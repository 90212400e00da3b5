#include <algorithm>
#include <optional>
#include <set>

#include "real_broker.hpp"

namespace tidemark::kafka::contract {
namespace {

using Values = std::vector<std::string>;

/// Publishes numbered records in transactions as the relay does: what is committed is asked of the
/// broker after each failure, and nothing else is remembered.
class NumberedWriter {
 public:
  NumberedWriter(KafkaFixture& fixture, std::string topic)
      : fixture_(fixture), topic_(std::move(topic)), id_(fixture.unique("producer")) {}

  /// One look at the broker: true when a transaction of `count` records was committed.
  bool step(int count) {
    try {
      return advance(count);
    } catch (const Failure& failure) {
      codes.insert(failure.code());
      if (failure.code() == "kafka.abortable") {
        at_ = At::aborting;
      } else {
        producer_.reset();
      }
      return false;
    }
  }

  int committed = 0;
  std::set<std::string> codes;

 private:
  enum class At { sending, committing, aborting };

  bool advance(int count) {
    if (producer_ == nullptr) {
      producer_ = fixture_.broker().transactional_producer(id_, std::chrono::seconds(10));
      is_ready_ = false;
    }
    if (!is_ready_) {
      if (producer_->init() != Progress::done) return false;
      recover();
    }
    switch (at_) {
      case At::sending:
        return send_all(count);
      case At::committing:
        return commit(count);
      case At::aborting:
        if (producer_->abort() == Progress::done) recover();
        return false;
    }
    return false;
  }

  void recover() {
    committed = static_cast<int>(fixture_.read_all(topic_).size());
    is_ready_ = true;
    is_begun_ = false;
    at_ = At::sending;
  }

  bool send_all(int count) {
    if (!is_begun_) {
      producer_->begin();
      is_begun_ = true;
      sent_ = 0;
    }
    for (; sent_ < count; ++sent_)
      if (producer_->send(numbered(topic_, 1, committed + sent_).front()) != Progress::done)
        return false;
    at_ = At::committing;
    return commit(count);
  }

  bool commit(int count) {
    if (producer_->commit() != Progress::done) return false;
    committed += count;
    at_ = At::sending;
    is_begun_ = false;
    return true;
  }

  KafkaFixture& fixture_;
  const std::string topic_;
  const std::string id_;
  std::unique_ptr<TransactionalProducer> producer_;
  bool is_ready_ = false;
  bool is_begun_ = false;
  int sent_ = 0;
  At at_ = At::sending;
};

Values first_values(int count) {
  Values expected;
  for (int number = 0; number < count; ++number) expected.push_back("v" + std::to_string(number));
  return expected;
}

}  // namespace

TEST_CASE("transactions go on over kills and stops of the broker, once and in order") {
  RealBroker fixture;
  auto& cluster = test::KafkaCluster::running();
  const auto topic = fixture.topic(1);
  NumberedWriter writer(fixture, topic);
  const auto write = [&](int transactions) {
    int done = 0;
    fixture.eventually("transactions are committed", [&] {
      done += writer.step(10);
      return done >= transactions;
    });
  };
  write(20);
  for (const bool is_killed : {true, false, true}) {
    writer.step(10);
    is_killed ? cluster.kill() : cluster.stop();
    for (int steps = 0; steps < 30; ++steps) writer.step(10);
    cluster.start();
    write(20);
  }
  const auto read = values(fixture.read_all(topic));
  for (const auto& code : writer.codes) MESSAGE("met on the way: " << code);
  CHECK(read == first_values(writer.committed));
}

TEST_CASE("a consumer waits for a broker that is down and goes on where it was") {
  RealBroker fixture;
  auto& cluster = test::KafkaCluster::running();
  const auto topic = fixture.topic(1);
  fixture.deliver(numbered(topic, 10));
  const auto consumer =
      fixture.broker().consumer({.group = fixture.unique("group"), .topics = {topic}});
  Values read;
  const auto poll = [&] {
    for (const auto& event : consumer->poll(100)) {
      if (const auto* assigned = std::get_if<Assigned>(&event))
        for (const auto& partition : assigned->partitions)
          consumer->start_at(partition, {.kind = StartAt::Kind::offset,
                                         .offset = static_cast<std::int64_t>(read.size())});
      if (const auto* record = std::get_if<ConsumerRecord>(&event))
        read.push_back(record->value.value_or("-"));
    }
  };
  fixture.eventually("ten are read", [&] { return poll(), read.size() == 10; });
  cluster.kill();
  for (int polls = 0; polls < 100; ++polls) poll();
  cluster.start();
  fixture.deliver(numbered(topic, 10, 10));
  fixture.eventually("twenty are read", [&] { return poll(), read.size() == 20; });
  CHECK(read == first_values(20));
  consumer->close();
}

TEST_CASE("a producer outside transactions delivers what it queued while the broker was down") {
  RealBroker fixture;
  auto& cluster = test::KafkaCluster::running();
  const auto topic = fixture.topic(1);
  fixture.deliver(numbered(topic, 1));
  const auto producer = fixture.broker().producer();
  cluster.kill();
  for (std::uint64_t tag = 1; tag < 20; ++tag)
    CHECK(producer->send(numbered(topic, 1, static_cast<int>(tag)).front(), tag) == Progress::done);
  CHECK(producer->poll().empty());
  cluster.start();
  std::size_t delivered = 0;
  fixture.eventually("all are delivered", [&] {
    for (const auto& delivery : producer->poll()) {
      CHECK_FALSE(delivery.error.has_value());
      ++delivered;
    }
    return delivered == 19;
  });
  CHECK(values(fixture.read_all(topic)) == first_values(20));
}

TEST_CASE("leaving and going are bounded when the broker is down") {
  RealBroker fixture;
  auto& cluster = test::KafkaCluster::running();
  const auto topic = fixture.topic(1);
  auto producer = fixture.initialised(fixture.unique("producer"));
  producer->begin();
  fixture.send(*producer, numbered(topic, 1).front());
  auto consumer = fixture.broker().consumer({.group = fixture.unique("group"), .topics = {topic}});
  fixture.eventually("the consumer has joined", [&] { return !consumer->poll(10).empty(); });
  cluster.kill();
  const SystemClock clock;
  const auto begin = clock.monotonic();
  producer->commit();
  producer.reset();
  consumer->close();
  consumer.reset();
  CHECK(clock.monotonic() - begin < std::chrono::seconds(6));
  cluster.start();
}

TEST_CASE("a transaction that outlives its timeout is fenced and never seen") {
  RealBroker fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  const auto producer = fixture.broker().transactional_producer(id, std::chrono::seconds(2));
  fixture.init(*producer);
  producer->begin();
  fixture.send(*producer, numbered(topic, 1).front());
  fixture.eventually("the record has arrived", [&] {
    producer->poll();
    return fixture.read_all(topic, false).size() == 1;
  });
  fixture.deliver({{.topic = topic, .key = "key", .value = "behind"}});
  CHECK(fixture.read_all(topic).empty());
  fixture.eventually("the broker has aborted it",
                     [&] { return values(fixture.read_all(topic)) == Values{"behind"}; });
  CHECK(fixture.code_of_failure([&] { producer->commit(); }) == "kafka.fenced");
}

}  // namespace tidemark::kafka::contract
