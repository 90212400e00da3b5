#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/kafka/broker.hpp"

namespace tidemark::kafka::contract {

/// What the contract suite needs of an implementation. The suite's cases are templates over a type
/// derived from this that can be made from nothing.
class KafkaFixture {
 public:
  virtual ~KafkaFixture() = default;
  virtual Broker& broker() = 0;
  /// A name that no other case of this run has.
  virtual std::string unique(std::string_view prefix) = 0;
  /// Calls `is_so` until it answers true while time passes; the case fails when it never does.
  virtual void eventually(std::string_view what, const std::function<bool()>& is_so) = 0;

  /// A new topic.
  std::string topic(std::int32_t partitions, std::map<std::string, std::string> config = {});

  /// A transactional producer after `init`.
  std::unique_ptr<TransactionalProducer> initialised(const std::string& transactional_id);
  void init(TransactionalProducer& producer);
  void send(TransactionalProducer& producer, const ProducerRecord& record);
  void commit(TransactionalProducer& producer);
  void abort(TransactionalProducer& producer);
  /// begin, send all, commit.
  void publish(TransactionalProducer& producer, const std::vector<ProducerRecord>& records);
  /// Sends without a transaction and waits for the delivery reports.
  void deliver(const std::vector<ProducerRecord>& records);

  /// Everything of the topic from its beginning to its end, partition after partition.
  std::vector<ConsumerRecord> read_all(const std::string& topic, bool read_committed = true);
  /// Calls `act` until it throws a `Failure` and answers with its code.
  std::string code_of_failure(const std::function<void()>& act);
};

/// The values of records, tombstones as "-".
std::vector<std::string> values(const std::vector<ConsumerRecord>& records);

/// `count` records "v<from>", "v<from + 1>", … with one key.
std::vector<ProducerRecord> numbered(const std::string& topic, int count, int from = 0);

}  // namespace tidemark::kafka::contract
