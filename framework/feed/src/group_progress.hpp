#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/position.hpp"
#include "tidemark/base/time.hpp"
#include "tidemark/feed/consumer_group.pb.h"

namespace tidemark::feed {

/// What one member has come to since the group's record was last changed: places of its lanes, and
/// keys that wait. One thread at a time.
class GroupProgress {
 public:
  struct Lane {
    std::uint64_t epoch = 0;
    Position position;
  };
  /// A key of one of its lanes that waits.
  struct Parked {
    GroupParked entry;
    bool changed = false;  ///< since it was last noted
    bool done = false;     ///< nothing waits any more
    Micros due{0};         ///< monotonic; when it is tried again, unless it waits for a person
  };

  /// Writes it into a record that may have changed meanwhile. What belongs to lanes that are no
  /// longer the member's is left out, and of an entry that a person changed the person's holds.
  void merge(GroupRecord& record, const std::string& member) const;
  /// Takes what a record, now stored, gives to the member.
  void adopt(const GroupRecord& record, const std::string& member, Micros now);

  /// Its own place of a lane; null when the lane is not its.
  [[nodiscard]] const Lane* lane(std::uint32_t number) const;
  [[nodiscard]] bool has_lanes() const { return !lanes_.empty(); }
  /// Every event up to here is behind all its lanes.
  [[nodiscard]] Position lowest() const;
  /// Every event up to `position` is handled, waits with its key, or is not the member's.
  void pass(Position position);
  /// Whether there is something to note.
  [[nodiscard]] bool has_moved() const { return moved_; }

  [[nodiscard]] std::uint32_t lanes_of_group() const { return lanes_of_group_; }
  [[nodiscard]] std::uint64_t parked_in_group() const { return parked_elsewhere_ + parked_.size(); }
  [[nodiscard]] bool is_parked(const std::string& key) const;
  /// Sets a key aside from `entry.position` on.
  void park(GroupParked entry, Micros due);
  /// One of the member's.
  [[nodiscard]] const Parked& parked(const std::string& key) const { return parked_.at(key); }
  /// Everything of a parked key before `next` is handled; behind its lane's place it waits no more.
  void advance(const std::string& key, Position next);
  /// The keys that are due, oldest first.
  [[nodiscard]] std::vector<std::string> due(Micros now) const;
  /// When the next one is; none when none will be.
  [[nodiscard]] std::optional<Micros> next_due() const;

 private:
  std::map<std::uint32_t, Lane> lanes_;
  std::map<std::string, Parked> parked_;
  std::uint32_t lanes_of_group_ = 1;
  std::uint64_t parked_elsewhere_ = 0;
  bool moved_ = false;
};

}  // namespace tidemark::feed
