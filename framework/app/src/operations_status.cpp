#include "operations_status.hpp"

#include <unistd.h>

namespace tidemark::app {
namespace {

constexpr auto interval = std::chrono::seconds(2);

}  // namespace

void OperationsStatus::look(const std::vector<runtime::WorkerVerdict>& workers,
                            std::uint16_t http_port) {
  std::vector<observe::HealthState> states;
  states.reserve(workers.size());
  for (const auto& worker : workers) states.push_back(worker.state);
  if (clock_.monotonic() < next_at_ && states == written_) return;
  next_at_ = clock_.monotonic() + interval;
  written_ = std::move(states);
  // A status that cannot be written is missed by the doctor, who says so.
  static_cast<void>(admin::write_status(directory_, {.at = clock_.now(),
                                                     .started_at = started_at_,
                                                     .process_id = getpid(),
                                                     .http_port = http_port,
                                                     .workers = workers}));
}

}  // namespace tidemark::app
