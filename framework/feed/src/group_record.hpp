#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/base/position.hpp"
#include "tidemark/feed/consumer_group.pb.h"
#include "tidemark/store/event_store.hpp"
#include "tidemark/store/origin.hpp"

namespace tidemark::feed {

/// The record of one group in the log, read and changed by agreement. One thread at a time.
class GroupProperty {
 public:
  GroupProperty(store::EventStore& store, const std::string& group);

  /// None: there is no such group. Throws `Failure` "group.newer_format" and "group.corrupt".
  [[nodiscard]] std::optional<GroupRecord> read();
  /// Puts `record` in the place of what was read last, with the log's hash at the lane that is
  /// farthest when that has changed. False: somebody was quicker.
  bool write(const GroupRecord& record);
  /// Reads, changes and writes, a few times when others do the same. `change` answers false to
  /// leave it. False: nothing was changed.
  bool change(const std::function<bool(GroupRecord& record)>& change);

  /// The name of the property of a group.
  static std::string name_of(std::string_view group);

 private:
  store::EventStore& store_;
  const std::string name_;
  std::optional<std::string> seen_;
};

/// The name by which a group is a registered consumer of the log.
std::string consumer_of(std::string_view group);

/// The lane of a key: FNV-1a of 64 bits, modulo the number of lanes. A part of the format.
std::uint32_t lane_of(std::string_view key, std::uint32_t lanes);

/// The place in the log that the farthest lane was noted at; none for a group that began behind the
/// log's end.
std::optional<store::Origin> origin_of(const GroupRecord& record);

/// Every event up to here is handled or dropped.
Position lowest_of(const GroupRecord& record);

}  // namespace tidemark::feed
