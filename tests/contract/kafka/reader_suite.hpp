#pragma once

#include <doctest/doctest.h>

#include "kafka_fixture.hpp"

namespace tidemark::kafka::contract {

/// Polls once and puts the records' values behind `values`.
inline void read_into(Consumer& consumer, std::vector<std::string>& values) {
  for (const auto& event : consumer.poll(100))
    if (const auto* record = std::get_if<ConsumerRecord>(&event))
      values.push_back(record->value.value_or("-"));
}

TEST_CASE_TEMPLATE_DEFINE("a reader begins at the offset it asks for", Fixture, kafka_from_offset) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  fixture.deliver(numbered(topic, 10));
  const auto reader = fixture.broker().reader(true);
  reader->start_at({topic, 0}, {.kind = StartAt::Kind::offset, .offset = 7});
  std::vector<std::string> read;
  fixture.eventually("three records are read", [&] {
    read_into(*reader, read);
    return read.size() >= 3;
  });
  CHECK(read == std::vector<std::string>{"v7", "v8", "v9"});
}

TEST_CASE_TEMPLATE_DEFINE("a reader at the end sees only what comes", Fixture, kafka_from_end) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  fixture.deliver(numbered(topic, 3));
  const auto reader = fixture.broker().reader(true);
  reader->start_at({topic, 0}, {.kind = StartAt::Kind::end});
  std::optional<std::int64_t> end;
  fixture.eventually("the end is reported", [&] {
    for (const auto& event : reader->poll(100)) {
      CHECK_FALSE(std::holds_alternative<ConsumerRecord>(event));
      if (const auto* reached = std::get_if<ReachedEnd>(&event)) end = reached->offset;
    }
    return end.has_value();
  });
  CHECK(*end == 3);
  fixture.deliver(numbered(topic, 1, 3));
  std::vector<std::string> read;
  fixture.eventually("the new record is read", [&] {
    read_into(*reader, read);
    return !read.empty();
  });
  CHECK(read == std::vector<std::string>{"v3"});
}

TEST_CASE_TEMPLATE_DEFINE("start_at again moves a reader, back and forth", Fixture,
                          kafka_start_again) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  fixture.deliver(numbered(topic, 50));
  const auto reader = fixture.broker().reader(true);
  for (const std::int64_t offset : {20, 0, 45, 44, 10}) {
    reader->start_at({topic, 0}, {.kind = StartAt::Kind::offset, .offset = offset});
    std::vector<std::string> read;
    fixture.eventually("a record is read", [&] {
      read_into(*reader, read);
      return !read.empty();
    });
    CHECK(read.front() == "v" + std::to_string(offset));
  }
}

TEST_CASE_TEMPLATE_DEFINE("poll gives no more than it was asked for", Fixture, kafka_poll_max) {
  Fixture fixture;
  const auto topic = fixture.topic(3);
  std::vector<ProducerRecord> records;
  records.reserve(90);
  for (int number = 0; number < 90; ++number)
    records.push_back({.topic = topic, .key = std::to_string(number), .value = "x"});
  fixture.deliver(records);
  const auto reader = fixture.broker().reader(true);
  for (std::int32_t partition = 0; partition < 3; ++partition)
    reader->start_at({topic, partition}, {.kind = StartAt::Kind::beginning});
  std::size_t read = 0;
  fixture.eventually("all is read", [&] {
    const auto events = reader->poll(7);
    CHECK(events.size() <= 7);
    for (const auto& event : events) read += std::holds_alternative<ConsumerRecord>(event);
    return read == records.size();
  });
}

TEST_CASE_TEMPLATE_DEFINE("watermarks are first and next offset", Fixture, kafka_watermarks) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  fixture.deliver(numbered(topic, 5));
  const auto reader = fixture.broker().reader(true);
  reader->start_at({topic, 0}, {.kind = StartAt::Kind::beginning});
  std::optional<Consumer::Watermarks> marks;
  fixture.eventually("the broker has told", [&] {
    reader->poll(100);
    marks = reader->watermarks({topic, 0});
    return marks.has_value() && marks->high == 5;
  });
  CHECK(marks->low == 0);
  CHECK_FALSE(reader->watermarks({topic, 7}).has_value());
}

TEST_CASE_TEMPLATE_DEFINE("an offset that is not there is told, and another one can be tried",
                          Fixture, kafka_out_of_range) {
  Fixture fixture;
  const auto topic = fixture.topic(2);
  fixture.deliver({{.topic = topic, .key = "a", .value = "zero", .partition = 0},
                   {.topic = topic, .key = "a", .value = "one", .partition = 1}});
  const auto reader = fixture.broker().reader(true);
  reader->start_at({topic, 0}, {.kind = StartAt::Kind::offset, .offset = 1000});
  reader->start_at({topic, 1}, {.kind = StartAt::Kind::beginning});
  std::vector<std::string> read;
  CHECK(fixture.code_of_failure([&] { read_into(*reader, read); }) == "kafka.offset_out_of_range");
  reader->start_at({topic, 0}, {.kind = StartAt::Kind::beginning});
  fixture.eventually("both partitions are read", [&] {
    read_into(*reader, read);
    return read.size() == 2;
  });
}

TEST_CASE_TEMPLATE_DEFINE("a partition that does not exist is told", Fixture,
                          kafka_unknown_partition) {
  Fixture fixture;
  const auto topic = fixture.topic(1);
  const auto reader = fixture.broker().reader(true);
  reader->start_at({topic, 9}, {.kind = StartAt::Kind::beginning});
  CHECK(fixture.code_of_failure([&] { reader->poll(100); }) == "kafka.unknown_topic");
}

TEST_CASE_TEMPLATE_DEFINE("a paused partition gives nothing until it is resumed", Fixture,
                          kafka_pause) {
  Fixture fixture;
  const auto topic = fixture.topic(2);
  std::vector<ProducerRecord> records;
  records.reserve(40);
  for (int number = 0; number < 40; ++number)
    records.push_back({.topic = topic, .key = "k", .value = "x", .partition = number % 2});
  fixture.deliver(records);
  const auto reader = fixture.broker().reader(true);
  std::map<std::int32_t, std::vector<std::int64_t>> read;
  const auto poll = [&](std::size_t max) {
    for (const auto& event : reader->poll(max))
      if (const auto* record = std::get_if<ConsumerRecord>(&event))
        read[record->from.partition].push_back(record->offset);
  };
  for (std::int32_t partition = 0; partition < 2; ++partition)
    reader->start_at({topic, partition}, {.kind = StartAt::Kind::beginning});
  fixture.eventually("some of partition 0 is read", [&] {
    poll(1);
    return !read[0].empty();
  });
  reader->pause({{topic, 0}});
  const auto before = read[0].size();
  fixture.eventually("the other partition is read", [&] {
    poll(100);
    return read[1].size() == 20;
  });
  CHECK(read[0].size() == before);
  reader->resume({{topic, 0}});
  fixture.eventually("the rest is read", [&] {
    poll(100);
    return read[0].size() >= 20;
  });
  for (const auto& [partition, offsets] : read) {
    CHECK(offsets.size() == 20);
    for (std::size_t index = 0; index < offsets.size(); ++index)
      CHECK(offsets[index] == static_cast<std::int64_t>(index));
  }
}

}  // namespace tidemark::kafka::contract
