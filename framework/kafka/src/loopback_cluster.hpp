#pragma once

#include <map>
#include <memory>
#include <string>

#include "loopback_groups.hpp"
#include "loopback_topics.hpp"
#include "loopback_transactions.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/runtime/guarded.hpp"

namespace tidemark::kafka::loopback {

/// All that a loopback broker holds.
struct Cluster {
  explicit Cluster(const Clock& broker_clock) : clock(&broker_clock) {}

  /// Lets time do its work. First thing under every lock.
  void tick();
  void set_down(bool down);
  [[nodiscard]] Micros now() const { return clock->monotonic(); }

  const Clock* clock;
  bool is_down = false;
  Topics topics;
  TransactionCoordinator transactions;
  std::map<std::string, Group> groups;
};

// Shared: a client may be destroyed after the broker it came from, as with the real one.
using SharedCluster = std::shared_ptr<runtime::Guarded<Cluster>>;

std::unique_ptr<TransactionalProducer> make_transactional_producer(
    SharedCluster cluster, const std::string& transactional_id, Micros transaction_timeout);
std::unique_ptr<Producer> make_producer(SharedCluster cluster);
std::unique_ptr<Consumer> make_group_consumer(SharedCluster cluster,
                                              const ConsumerOptions& options);
std::unique_ptr<Consumer> make_reader(SharedCluster cluster, bool read_committed);

}  // namespace tidemark::kafka::loopback
