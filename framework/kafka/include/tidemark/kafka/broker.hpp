#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/kafka/consumer.hpp"
#include "tidemark/kafka/producer.hpp"
#include "tidemark/observe/log.hpp"

namespace tidemark::kafka {

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 1;
  std::int16_t replication = -1;                   ///< -1: the broker's default
  std::map<std::string, std::string> config = {};  ///< "cleanup.policy" → "compact", …
};

struct TopicFacts {
  std::string name;
  std::int32_t partitions = 0;
  std::map<std::string, std::string>
      config;  ///< those the broker told, "max.message.bytes" among them
};

struct ConsumerOptions {
  std::string group;
  std::vector<std::string> topics;
  Micros session_timeout = std::chrono::seconds(10);
  Micros max_poll_interval = std::chrono::minutes(5);
  /// About so many are fetched ahead and not yet polled; when they are reached, fetching rests for
  /// a second. Their bytes are bounded too (setting "queued.max.messages.kbytes", 32 MiB).
  std::size_t queued_records_max = 100'000;
  bool read_committed = true;
};

/// A Kafka cluster, real or loopback: makes producers and consumers, and answers about topics.
///
/// `ensure_topics` and `describe` block for at most `admin_timeout` and are for start-up and tools;
/// they throw `Failure` "kafka.unreachable" (retryable) or "kafka.admin". Safe from any thread.
class Broker {
 public:
  virtual ~Broker() = default;
  /// Creates the topics that do not exist; existing ones stay as they are.
  virtual void ensure_topics(const std::vector<TopicSpec>& topics) = 0;
  /// Facts of those topics that exist.
  virtual std::vector<TopicFacts> describe(const std::vector<std::string>& topics) = 0;
  virtual std::unique_ptr<TransactionalProducer> transactional_producer(
      const std::string& transactional_id, Micros transaction_timeout) = 0;
  virtual std::unique_ptr<Producer> producer() = 0;
  virtual std::unique_ptr<Consumer> consumer(const ConsumerOptions& options) = 0;
  /// A reader outside any group: assign partitions with `start_at`, no `Assigned` events, no
  /// `release`.
  virtual std::unique_ptr<Consumer> reader(bool read_committed) = 0;
};

/// How to reach a real cluster. `settings` are librdkafka's own names; those that a promise depends
/// on ("enable.idempotence", "isolation.level", "enable.auto.commit", …) are refused with
/// "kafka.forbidden_setting", unknown ones with "kafka.bad_setting". Passwords and keys never
/// reach a log or a message.
struct BrokerOptions {
  std::string bootstrap_servers;
  std::map<std::string, std::string> settings = {};
  Micros admin_timeout = std::chrono::seconds(10);
  std::size_t producer_queue_max = 100'000;
  observe::Logger logger = observe::Logger::null();  ///< what the client library has to say
};

/// A real cluster through librdkafka. Does not connect yet. Throws `Failure` for bad settings.
std::unique_ptr<Broker> connect(const BrokerOptions& options);

}  // namespace tidemark::kafka
