#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// Reads a log on a thread of its own while others write to it, of whatever process, and compares
/// what it meets with what it met before: positions and versions without a gap, a high-water mark
/// that only grows, and nothing new at or below what it saw.
class LogFollower {
 public:
  /// `store` must outlive it.
  explicit LogFollower(EventStore& store);
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;
  ~LogFollower();

  /// To be called once, when nobody writes any more: reads to the end, and all of it once more.
  /// What was not as promised, in sentences.
  std::vector<std::string> finish();
  /// Rounds in which it met something new; after `finish`.
  [[nodiscard]] std::uint64_t rounds() const { return rounds_; }
  /// Events that it met; likewise.
  [[nodiscard]] std::uint64_t seen() const { return seen_.size(); }

 private:
  void follow();
  bool read_on();
  void look_back(std::uint64_t from);
  void raise(Position high_water);
  void add(std::string_view wrong);

  EventStore& store_;
  std::vector<EventId> seen_;  ///< by position
  std::map<std::string, std::uint64_t, std::less<>> versions_;
  Position next_ = Position(1);
  Position high_water_;
  std::uint64_t rounds_ = 0;
  std::vector<std::string> wrong_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace tidemark::store
