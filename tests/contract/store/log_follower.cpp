#include "contract/store/log_follower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace tidemark::store {
namespace {

constexpr std::size_t wrong_max = 20;
constexpr std::uint64_t looked_back_at = 200;  // newest events, after each that was met
constexpr std::uint64_t all = 1'000'000;

}  // namespace

LogFollower::LogFollower(EventStore& store) : store_(store), thread_([this] { follow(); }) {}

LogFollower::~LogFollower() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
}

void LogFollower::add(std::string_view wrong) {
  if (wrong_.size() < wrong_max) wrong_.emplace_back(wrong);
}

void LogFollower::follow() {
  try {
    for (bool last_round = false; !last_round;) {
      last_round = ending_;
      const auto before = seen_.size();
      while (!read_on()) continue;
      if (seen_.size() == before) {
        std::this_thread::yield();
        continue;
      }
      ++rounds_;
      look_back(seen_.size() - std::min<std::uint64_t>(seen_.size(), looked_back_at));
    }
    look_back(0);
  } catch (const std::exception& exception) {
    add(exception.what());
  }
}

void LogFollower::raise(Position high_water) {
  if (high_water < high_water_) {
    add(fmt::format("the high-water mark fell from {} to {}", high_water_.value(),
                    high_water.value()));
  }
  high_water_ = high_water;
}

/// Reads what is behind all that it looked at; whether it came to the end.
bool LogFollower::read_on() {
  raise(store_.high_water());
  const auto end = store_.read({.from = next_}, [&](const EventView& event) {
    const auto& metadata = event.metadata;
    if (metadata.position != Position(seen_.size() + 1)) {
      add(fmt::format("position {} follows {}", metadata.position.value(), seen_.size()));
    }
    const auto version = ++versions_[std::string(metadata.stream)];
    if (metadata.version != StreamVersion(version)) {
      add(fmt::format("position {} is version {} of {}, after {}", metadata.position.value(),
                      metadata.version.value(), metadata.stream, version - 1));
    }
    seen_.push_back(metadata.event_id);
    return wrong_.size() < wrong_max;
  });
  raise(store_.high_water());
  if (end.scanned != Position()) next_ = end.scanned.next();
  if (end.scanned > high_water_) add("a read went beyond the high-water mark");
  return end.at_end || wrong_.size() >= wrong_max;
}

/// What lies behind position `from`, up to the last event that it met, is what it met there.
void LogFollower::look_back(std::uint64_t from) {
  auto at = from;
  store_.read({.from = Position(from + 1), .limit = all}, [&](const EventView& event) {
    if (at == seen_.size()) return false;
    if (event.metadata.position != Position(at + 1) || event.metadata.event_id != seen_[at]) {
      add(fmt::format("something else was seen at position {}", at + 1));
    }
    return ++at < seen_.size();
  });
  if (at != seen_.size()) add(fmt::format("position {} is not there any more", at + 1));
  for (at = seen_.size(); at > from;) {
    const auto end = store_.read(
        {.from = Position(at), .direction = Direction::backward}, [&](const EventView& event) {
          if (event.metadata.event_id != seen_[at - 1]) {
            add(fmt::format("something else was seen at position {}, backward", at));
          }
          return --at > from;
        });
    if (end.returned == 0) return add(fmt::format("nothing is left before position {}", at + 1));
  }
}

std::vector<std::string> LogFollower::finish() {
  ending_ = true;
  thread_.join();
  return std::move(wrong_);
}

}  // namespace tidemark::store
