#pragma once

#include <memory>
#include <string>

#include "tidemark/observe/metrics.hpp"

namespace tidemark::relay {

/// The relay's metrics; they count into nowhere when there is no registry.
struct Instruments {
  Instruments(observe::Metrics* registry, const std::string& relay_name)
      : unread(registry == nullptr ? std::make_unique<observe::Metrics>() : nullptr),
        metrics(registry == nullptr ? *unread : *registry),
        labels{{"relay", relay_name}},
        records(metrics.counter("tidemark_relay_records_total", "Events published.", labels)),
        commits(metrics.counter("tidemark_relay_commits_total", "Transactions committed.", labels)),
        aborts(metrics.counter("tidemark_relay_aborts_total", "Transactions aborted.", labels)),
        fenced(metrics.counter("tidemark_relay_fenced_total",
                               "How often the broker took the transactional id away.", labels)),
        lag(metrics.gauge("tidemark_relay_lag_events", "Events stored and not yet published.",
                          labels)) {}

  const std::unique_ptr<observe::Metrics> unread;
  observe::Metrics& metrics;
  const observe::Labels labels;
  observe::Counter& records;
  observe::Counter& commits;
  observe::Counter& aborts;
  observe::Counter& fenced;
  observe::Gauge& lag;
};

}  // namespace tidemark::relay
