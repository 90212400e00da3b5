#include <doctest/doctest.h>

#include <string>

#include "tidemark/kafka/broker.hpp"

using namespace tidemark::kafka;
using tidemark::Failure;

namespace {

// Port 1 of the loopback address: nothing listens there, and nothing connects before it is asked
// to.
BrokerOptions with(const std::string& name, const std::string& value) {
  return {.bootstrap_servers = "127.0.0.1:1", .settings = {{name, value}}};
}

std::string code_of(const BrokerOptions& options) {
  try {
    connect(options);
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "";
}

}  // namespace

TEST_SUITE("kafka/settings") {
  TEST_CASE("what a promise depends on cannot be set") {
    for (const char* name :
         {"enable.idempotence", "acks", "request.required.acks", "partitioner", "transactional.id",
          "isolation.level", "auto.offset.reset", "enable.auto.commit", "group.id",
          "partition.assignment.strategy", "allow.auto.create.topics", "session.timeout.ms",
          "max.poll.interval.ms", "bootstrap.servers", "metadata.broker.list"}) {
      CAPTURE(name);
      CHECK(code_of(with(name, "1")) == "kafka.forbidden_setting");
    }
  }

  TEST_CASE("a setting that the library does not know or take is named") {
    CHECK(code_of(with("no.such.setting", "1")) == "kafka.bad_setting");
    CHECK(code_of(with("linger.ms", "soon")) == "kafka.bad_setting");
    CHECK(code_of({.bootstrap_servers = ""}) == "kafka.bad_setting");
  }

  TEST_CASE("what is left to the user can be set") {
    CHECK(code_of(with("linger.ms", "20")) == "");
    CHECK(code_of(with("compression.type", "lz4")) == "");
    CHECK(code_of(with("sasl.password", "secret")) == "");
  }

  TEST_CASE("the value of a setting that is refused is not repeated") {
    for (const char* name : {"sasl.password.x", "ssl.ca.pem", "security.protocol"}) {
      try {
        connect(with(name, "hunter2"));
      } catch (const Failure& failure) {
        CHECK(std::string(failure.what()).find("hunter2") == std::string::npos);
        CHECK(failure.message().find(name) != std::string::npos);
      }
    }
  }

  TEST_CASE("a transaction timeout that cannot be is refused when the producer is made") {
    const auto broker = connect({.bootstrap_servers = "127.0.0.1:1"});
    CHECK_THROWS_AS(broker->transactional_producer("relay", tidemark::Micros(0)), Failure);
  }
}

TEST_SUITE("kafka/unreachable") {
  TEST_CASE("a cluster that cannot be reached is pending for workers and a failure for start-up") {
    auto options = with("reconnect.backoff.ms", "10");
    options.admin_timeout = std::chrono::milliseconds(200);
    const auto broker = connect(options);
    const auto producer = broker->transactional_producer("relay", std::chrono::seconds(60));
    CHECK(producer->init() == Progress::pending);
    const auto reader = broker->reader(true);
    reader->start_at({"topic", 0}, {.kind = StartAt::Kind::beginning});
    CHECK(reader->poll(10).empty());
    reader->close();
    CHECK(reader->poll(10).empty());
    for (const auto& act : {+[](Broker& it) { it.ensure_topics({{.name = "topic"}}); },
                            +[](Broker& it) { it.describe({"topic"}); }}) {
      try {
        act(*broker);
        FAIL("did not fail");
      } catch (const Failure& failure) {
        CHECK(failure.code() == "kafka.unreachable");
        CHECK(failure.retryable());
      }
    }
  }

  TEST_CASE("a producer holds no more records than its queue takes") {
    auto options = with("linger.ms", "5");
    options.producer_queue_max = 10;
    const auto producer = connect(options)->producer();
    const ProducerRecord record{.topic = "topic", .key = "key", .value = "x"};
    int queued = 0;
    while (producer->send(record, 0) == Progress::done) ++queued;
    CHECK(queued == 10);
  }
}
