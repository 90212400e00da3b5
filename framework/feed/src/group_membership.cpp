#include "group_membership.hpp"

#include <algorithm>
#include <set>

namespace tidemark::feed {
namespace {

void free_lane(GroupLane& lane) { lane.clear_owner(); }

/// Lanes of those who are not there any more are nobody's.
void free_lanes_of_strangers(GroupRecord& record) {
  std::set<std::string> known;
  for (const auto& member : record.members()) known.insert(member.id());
  for (auto& lane : *record.mutable_lanes()) {
    if (!known.contains(lane.owner())) free_lane(lane);
  }
}

}  // namespace

bool GroupMembership::is_dead(const GroupMember& member, Micros now) {
  auto& sign =
      signs_.try_emplace(member.id(), Sign{.beat = member.beat(), .since = now}).first->second;
  if (sign.beat != member.beat()) sign = {.beat = member.beat(), .since = now};
  return now - sign.since >= lease_;
}

/// Lanes for each, and one more for the first ones by id while any are left.
int GroupMembership::share_of(const GroupRecord& record) const {
  const auto before = std::ranges::count_if(
      record.members(), [&](const GroupMember& member) { return member.id() < id_; });
  const int members = record.members_size();
  return record.lanes_size() / members + (before < record.lanes_size() % members ? 1 : 0);
}

GroupMembership::Round GroupMembership::renew(GroupRecord& record, Micros now) {
  Round round;
  auto& members = *record.mutable_members();
  for (const auto& member : members) {
    if (member.id() != id_ && is_dead(member, now)) round.buried.push_back(member.id());
  }
  const auto is_buried = [&](const GroupMember& member) {
    return std::ranges::find(round.buried, member.id()) != round.buried.end();
  };
  members.erase(std::remove_if(members.begin(), members.end(), is_buried), members.end());
  std::erase_if(signs_, [&](const auto& sign) {
    return std::ranges::none_of(
        members, [&](const GroupMember& member) { return member.id() == sign.first; });
  });
  auto me = std::ranges::find(members, id_, &GroupMember::id);
  if (me == members.end()) {
    free_lanes_of_strangers(record);
    if (members.size() >= members_max) return round;
    record.add_members()->set_id(id_);
    me = members.end() - 1;
    round.joined = true;
  }
  me->set_beat(me->beat() + 1);
  free_lanes_of_strangers(record);

  auto mine = std::ranges::count(record.lanes(), id_, &GroupLane::owner);
  const auto share = share_of(record);
  for (auto& lane : *record.mutable_lanes()) {
    if (mine > share && lane.owner() == id_) {
      free_lane(lane);
      --mine;
      ++round.released;
    } else if (mine < share && lane.owner().empty()) {
      lane.set_owner(id_);
      lane.set_epoch(lane.epoch() + 1);
      ++mine;
      ++round.claimed;
    }
  }
  return round;
}

void GroupMembership::leave(GroupRecord& record) const {
  for (auto& lane : *record.mutable_lanes()) {
    if (lane.owner() == id_) free_lane(lane);
  }
  auto& members = *record.mutable_members();
  const auto is_me = [&](const GroupMember& member) { return member.id() == id_; };
  members.erase(std::remove_if(members.begin(), members.end(), is_me), members.end());
}

}  // namespace tidemark::feed
