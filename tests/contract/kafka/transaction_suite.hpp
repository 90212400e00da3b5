#pragma once

#include <doctest/doctest.h>

#include "kafka_fixture.hpp"

namespace tidemark::kafka::contract {

TEST_CASE_TEMPLATE_DEFINE("records are visible after the commit and not before", Fixture,
                          kafka_commit_shows) {
  using Values = std::vector<std::string>;
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  const auto producer = fixture.initialised(id);
  producer->begin();
  for (const auto& record : numbered(topic, 3)) fixture.send(*producer, record);
  fixture.eventually("the records have arrived", [&] {
    producer->poll();
    return fixture.read_all(topic, false).size() == 3;
  });
  CHECK(fixture.read_all(topic).empty());
  fixture.commit(*producer);
  CHECK(values(fixture.read_all(topic)) == Values{"v0", "v1", "v2"});
}

TEST_CASE_TEMPLATE_DEFINE("an aborted transaction is never seen and leaves a gap of offsets",
                          Fixture, kafka_abort_hides) {
  using Values = std::vector<std::string>;
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  const auto producer = fixture.initialised(id);
  fixture.publish(*producer, numbered(topic, 1));
  producer->begin();
  fixture.send(*producer, {.topic = topic, .key = "key", .value = "aborted"});
  fixture.eventually("the record has arrived", [&] {
    producer->poll();
    return fixture.read_all(topic, false).size() == 2;
  });
  fixture.abort(*producer);
  fixture.publish(*producer, numbered(topic, 1, 1));
  const auto read = fixture.read_all(topic);
  CHECK(values(read) == Values{"v0", "v1"});
  // v0, its marker, the aborted record, its marker, v1
  CHECK(read.back().offset == 4);
  CHECK(values(fixture.read_all(topic, false)) == Values{"v0", "aborted", "v1"});
}

TEST_CASE_TEMPLATE_DEFINE("a reader waits at the first record of a transaction that is open",
                          Fixture, kafka_last_stable) {
  using Values = std::vector<std::string>;
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  const auto slow = fixture.initialised(id);
  const auto fast = fixture.initialised(fixture.unique("producer"));
  slow->begin();
  fixture.send(*slow, {.topic = topic, .key = "key", .value = "slow"});
  fixture.eventually("the record has arrived", [&] {
    slow->poll();
    return fixture.read_all(topic, false).size() == 1;
  });
  fixture.publish(*fast, {{.topic = topic, .key = "key", .value = "fast"}});
  CHECK(fixture.read_all(topic).empty());
  fixture.commit(*slow);
  CHECK(values(fixture.read_all(topic)) == Values{"slow", "fast"});
}

TEST_CASE_TEMPLATE_DEFINE("one transaction covers several topics and partitions", Fixture,
                          kafka_many_topics) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  const auto other = fixture.topic(3);
  const auto producer = fixture.initialised(id);
  producer->begin();
  fixture.send(*producer, {.topic = topic, .key = "key", .value = "x"});
  for (std::int32_t partition = 0; partition < 3; ++partition)
    fixture.send(*producer, {.topic = other, .key = "k", .value = "y", .partition = partition});
  fixture.commit(*producer);
  CHECK(fixture.read_all(topic).size() == 1);
  CHECK(fixture.read_all(other).size() == 3);
}

TEST_CASE_TEMPLATE_DEFINE("an empty transaction commits, aborts and writes nothing", Fixture,
                          kafka_empty_transaction) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  const auto producer = fixture.initialised(id);
  fixture.publish(*producer, {});
  producer->begin();
  fixture.abort(*producer);
  fixture.publish(*producer, numbered(topic, 1));
  CHECK(fixture.read_all(topic, false).front().offset == 0);
}

TEST_CASE_TEMPLATE_DEFINE("many transactions in a row are all there, once and in order", Fixture,
                          kafka_many_transactions) {
  using Values = std::vector<std::string>;
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  const auto producer = fixture.initialised(id);
  Values expected;
  for (int number = 0; number < 100; ++number) {
    fixture.publish(*producer, numbered(topic, 2, number * 2));
    expected.push_back("v" + std::to_string(number * 2));
    expected.push_back("v" + std::to_string(number * 2 + 1));
  }
  CHECK(values(fixture.read_all(topic)) == expected);
}

TEST_CASE_TEMPLATE_DEFINE("a newer producer fences the older one in its transaction", Fixture,
                          kafka_fenced_inside) {
  using Values = std::vector<std::string>;
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  const auto code_of = [&](const std::function<void()>& act) {
    return fixture.code_of_failure(act);
  };
  const auto older = fixture.initialised(id);
  older->begin();
  fixture.send(*older, {.topic = topic, .key = "key", .value = "older"});
  const auto newer = fixture.initialised(id);
  CHECK(code_of([&] { older->commit(); }) == "kafka.fenced");
  CHECK(code_of([&] { older->commit(); }) == "kafka.fenced");
  CHECK(code_of([&] { older->poll(); }) == "kafka.fenced");
  fixture.publish(*newer, {{.topic = topic, .key = "key", .value = "newer"}});
  CHECK(values(fixture.read_all(topic)) == Values{"newer"});
}

TEST_CASE_TEMPLATE_DEFINE("a newer producer fences the older one between transactions", Fixture,
                          kafka_fenced_between) {
  using Values = std::vector<std::string>;
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  const auto code_of = [&](const std::function<void()>& act) {
    return fixture.code_of_failure(act);
  };
  const auto older = fixture.initialised(id);
  fixture.publish(*older, {{.topic = topic, .key = "key", .value = "older"}});
  const auto newer = fixture.initialised(id);
  older->begin();
  const auto code = code_of([&] {
    if (older->send({.topic = topic, .key = "key", .value = "too late"}) == Progress::done)
      fixture.commit(*older);
  });
  CHECK(code == "kafka.fenced");
  fixture.publish(*newer, {{.topic = topic, .key = "key", .value = "newer"}});
  CHECK(values(fixture.read_all(topic)) == Values{"older", "newer"});
}

TEST_CASE_TEMPLATE_DEFINE("init aborts what a crashed predecessor left open", Fixture,
                          kafka_init_aborts) {
  using Values = std::vector<std::string>;
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  auto crashed = fixture.initialised(id);
  fixture.publish(*crashed, numbered(topic, 1));
  crashed->begin();
  fixture.send(*crashed, {.topic = topic, .key = "key", .value = "half"});
  fixture.eventually("the record has arrived", [&] {
    crashed->poll();
    return fixture.read_all(topic, false).size() == 2;
  });
  crashed.reset();
  const auto successor = fixture.initialised(id);
  fixture.publish(*successor, numbered(topic, 1, 1));
  CHECK(values(fixture.read_all(topic)) == Values{"v0", "v1"});
}

TEST_CASE_TEMPLATE_DEFINE("a crash while the commit is under way leaves all of it or nothing",
                          Fixture, kafka_commit_crash) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto id = fixture.unique("producer");
  auto crashed = fixture.initialised(id);
  crashed->begin();
  for (const auto& record : numbered(topic, 50)) fixture.send(*crashed, record);
  crashed->commit();
  crashed.reset();
  const auto successor = fixture.initialised(id);
  const auto left = fixture.read_all(topic).size();
  CHECK((left == 0 || left == 50));
  fixture.publish(*successor, numbered(topic, 1));
  CHECK(fixture.read_all(topic).size() == left + 1);
}

}  // namespace tidemark::kafka::contract
