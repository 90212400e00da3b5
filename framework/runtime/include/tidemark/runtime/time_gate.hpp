#pragma once

#include "tidemark/base/time.hpp"

namespace tidemark::runtime {

/// Where time comes from the input (its highest timestamp is the time), the gate says when the
/// input may go on: not before everything that was due at an earlier time has happened.
class TimeGate {
 public:
  virtual ~TimeGate() = default;
  /// Whether an input of this time may be handled now. False: ask again in a later step. Never
  /// blocks.
  virtual bool admit(UtcTime event_time) = 0;
};

}  // namespace tidemark::runtime
