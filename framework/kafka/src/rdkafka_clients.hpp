#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tidemark/kafka/broker.hpp"

namespace tidemark::kafka::rd {

std::unique_ptr<TransactionalProducer> make_transactional_producer(
    const BrokerOptions& options, const std::string& transactional_id, Micros transaction_timeout);
std::unique_ptr<Producer> make_producer(const BrokerOptions& options);
std::unique_ptr<Consumer> make_group_consumer(const BrokerOptions& options,
                                              const ConsumerOptions& consumer);
std::unique_ptr<Consumer> make_reader(const BrokerOptions& options, bool read_committed);

void ensure_topics(const BrokerOptions& options, const std::vector<TopicSpec>& topics);
std::vector<TopicFacts> describe(const BrokerOptions& options,
                                 const std::vector<std::string>& topics);

}  // namespace tidemark::kafka::rd
