#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "tidemark/feed/parking.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::feed {

/// Which keys are parked, as the feed's file says, plus those that the open batch will park. Small:
/// the number of keys is limited by the feed's quota.
class ParkedKeys {
 public:
  /// The first entry of a key.
  struct First {
    std::string key;
    std::int64_t id = 0;
    std::uint32_t attempts = 0;
    ParkState state = ParkState::parked;
    UtcTime next_attempt_at;
  };

  /// Reads everything anew; forgets what the open batch added.
  void load(sql::Database& file);
  /// As `load` after a commit of our own that changed the number of entries by `change`.
  void reload(sql::Database& file, std::int64_t change);

  [[nodiscard]] bool empty() const { return firsts_.empty(); }
  [[nodiscard]] bool contains(std::string_view key) const { return firsts_.contains(key); }
  [[nodiscard]] std::uint64_t keys() const { return firsts_.size(); }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  /// The open batch parks `key`.
  void add(std::string_view key) { firsts_.try_emplace(std::string(key)); }

  /// Of the keys that are to be tried again at `now`, the one that was parked first. One that would
  /// wait for longer than `wait_max` was parked by a clock that was ahead: it is due too.
  [[nodiscard]] std::optional<First> due(UtcTime now, Micros wait_max) const;
  /// When the next key is to be tried again.
  [[nodiscard]] std::optional<UtcTime> next_due() const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  void load_firsts(sql::Database& file);

  std::unordered_map<std::string, First, Hash, std::equal_to<>> firsts_;
  std::uint64_t events_ = 0;
};

}  // namespace tidemark::feed
