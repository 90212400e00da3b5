#pragma once

#include <memory>

#include "tidemark/admin/site.hpp"
#include "tidemark/base/clock.hpp"
#include "tool_context.hpp"

namespace tidemark::admin {

/// The log, opened to write to. Where the application's time is its input's, the clock stands at
/// the epoch: `recorded_at` never falls, so what is appended gets the time of the event before it
/// and does not carry real time into the application's.
class WritableLog {
 public:
  WritableLog(const ToolContext& context, const Site& site)
      : store_(context.open_log({}, site.manifest().input_time ? static_cast<const Clock&>(epoch_)
                                                               : context.environment().clock)) {}
  store::StoreEngine& operator*() { return *store_; }

 private:
  const ManualClock epoch_;
  const std::unique_ptr<store::StoreEngine> store_;
};

}  // namespace tidemark::admin
