#include "quiet.hpp"

#include <algorithm>

namespace tidemark::app {

void Quiet::watch(const std::string& worker) { (*workers_.lock())[worker]; }

void Quiet::watch_source(const std::string& worker) { (*workers_.lock())[worker].is_source = true; }

void Quiet::after_step(const runtime::StepTaken& taken) {
  auto workers = workers_.lock();
  const auto found = workers->find(taken.worker.name());
  if (found == workers->end()) return;
  auto& seen = found->second;
  if (seen.is_source) {
    if (taken.step.did == runtime::Step::Did::work) ++activity_;
    return;
  }
  const bool found_nothing =
      taken.problem == nullptr && taken.step.did == runtime::Step::Did::nothing;
  if (!found_nothing) ++activity_;
  // What the worker saw when its step began is at least what there was when its last step ended.
  seen.idle_since = found_nothing ? seen.at_last_step : 0;
  seen.at_last_step = activity_;
}

void Quiet::disturb() {
  const auto workers = workers_.lock();
  ++activity_;
}

bool Quiet::is_quiet() const {
  const auto workers = workers_.lock();
  return std::ranges::all_of(*workers, [&](const auto& entry) {
    return entry.second.is_source || entry.second.idle_since == activity_;
  });
}

}  // namespace tidemark::app
