#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "loopback_topics.hpp"

namespace tidemark::kafka::loopback {

/// A transactional id's holder: of one id, a newer epoch fences the older ones.
struct ProducerIdentity {
  std::int64_t id = 0;
  std::int32_t epoch = 0;
  friend bool operator==(const ProducerIdentity&, const ProducerIdentity&) = default;
};

/// The transaction coordinator of a loopback broker.
class TransactionCoordinator {
 public:
  /// Aborts the open transaction of the id's last holder and fences it.
  ProducerIdentity init(const std::string& transactional_id, Micros timeout, Topics& topics);
  /// Makes `log` part of the holder's transaction, which begins with its first record.
  /// False when `identity` is fenced.
  bool enlist(const std::string& transactional_id, ProducerIdentity identity,
              const PartitionLog& log, Micros now);
  /// Ends the holder's transaction, if it has one. False when `identity` is fenced.
  bool end(const std::string& transactional_id, ProducerIdentity identity, bool commit,
           Topics& topics);
  [[nodiscard]] bool is_current(const std::string& transactional_id,
                                ProducerIdentity identity) const;
  /// Aborts transactions that outlived their timeout, and fences who left them open.
  void expire(Micros now, Topics& topics);

 private:
  struct Holder {
    ProducerIdentity identity;
    Micros timeout{0};
    Micros deadline{0};                   ///< of the open transaction
    std::set<TopicPartition> partitions;  ///< of the open transaction; none: not open
  };
  static void settle(Holder& holder, bool commit, Topics& topics);

  std::map<std::string, Holder> holders_;
  std::int64_t next_id_ = 1;
};

}  // namespace tidemark::kafka::loopback
