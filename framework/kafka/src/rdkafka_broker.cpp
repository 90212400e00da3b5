#include "failures.hpp"
#include "rdkafka_clients.hpp"
#include "rdkafka_config.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::kafka {
namespace {

/// Holds options only: each client has connections of its own.
class RdBroker final : public Broker {
 public:
  explicit RdBroker(BrokerOptions options) : options_(std::move(options)) {}

  void ensure_topics(const std::vector<TopicSpec>& topics) override {
    rd::ensure_topics(options_, topics);
  }
  std::vector<TopicFacts> describe(const std::vector<std::string>& topics) override {
    return rd::describe(options_, topics);
  }
  std::unique_ptr<TransactionalProducer> transactional_producer(
      const std::string& transactional_id, Micros transaction_timeout) override {
    return rd::make_transactional_producer(options_, transactional_id, transaction_timeout);
  }
  std::unique_ptr<Producer> producer() override { return rd::make_producer(options_); }
  std::unique_ptr<Consumer> consumer(const ConsumerOptions& options) override {
    TIDEMARK_ASSERT(!options.topics.empty(), "a member of a group reads topics");
    return rd::make_group_consumer(options_, options);
  }
  std::unique_ptr<Consumer> reader(bool read_committed) override {
    return rd::make_reader(options_, read_committed);
  }

 private:
  const BrokerOptions options_;
};

}  // namespace

std::unique_ptr<Broker> connect(const BrokerOptions& options) {
  rd::check_settings(options);
  return std::make_unique<RdBroker>(options);
}

}  // namespace tidemark::kafka
