#include <utility>

#include "failures.hpp"
#include "loopback_cluster.hpp"
#include "transaction_phase.hpp"

namespace tidemark::kafka::loopback {
namespace {

using At = TransactionPhase::At;

/// A verb reaches the broker with its first call and is known to be done with the second: callers
/// meet the moment in which only the broker knows.
class LoopbackTransactionalProducer final : public TransactionalProducer {
 public:
  LoopbackTransactionalProducer(SharedCluster cluster, std::string transactional_id, Micros timeout)
      : cluster_(std::move(cluster)),
        transactional_id_(std::move(transactional_id)),
        timeout_(timeout) {}

  Progress init() override {
    check_not_fenced();
    phase_.on_init();
    auto cluster = cluster_->lock();
    cluster->tick();
    if (cluster->is_down) return Progress::pending;
    if (phase_.at() == At::initialising) return reach(At::ready);
    identity_ = cluster->transactions.init(transactional_id_, timeout_, cluster->topics);
    phase_.move_to(At::initialising);
    return Progress::pending;
  }

  void begin() override {
    check_not_fenced();
    phase_.on_begin();
    phase_.move_to(At::open);
  }

  Progress send(const ProducerRecord& record) override {
    check_not_fenced();
    phase_.on_send();
    check_not_failed();
    auto cluster = cluster_->lock();
    cluster->tick();
    if (cluster->is_down) return Progress::pending;
    auto& log = route(*cluster, record);
    fence_unless(cluster->transactions.enlist(transactional_id_, identity_, log, cluster->now()));
    log.append(record, cluster->clock->now(), identity_.id);
    return Progress::done;
  }

  Progress commit() override {
    check_not_fenced();
    phase_.on_commit();
    check_not_failed();
    return end(true, At::committing);
  }

  Progress abort() override {
    check_not_fenced();
    phase_.on_abort();
    return end(false, At::aborting);
  }

  void poll() override { check_not_fenced(); }

 private:
  Progress end(bool commit, At under_way) {
    auto cluster = cluster_->lock();
    cluster->tick();
    if (cluster->is_down) return Progress::pending;
    if (phase_.at() == under_way) return reach(At::ready);
    fence_unless(cluster->transactions.end(transactional_id_, identity_, commit, cluster->topics));
    phase_.move_to(under_way);
    return Progress::pending;
  }

  PartitionLog& route(Cluster& cluster, const ProducerRecord& record) {
    try {
      return cluster.topics.route(record);
    } catch (const Failure&) {
      phase_.move_to(At::failed);
      throw;
    }
  }

  Progress reach(At at) {
    phase_.move_to(at);
    return Progress::done;
  }

  void fence_unless(bool is_current) {
    is_fenced_ = !is_current;
    check_not_fenced();
  }
  void check_not_fenced() const {
    if (is_fenced_) throw fenced_failure(transactional_id_);
  }
  void check_not_failed() const {
    if (phase_.at() == At::failed) throw abortable_failure("a record of the transaction failed");
  }

  const SharedCluster cluster_;
  const std::string transactional_id_;
  const Micros timeout_;

  TransactionPhase phase_;
  ProducerIdentity identity_;
  bool is_fenced_ = false;
};

class LoopbackProducer final : public Producer {
 public:
  explicit LoopbackProducer(SharedCluster cluster) : cluster_(std::move(cluster)) {}

  Progress send(const ProducerRecord& record, std::uint64_t tag) override {
    auto cluster = cluster_->lock();
    cluster->tick();
    if (cluster->is_down) return Progress::pending;
    Delivery delivery{.tag = tag, .error = {}};
    try {
      cluster->topics.route(record).append(record, cluster->clock->now(), std::nullopt);
    } catch (const Failure& failure) {
      delivery.error = as_problem(failure);
    }
    deliveries_.push_back(std::move(delivery));
    return Progress::done;
  }

  std::vector<Delivery> poll() override { return std::exchange(deliveries_, {}); }

 private:
  const SharedCluster cluster_;
  std::vector<Delivery> deliveries_;
};

}  // namespace

std::unique_ptr<TransactionalProducer> make_transactional_producer(
    SharedCluster cluster, const std::string& transactional_id, Micros transaction_timeout) {
  return std::make_unique<LoopbackTransactionalProducer>(std::move(cluster), transactional_id,
                                                         transaction_timeout);
}

std::unique_ptr<Producer> make_producer(SharedCluster cluster) {
  return std::make_unique<LoopbackProducer>(std::move(cluster));
}

}  // namespace tidemark::kafka::loopback
