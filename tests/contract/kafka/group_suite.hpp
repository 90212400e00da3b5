#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "kafka_fixture.hpp"

namespace tidemark::kafka::contract {

/// What the members of a group have done together: offsets kept with what was read, as rows keep
/// them.
struct Rows {
  std::map<TopicPartition, std::int64_t> next;
  std::map<std::string, int> seen;  ///< value to how often
};

/// One member of a group that keeps its offsets in rows.
class Member {
 public:
  Member(KafkaFixture& fixture, const std::string& group, const std::string& topic, Rows& rows,
         Micros max_poll_interval = std::chrono::minutes(1))
      : consumer_(fixture.broker().consumer({.group = group,
                                             .topics = {topic},
                                             .session_timeout = std::chrono::seconds(2),
                                             .max_poll_interval = max_poll_interval})),
        rows_(rows) {}

  /// Takes events in; what is revoked is given back at once unless `keeps_revoked`.
  void step(bool keeps_revoked = false) {
    for (auto& event : consumer_->poll(50)) {
      if (const auto* assigned = std::get_if<Assigned>(&event)) begin(assigned->partitions);
      if (const auto* gone = std::get_if<Lost>(&event)) drop(gone->partitions);
      if (const auto* record = std::get_if<ConsumerRecord>(&event)) take(*record);
      if (const auto* taken = std::get_if<Revoked>(&event)) {
        revoked.insert(taken->partitions.begin(), taken->partitions.end());
        if (!keeps_revoked) release();
      }
    }
  }
  void release() {
    const std::vector<TopicPartition> partitions(revoked.begin(), revoked.end());
    consumer_->release(partitions);
    for (const auto& partition : partitions) owned.erase(partition);
    revoked.clear();
  }
  Consumer& consumer() { return *consumer_; }

  std::set<TopicPartition> owned;  ///< those being revoked among them
  std::set<TopicPartition> revoked;
  std::set<TopicPartition> lost;

 private:
  void begin(const std::vector<TopicPartition>& partitions) {
    for (const auto& partition : partitions) {
      CHECK(owned.insert(partition).second);
      consumer_->start_at(partition,
                          {.kind = StartAt::Kind::offset, .offset = rows_.next[partition]});
    }
  }
  void drop(const std::vector<TopicPartition>& partitions) {
    for (const auto& partition : partitions) {
      owned.erase(partition);
      revoked.erase(partition);
      lost.insert(partition);
    }
  }
  void take(const ConsumerRecord& record) {
    CHECK(owned.contains(record.from));
    CHECK_FALSE(revoked.contains(record.from));
    CHECK(record.offset == rows_.next[record.from]);
    rows_.next[record.from] = record.offset + 1;
    ++rows_.seen[record.value.value_or("-")];
  }

