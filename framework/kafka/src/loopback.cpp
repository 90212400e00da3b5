#include "tidemark/kafka/loopback.hpp"

#include "failures.hpp"
#include "loopback_cluster.hpp"

namespace tidemark::kafka {
namespace {

using loopback::Cluster;
using loopback::SharedCluster;

class Loopback final : public LoopbackBroker {
 public:
  explicit Loopback(const Clock& clock)
      : cluster_(std::make_shared<runtime::Guarded<Cluster>>(Cluster(clock))) {}

  void ensure_topics(const std::vector<TopicSpec>& topics) override {
    auto cluster = cluster_->lock();
    check_up(*cluster);
    for (const auto& topic : topics) cluster->topics.ensure(topic);
    for (auto& [name, group] : cluster->groups) group.rebalance(cluster->topics);
  }

  std::vector<TopicFacts> describe(const std::vector<std::string>& topics) override {
    const auto cluster = cluster_->lock();
    check_up(*cluster);
    std::vector<TopicFacts> facts;
    for (const auto& topic : topics)
      if (cluster->topics.has(topic)) facts.push_back(cluster->topics.facts(topic));
    return facts;
  }

  std::unique_ptr<TransactionalProducer> transactional_producer(
      const std::string& transactional_id, Micros transaction_timeout) override {
    return loopback::make_transactional_producer(cluster_, transactional_id, transaction_timeout);
  }
  std::unique_ptr<Producer> producer() override { return loopback::make_producer(cluster_); }
  std::unique_ptr<Consumer> consumer(const ConsumerOptions& options) override {
    return loopback::make_group_consumer(cluster_, options);
  }
  std::unique_ptr<Consumer> reader(bool read_committed) override {
    return loopback::make_reader(cluster_, read_committed);
  }

  void set_down(bool down) override { cluster_->lock()->set_down(down); }

  std::vector<ConsumerRecord> committed(const TopicPartition& partition) override {
    const auto cluster = cluster_->lock();
    std::vector<ConsumerRecord> records;
    const auto* log = cluster->topics.find(partition);
    if (log == nullptr) return records;
    for (auto found = log->read(log->low(), true); found.record != nullptr;
         found = log->read(found.next, true))
      records.push_back(*found.record);
    return records;
  }

  void duplicate_last(const TopicPartition& partition) override {
    const auto cluster = cluster_->lock();
    if (auto* log = cluster->topics.find(partition)) log->duplicate_last();
  }
  void truncate_before(const TopicPartition& partition, std::int64_t offset) override {
    const auto cluster = cluster_->lock();
    if (auto* log = cluster->topics.find(partition)) log->truncate_before(offset);
  }
  void compact(const TopicPartition& partition) override {
    const auto cluster = cluster_->lock();
    if (auto* log = cluster->topics.find(partition)) log->compact();
  }
  std::optional<std::int64_t> committed_copy(const std::string& group,
                                             const TopicPartition& partition) override {
    const auto cluster = cluster_->lock();
    const auto found = cluster->groups.find(group);
    return found == cluster->groups.end() ? std::nullopt : found->second.copy_of(partition);
  }

 private:
  static void check_up(const Cluster& cluster) {
    if (cluster.is_down) throw unreachable_failure("the loopback broker is set down");
  }

  const SharedCluster cluster_;
};

}  // namespace

std::unique_ptr<LoopbackBroker> LoopbackBroker::create(const Clock& clock) {
  return std::make_unique<Loopback>(clock);
}

}  // namespace tidemark::kafka
