#pragma once

#include <filesystem>
#include <vector>

#include "tidemark/admin/status.hpp"
#include "tidemark/base/clock.hpp"

namespace tidemark::app {

/// Writes what the application says of itself for tools that look at its files: every two seconds,
/// and at once when a worker's health changes. One thread at a time.
class OperationsStatus {
 public:
  /// `clock` is real time and outlives it.
  OperationsStatus(std::filesystem::path directory, const Clock& clock)
      : directory_(std::move(directory)), clock_(clock), started_at_(clock.now()) {}

  void look(const std::vector<runtime::WorkerVerdict>& workers, std::uint16_t http_port);

 private:
  const std::filesystem::path directory_;
  const Clock& clock_;
  const UtcTime started_at_;
  std::vector<observe::HealthState> written_;  ///< of the workers, as last written
  Micros next_at_{0};                          ///< on the monotonic clock
};

}  // namespace tidemark::app
