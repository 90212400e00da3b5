#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/kafka/broker.hpp"

namespace tidemark::admin {

struct TraceQuery {
  std::string correlation_id;
  std::uint64_t limit = 1000;                  ///< events at most
  kafka::Broker* broker = nullptr;             ///< asked for offsets; none: they are not known
  Micros patience = std::chrono::seconds(15);  ///< for its answers, in all
  /// Waits for the broker; true when the person asked to stop.
  std::function<bool(Micros)> wait = {};
};

/// What one conversation came to: commands, events and sagas' steps as a tree of causes, where its
/// events are published, and the rows that they are in. Problems: "trace.unknown".
///
/// Rows are found by key fields that an event names; a key that its projection works out is not
/// known here.
Result<Report, Problem> trace(const Site& site, const TraceQuery& query);

}  // namespace tidemark::admin