  std::unique_ptr<Consumer> consumer_;
  Rows& rows_;
};

/// `count` records over the partitions of the topic in turn, with values of their own.
inline std::vector<ProducerRecord> spread(const std::string& topic, int count, int from = 0) {
  auto records = numbered(topic, count, from);
  for (auto& record : records) record.key = record.value.value_or("");
  return records;
}

TEST_CASE_TEMPLATE_DEFINE("nothing is read from an assigned partition before start_at", Fixture,
                          kafka_group_start) {
  Fixture fixture;
  const auto topic = fixture.topic(2);
  fixture.deliver({{.topic = topic, .key = "a", .value = "zero", .partition = 0},
                   {.topic = topic, .key = "a", .value = "one", .partition = 1}});
  const auto consumer =
      fixture.broker().consumer({.group = fixture.unique("group"), .topics = {topic}});
  std::set<TopicPartition> assigned;
  std::vector<std::string> read;
  const auto poll = [&] {
    for (const auto& event : consumer->poll(100)) {
      if (const auto* given = std::get_if<Assigned>(&event))
        assigned.insert(given->partitions.begin(), given->partitions.end());
      if (const auto* record = std::get_if<ConsumerRecord>(&event))
        read.push_back(record->value.value_or("-"));
    }
  };
  fixture.eventually("both partitions are assigned", [&] {
    poll();
    return assigned.size() == 2;
  });
  consumer->start_at({topic, 1}, {.kind = StartAt::Kind::beginning});
  fixture.eventually("the started partition is read", [&] {
    poll();
    return !read.empty();
  });
  for (int again = 0; again < 20; ++again) poll();
  CHECK(read == std::vector<std::string>{"one"});
  consumer->start_at({topic, 0}, {.kind = StartAt::Kind::beginning});
  fixture.eventually("the other partition is read", [&] {
    poll();
    return read.size() == 2;
  });
  CHECK(read.back() == "zero");
  consumer->close();
}

TEST_CASE_TEMPLATE_DEFINE("members share, join and leave, and nothing is lost or read twice",
                          Fixture, kafka_group_shares) {
  Fixture fixture;
  const auto topic = fixture.topic(6);
  const auto group = fixture.unique("group");
  Rows rows;
  fixture.deliver(spread(topic, 300));
  Member first(fixture, group, topic, rows);
  fixture.eventually("one member has all", [&] {
    first.step();
    return first.owned.size() == 6;
  });
  {
    Member second(fixture, group, topic, rows);
    fixture.eventually("two members share", [&] {
      first.step();
      second.step();
      return first.owned.size() == 3 && second.owned.size() == 3;
    });
    fixture.deliver(spread(topic, 300, 300));
    fixture.eventually("both have read all", [&] {
      first.step();
      second.step();
      return rows.seen.size() == 600;
    });
    second.consumer().close();
  }
  fixture.deliver(spread(topic, 300, 600));
  fixture.eventually("the one that stays reads all", [&] {
    first.step();
    return first.owned.size() == 6 && rows.seen.size() == 900;
  });
  CHECK(std::all_of(rows.seen.begin(), rows.seen.end(),
                    [](const auto& seen) { return seen.second == 1; }));
  CHECK(first.lost.empty());
  first.consumer().close();
}

TEST_CASE_TEMPLATE_DEFINE("a revoked partition moves when it is released and not before", Fixture,
                          kafka_group_release) {
  Fixture fixture;
  const auto topic = fixture.topic(2);
  const auto group = fixture.unique("group");
  Rows rows;
  Member first(fixture, group, topic, rows);
  fixture.eventually("one member has all", [&] {
    first.step();
    return first.owned.size() == 2;
  });
  Member second(fixture, group, topic, rows);
  fixture.eventually("a partition is revoked", [&] {
    first.step(true);
    second.step();
    return first.revoked.size() == 1;
  });
  for (int again = 0; again < 300; ++again) {
    first.step(true);
    second.step();
  }
  CHECK(second.owned.empty());
  const auto moving = first.revoked;
  first.release();
  fixture.eventually("it has moved", [&] {
    first.step();
    second.step();
    return second.owned == moving;
  });
  CHECK(first.owned.size() == 1);
  first.consumer().close();
  second.consumer().close();
}

TEST_CASE_TEMPLATE_DEFINE("a member that died without closing is replaced after its session",
                          Fixture, kafka_group_death) {
  Fixture fixture;
  const auto topic = fixture.topic(2);
  const auto group = fixture.unique("group");
  Rows rows;
  {
    Member dying(fixture, group, topic, rows);
    fixture.eventually("one member has all", [&] {
      dying.step();
      return dying.owned.size() == 2;
    });
  }
  Member successor(fixture, group, topic, rows);
  fixture.eventually("the successor has all", [&] {
    successor.step();
    return successor.owned.size() == 2;
  });
  successor.consumer().close();
}

TEST_CASE_TEMPLATE_DEFINE("a member that does not poll in time loses all and comes back", Fixture,
                          kafka_group_late) {
  Fixture fixture;
  const auto topic = fixture.topic(2);
  const auto group = fixture.unique("group");
  Rows rows;
  Member late(fixture, group, topic, rows, std::chrono::seconds(2));
  fixture.eventually("one member has all", [&] {
    late.step();
    return late.owned.size() == 2;
  });
  Member other(fixture, group, topic, rows);
  fixture.eventually("the other has all", [&] {
    other.step();
    return other.owned.size() == 2;
  });
  fixture.eventually("the late one has been told, and both share", [&] {
    late.step();
    other.step();
    return late.lost.size() == 2 && late.owned.size() == 1 && other.owned.size() == 1;
  });
  late.consumer().close();
  other.consumer().close();
}

TEST_CASE_TEMPLATE_DEFINE("a group whose topic does not exist says so", Fixture,
                          kafka_group_unknown_topic) {
  Fixture fixture;
  const auto consumer = fixture.broker().consumer(
      {.group = fixture.unique("group"), .topics = {fixture.unique("missing")}});
  CHECK(fixture.code_of_failure([&] { consumer->poll(10); }) == "kafka.unknown_topic");
  consumer->close();
}

TEST_CASE_TEMPLATE_DEFINE("a member that reads again from an offset misses nothing", Fixture,
                          kafka_group_again) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  fixture.deliver(numbered(topic, 30));
  Rows rows;
  Member member(fixture, fixture.unique("group"), topic, rows);
  const auto read_all = [&](int times) {
    fixture.eventually("all is read", [&] {
      member.step();
      return rows.seen.size() == 30 && rows.seen["v29"] == times;
    });
  };
  read_all(1);
  rows.next[{topic, 0}] = 10;
  member.consumer().start_at({topic, 0}, {.kind = StartAt::Kind::offset, .offset = 10});
  read_all(2);
  CHECK(rows.seen["v9"] == 1);
  CHECK(rows.seen["v10"] == 2);
  member.consumer().close();
}

TEST_CASE_TEMPLATE_DEFINE("a member leaves in peace while records that it was sent are unread",
                          Fixture, kafka_group_leaves_unread) {
  Fixture fixture;
  const auto topic = fixture.topic(3);
  fixture.deliver(numbered(topic, 3000));
  const auto group = fixture.unique("group");
  for (int time = 0; time < 3; ++time) {
    Rows rows;
    Member member(fixture, group, topic, rows);
    fixture.eventually("it reads", [&] {
      member.step();
      return !rows.seen.empty();
    });
    member.consumer().close();
  }
}

}  // namespace tidemark::kafka::contract
