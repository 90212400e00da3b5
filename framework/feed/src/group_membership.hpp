#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/feed/consumer_group.pb.h"

namespace tidemark::feed {

/// Who is in a group and who has which lanes, as one member sees and changes it. It knows no store
/// and no clock; times are one monotonic clock's.
class GroupMembership {
 public:
  static constexpr int members_max = 256;

  /// `id` is the member's own.
  GroupMembership(std::string id, Micros lease) : id_(std::move(id)), lease_(lease) {}

  /// What `renew` came to.
  struct Round {
    bool joined = false;
    std::vector<std::string> buried = {};
    std::uint32_t claimed = 0, released = 0;
  };
  /// The member's round: says that it lives, buries those that do not, gives lanes that are more
  /// than its share and takes free ones up to it. With `members_max` others it stays outside.
  Round renew(GroupRecord& record, Micros now);
  /// It gives its lanes back and is gone.
  void leave(GroupRecord& record) const;

  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  struct Sign {
    std::uint64_t beat = 0;
    Micros since{0};  ///< when this beat was first seen
  };
  [[nodiscard]] bool is_dead(const GroupMember& member, Micros now);
  [[nodiscard]] int share_of(const GroupRecord& record) const;

  const std::string id_;
  const Micros lease_;
  std::map<std::string, Sign> signs_;  ///< of the others
};

}  // namespace tidemark::feed
