#include "tidemark/saga/driver.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::saga {
namespace {

constexpr auto look_again = std::chrono::milliseconds(1);
constexpr auto poll_index = std::chrono::milliseconds(10);

}  // namespace

Driver::Driver(Coordinator& coordinator, sql::Database& index, const Clock& clock)
    : coordinator_(coordinator),
      index_(index),
      clock_(clock),
      name_(fmt::format("saga {} driver", coordinator.model().spec().name)) {
  publish();
}

runtime::Step Driver::step() {
  const auto moved = look_at_jobs();
  find_jobs();
  done_ += moved;
  publish();
  if (moved > 0) return runtime::Step::worked(moved);
  if (!jobs_.empty()) return runtime::Step::wait(look_again);
  return runtime::Step::idle_for(poll_index);
}

std::uint64_t Driver::look_at_jobs() {
  std::uint64_t moved = 0;
  for (auto entry = jobs_.begin(); entry != jobs_.end();) {
    auto& [instance, job] = *entry;
    bool done = false;
    try {
      done = job.errand->poll();
    } catch (...) {
      jobs_.erase(entry);  // the journal says what is left to do
      throw;
    }
    if (!done) {
      ++entry;
    } else if (job.errand->appended()) {
      ++moved;
      // The next thing of this instance need not wait for the index.
      job.errand = coordinator_.drive(instance);
      job.is_timer = false;
      ++entry;
    } else {
      up_to_date_[instance] = job.seen_version;
      entry = jobs_.erase(entry);
    }
  }
  return moved;
}

void Driver::find_jobs() {
  const auto saga = std::string(coordinator_.model().spec().name);
  const auto waiting = index_.waiting(saga, under_way_max * 4);
  waiting_ = 0;
  // Of what the index does not list any more nothing need be remembered.
  std::erase_if(up_to_date_, [&](const auto& known) {
    return std::ranges::none_of(waiting, [&](const auto& entry) {
      return entry.first == known.first && entry.second == known.second;
    });
  });
  for (const auto& [instance, version] : waiting) {
    if (up_to_date_.contains(instance)) continue;
    ++waiting_;
    if (jobs_.size() >= under_way_max || jobs_.contains(instance)) continue;
    jobs_[instance] = {.errand = coordinator_.drive(instance), .seen_version = version};
  }
  for (const auto& timer : index_.due(saga, clock_.now(), under_way_max)) {
    ++waiting_;
    if (jobs_.size() >= under_way_max || jobs_.contains(timer.instance)) continue;
    jobs_[timer.instance] = {.errand = coordinator_.fire(timer.instance, timer.id),
                             .is_timer = true};
  }
}

void Driver::publish() {
  *report_.lock() = {.name = name_,
                     .state = runtime::WorkerState::running,
                     .done = done_,
                     .tail = done_ + waiting_};
}

}  // namespace tidemark::saga
