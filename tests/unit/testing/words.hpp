#pragma once

#include <cstdint>
#include <string>

#include "protos/counter.pb.h"
#include "protos/tally.pb.h"
#include "tidemark/base/time.hpp"

/// The counter's messages in few words.
namespace counter::v1 {

inline Add add_to(const std::string& counter_id, std::int64_t amount) {
  Add command;
  command.set_counter_id(counter_id);
  command.set_amount(amount);
  return command;
}
inline Add add(std::int64_t amount) { return add_to("c1", amount); }

inline Added added(std::int64_t amount, const std::string& counter_id = "c1") {
  Added event;
  event.set_counter_id(counter_id);
  event.set_amount(amount);
  return event;
}

/// A message of the counter that has nothing but its id.
template <typename Message>
Message about(const std::string& counter_id = "c1") {
  Message message;
  message.set_counter_id(counter_id);
  return message;
}

inline Reset reset() { return about<Reset>(); }
inline WasReset was_reset() { return about<WasReset>(); }

inline CounterSnapshot total_of(std::int64_t total) {
  CounterSnapshot data;
  data.set_total(total);
  return data;
}

}  // namespace counter::v1

/// The tally's messages in few words; all of it happens in the first minute after midnight.
namespace tally::v1 {

constexpr auto midnight = tidemark::UtcTime::from_micros(0);

inline Scored scored(const std::string& player, std::int64_t points) {
  Scored event;
  event.set_player(player);
  event.set_points(points);
  return event;
}

inline RoundEnded ended(const std::string& player) {
  RoundEnded event;
  event.set_player(player);
  return event;
}

inline MinuteScore points(const std::string& player, std::int64_t points) {
  MinuteScore row;
  row.set_player(player);
  row.set_points(points);
  return row;
}

}  // namespace tally::v1
