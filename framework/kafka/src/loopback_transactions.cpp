#include "loopback_transactions.hpp"

namespace tidemark::kafka::loopback {

ProducerIdentity TransactionCoordinator::init(const std::string& transactional_id, Micros timeout,
                                              Topics& topics) {
  const auto [found, is_new] = holders_.try_emplace(transactional_id);
  auto& holder = found->second;
  if (is_new) holder.identity.id = next_id_++;
  settle(holder, false, topics);
  ++holder.identity.epoch;
  holder.timeout = timeout;
  return holder.identity;
}

bool TransactionCoordinator::enlist(const std::string& transactional_id, ProducerIdentity identity,
                                    const PartitionLog& log, Micros now) {
  if (!is_current(transactional_id, identity)) return false;
  auto& holder = holders_.at(transactional_id);
  if (holder.partitions.empty()) holder.deadline = now + holder.timeout;
  holder.partitions.insert(log.name());
  return true;
}

bool TransactionCoordinator::end(const std::string& transactional_id, ProducerIdentity identity,
                                 bool commit, Topics& topics) {
  if (!is_current(transactional_id, identity)) return false;
  settle(holders_.at(transactional_id), commit, topics);
  return true;
}

bool TransactionCoordinator::is_current(const std::string& transactional_id,
                                        ProducerIdentity identity) const {
  const auto found = holders_.find(transactional_id);
  return found != holders_.end() && found->second.identity == identity;
}

void TransactionCoordinator::expire(Micros now, Topics& topics) {
  for (auto& [transactional_id, holder] : holders_) {
    if (holder.partitions.empty() || now < holder.deadline) continue;
    settle(holder, false, topics);
    ++holder.identity.epoch;
  }
}

void TransactionCoordinator::settle(Holder& holder, bool commit, Topics& topics) {
  for (const auto& partition : holder.partitions)
    topics.find(partition)->end_transaction(holder.identity.id, commit);
  holder.partitions.clear();
}

}  // namespace tidemark::kafka::loopback
