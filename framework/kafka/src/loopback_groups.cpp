#include "loopback_groups.hpp"

#include <algorithm>
#include <set>

namespace tidemark::kafka::loopback {

MemberId Group::add(const ConsumerOptions& options) {
  const auto id = next_member_++;
  members_.emplace(id, Member{.topics = options.topics,
                              .session_timeout = options.session_timeout,
                              .max_poll_interval = options.max_poll_interval,
                              .deadline = {},
                              .events = {}});
  return id;
}

void Group::poll(MemberId member, Micros now, const Topics& topics) {
  auto& polled = members_.at(member);
  polled.deadline = now + polled.max_poll_interval;
  // Who was put out hears of its loss before it joins again.
  if (polled.is_in || !polled.events.empty()) return;
  polled.is_in = true;
  rebalance(topics);
}

std::vector<GroupEvent> Group::take_events(MemberId member, std::size_t max) {
  auto& events = members_.at(member).events;
  std::vector<GroupEvent> taken;
  while (!events.empty() && taken.size() < max) {
    taken.push_back(std::move(events.front()));
    events.pop_front();
  }
  return taken;
}

bool Group::may_read(MemberId member, const TopicPartition& partition) const {
  const auto found = holdings_.find(partition);
  return found != holdings_.end() && found->second.owner == member && !found->second.is_revoked;
}

void Group::release(MemberId member, const std::vector<TopicPartition>& partitions,
                    const Topics& topics) {
  for (const auto& partition : partitions) {
    const auto found = holdings_.find(partition);
    if (found == holdings_.end() || found->second.owner != member) continue;
    if (found->second.is_revoked) holdings_.erase(found);
  }
  rebalance(topics);
}

void Group::leave(MemberId member, const Topics& topics) {
  put_out(member);
  members_.erase(member);
  rebalance(topics);
}

void Group::die(MemberId member, Micros now) {
  auto& dead = members_.at(member);
  if (!dead.is_in) {
    members_.erase(member);
    return;
  }
  dead.is_dead = true;
  dead.deadline = now + dead.session_timeout;
}

void Group::expire(Micros now, const Topics& topics) {
  std::vector<MemberId> late;
  for (const auto& [id, member] : members_)
    if (member.is_in && now >= member.deadline) late.push_back(id);
  for (const auto id : late) {
    put_out(id);
    if (members_.at(id).is_dead) members_.erase(id);
  }
  if (!late.empty()) rebalance(topics);
}

void Group::restart_timers(Micros now) {
  for (auto& [id, member] : members_)
    member.deadline = now + (member.is_dead ? member.session_timeout : member.max_poll_interval);
}

void Group::rebalance(const Topics& topics) {
  std::map<MemberId, std::vector<TopicPartition>> assigned;
  std::map<MemberId, std::vector<TopicPartition>> revoked;
  for (const auto& [partition, target] : plan(topics)) {
    const auto [found, is_free] = holdings_.try_emplace(partition, Holding{.owner = target});
    auto& holding = found->second;
    if (is_free) {
      assigned[target].push_back(partition);
    } else if (holding.owner != target && !holding.is_revoked) {
      holding.is_revoked = true;
      revoked[holding.owner].push_back(partition);
    }
  }
  for (auto& [member, partitions] : revoked)
    members_.at(member).events.push_back(Revoked{std::move(partitions)});
  for (auto& [member, partitions] : assigned)
    members_.at(member).events.push_back(Assigned{std::move(partitions)});
}

std::optional<std::int64_t> Group::copy_of(const TopicPartition& partition) const {
  const auto found = copies_.find(partition);
  return found == copies_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<MemberId> Group::readers_of(const std::string& topic) const {
  std::vector<MemberId> readers;
  for (const auto& [id, member] : members_) {
    const auto& names = member.topics;
    if (member.is_in && std::find(names.begin(), names.end(), topic) != names.end())
      readers.push_back(id);
  }
  return readers;
}

Group::Plan Group::plan(const Topics& topics) const {
  Plan plan;
  std::map<MemberId, std::size_t> load;
  std::vector<TopicPartition> homeless;
  std::set<std::string> names;
  for (const auto& [id, member] : members_)
    if (member.is_in) names.insert(member.topics.begin(), member.topics.end());
  for (const auto& name : names) {
    for (auto& partition : topics.partitions(name)) {
      const auto held = holdings_.find(partition);
      if (held != holdings_.end() && !held->second.is_revoked) {
        plan[partition] = held->second.owner;
        ++load[held->second.owner];
      } else {
        homeless.push_back(std::move(partition));
      }
    }
  }
  for (const auto& partition : homeless) {
    const auto readers = readers_of(partition.topic);
    const auto least = *std::min_element(readers.begin(), readers.end(),
                                         [&](MemberId a, MemberId b) { return load[a] < load[b]; });
    plan[partition] = least;
    ++load[least];
  }
  level(plan);
  return plan;
}

void Group::level(Plan& plan) const {
  std::map<MemberId, std::size_t> load;
  for (const auto& [partition, member] : plan) ++load[member];
  for (bool has_moved = true; has_moved;) {
    has_moved = false;
    for (auto& [partition, owner] : plan) {
      const auto readers = readers_of(partition.topic);
      const auto least =
          *std::min_element(readers.begin(), readers.end(),
                            [&](MemberId a, MemberId b) { return load[a] < load[b]; });
      if (load[owner] < load[least] + 2) continue;
      --load[owner];
      ++load[least];
      owner = least;
      has_moved = true;
    }
  }
}

void Group::put_out(MemberId member) {
  auto& out = members_.at(member);
  const auto untold = withdraw_events(out);
  Lost lost;
  std::erase_if(holdings_, [&](const auto& held) {
    if (held.second.owner != member) return false;
    if (std::find(untold.begin(), untold.end(), held.first) == untold.end())
      lost.partitions.push_back(held.first);
    return true;
  });
  out.is_in = false;
  if (!lost.partitions.empty()) out.events.push_back(std::move(lost));
}

std::vector<TopicPartition> Group::withdraw_events(Member& member) {
  std::vector<TopicPartition> untold;
  std::deque<GroupEvent> kept;
  for (auto& event : member.events) {
    if (const auto* assigned = std::get_if<Assigned>(&event))
      untold.insert(untold.end(), assigned->partitions.begin(), assigned->partitions.end());
    else if (std::holds_alternative<Lost>(event))
      kept.push_back(std::move(event));
  }
  member.events = std::move(kept);
  return untold;
}

}  // namespace tidemark::kafka::loopback
