#pragma once

#include <atomic>

#include "tidemark/http/server.hpp"
#include "tidemark/observe/health.hpp"
#include "tidemark/observe/metrics.hpp"

namespace tidemark::app {

/// Answers /healthz (is it well), /readyz (does it take work) and /metrics (Prometheus text). All
/// of it must outlive the answer.
struct Endpoints {
  const observe::Health& health;
  const observe::Metrics& metrics;
  const std::atomic<bool>& ready;

  [[nodiscard]] http::Response answer(const http::Request& request) const;
};

}  // namespace tidemark::app
