#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "loopback_topics.hpp"

namespace tidemark::kafka::loopback {

using MemberId = std::uint64_t;
using GroupEvent = std::variant<Assigned, Revoked, Lost>;

/// One consumer group with cooperative rebalancing: what need not move stays, what moves is revoked
/// and waits for `release`. Times are of the monotonic clock.
class Group {
 public:
  /// Adds a member; it comes into the group with its first `poll`.
  MemberId add(const ConsumerOptions& options);
  /// The member lives: joins when it is not in the group, and goes on with its time limits.
  void poll(MemberId member, Micros now, const Topics& topics);
  /// What the member has not been told yet, at most `max`, oldest first.
  std::vector<GroupEvent> take_events(MemberId member, std::size_t max);
  /// Whether the member may read the partition: it is the member's and not being revoked.
  [[nodiscard]] bool may_read(MemberId member, const TopicPartition& partition) const;
  void release(MemberId member, const std::vector<TopicPartition>& partitions,
               const Topics& topics);
  void leave(MemberId member, const Topics& topics);
  /// The member's process died: the group notices when the session times out.
  void die(MemberId member, Micros now);
  /// Puts members out whose time is over.
  void expire(Micros now, const Topics& topics);
  /// Gives everybody their full time again, as a coordinator that comes back does.
  void restart_timers(Micros now);
  /// Gives new partitions to members.
  void rebalance(const Topics& topics);

  void commit_copy(const TopicPartition& partition, std::int64_t offset) {
    copies_[partition] = offset;
  }
  [[nodiscard]] std::optional<std::int64_t> copy_of(const TopicPartition& partition) const;

 private:
  struct Member {
    std::vector<std::string> topics;
    Micros session_timeout{0};
    Micros max_poll_interval{0};
    Micros deadline{0};
    bool is_in = false;
    bool is_dead = false;
    std::deque<GroupEvent> events;
  };
  struct Holding {
    MemberId owner = 0;
    bool is_revoked = false;
  };
  using Plan = std::map<TopicPartition, MemberId>;

  [[nodiscard]] std::vector<MemberId> readers_of(const std::string& topic) const;
  [[nodiscard]] Plan plan(const Topics& topics) const;
  void level(Plan& plan) const;
  void put_out(MemberId member);
  /// Takes undelivered `Assigned` partitions back; answers with them.
  static std::vector<TopicPartition> withdraw_events(Member& member);

  std::map<MemberId, Member> members_;
  std::map<TopicPartition, Holding> holdings_;
  std::map<TopicPartition, std::int64_t> copies_;
  MemberId next_member_ = 1;
};

}  // namespace tidemark::kafka::loopback
