#pragma once

#include <cstdint>

#include "protos/counter.pb.h"

/// The counter's messages in few words.
namespace counter::v1 {

inline Add add(std::int64_t amount) {
  Add command;
  command.set_counter_id("c1");
  command.set_amount(amount);
  return command;
}

inline Added added(std::int64_t amount) {
  Added event;
  event.set_counter_id("c1");
  event.set_amount(amount);
  return event;
}

inline Reset reset() {
  Reset command;
  command.set_counter_id("c1");
  return command;
}

inline WasReset was_reset() {
  WasReset event;
  event.set_counter_id("c1");
  return event;
}

}  // namespace counter::v1
