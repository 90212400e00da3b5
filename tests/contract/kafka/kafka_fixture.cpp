#include "kafka_fixture.hpp"

#include <doctest/doctest.h>

#include <set>

namespace tidemark::kafka::contract {

std::string KafkaFixture::topic(std::int32_t partitions,
                                std::map<std::string, std::string> config) {
  auto name = unique("topic");
  broker().ensure_topics({{.name = name, .partitions = partitions, .config = std::move(config)}});
  return name;
}

std::unique_ptr<TransactionalProducer> KafkaFixture::initialised(
    const std::string& transactional_id) {
  auto producer = broker().transactional_producer(transactional_id, std::chrono::seconds(60));
  init(*producer);
  return producer;
}

void KafkaFixture::init(TransactionalProducer& producer) {
  eventually("init is done", [&] { return producer.init() == Progress::done; });
}

void KafkaFixture::send(TransactionalProducer& producer, const ProducerRecord& record) {
  eventually("the record is queued", [&] {
    producer.poll();
    return producer.send(record) == Progress::done;
  });
}

void KafkaFixture::commit(TransactionalProducer& producer) {
  eventually("commit is done", [&] { return producer.commit() == Progress::done; });
}

void KafkaFixture::abort(TransactionalProducer& producer) {
  eventually("abort is done", [&] { return producer.abort() == Progress::done; });
}

void KafkaFixture::publish(TransactionalProducer& producer,
                           const std::vector<ProducerRecord>& records) {
  producer.begin();
  for (const auto& record : records) send(producer, record);
  commit(producer);
}

void KafkaFixture::deliver(const std::vector<ProducerRecord>& records) {
  const auto producer = broker().producer();
  std::size_t delivered = 0;
  const auto count = [&] {
    for (const auto& delivery : producer->poll()) {
      CHECK_FALSE(delivery.error.has_value());
      ++delivered;
    }
    return delivered == records.size();
  };
  for (std::uint64_t tag = 0; tag < records.size(); ++tag)
    eventually("the record is queued",
               [&] { return producer->send(records[tag], tag) == Progress::done; });
  eventually("all records are delivered", count);
}

std::vector<ConsumerRecord> KafkaFixture::read_all(const std::string& topic, bool read_committed) {
  const auto facts = broker().describe({topic});
  REQUIRE(facts.size() == 1);
  const auto reader = broker().reader(read_committed);
  std::map<TopicPartition, std::vector<ConsumerRecord>> read;
  std::set<TopicPartition> ended;
  for (std::int32_t partition = 0; partition < facts.front().partitions; ++partition) {
    read[{topic, partition}];
    reader->start_at({topic, partition}, {.kind = StartAt::Kind::beginning});
  }
  eventually("the end of each partition is reached", [&] {
    for (auto& event : reader->poll(100)) {
      if (auto* record = std::get_if<ConsumerRecord>(&event))
        read[record->from].push_back(std::move(*record));
      if (const auto* end = std::get_if<ReachedEnd>(&event)) ended.insert(end->partition);
    }
    return ended.size() == read.size();
  });
  reader->close();
  std::vector<ConsumerRecord> all;
  for (auto& [partition, records] : read) all.insert(all.end(), records.begin(), records.end());
  return all;
}

std::string KafkaFixture::code_of_failure(const std::function<void()>& act) {
  std::string code;
  eventually("it fails", [&] {
    try {
      act();
      return false;
    } catch (const Failure& failure) {
      code = failure.code();
      return true;
    }
  });
  return code;
}

std::vector<std::string> values(const std::vector<ConsumerRecord>& records) {
  std::vector<std::string> values;
  values.reserve(records.size());
  for (const auto& record : records) values.push_back(record.value.value_or("-"));
  return values;
}

std::vector<ProducerRecord> numbered(const std::string& topic, int count, int from) {
  std::vector<ProducerRecord> records;
  for (int number = from; number < from + count; ++number)
    records.push_back({.topic = topic, .key = "key", .value = "v" + std::to_string(number)});
  return records;
}

}  // namespace tidemark::kafka::contract
