#include "projection_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tidemark/base/failure.hpp"
#include "tidemark/feed/parking.hpp"

namespace tidemark::projection {
namespace {

/// How long a generation that failed beside the live one, or beside a build, is left alone; and
/// what could not be shown.
constexpr Micros failed_pause = std::chrono::seconds(5);
/// How often "models.db" is looked at when there is nothing else to do.
constexpr Micros look_interval = std::chrono::milliseconds(200);

Problem problem_of(const Failure& failure) {
  return {
      .code = failure.code(), .field = "", .message = failure.message(), .hint = failure.hint()};
}

/// What the worker should do next, if it does both.
runtime::Step both(const runtime::Step& a, const runtime::Step& b) {
  using Did = runtime::Step::Did;
  const auto items = a.items + b.items;
  if (a.did == Did::work || b.did == Did::work) return runtime::Step::worked(items);
  auto wait = look_interval;
  for (const auto& step : {a, b}) wait = std::min(wait, step.wake_after.value_or(look_interval));
  const bool waiting = a.did == Did::waiting || b.did == Did::waiting;
  return waiting ? runtime::Step::wait(wait) : runtime::Step::idle_for(wait);
}

}  // namespace

ProjectionLoop::ProjectionLoop(std::unique_ptr<const ProjectionModel> model,
                               ProjectionWorkerOptions options, const Clock& clock)
    : model_(std::move(model)),
      options_(std::move(options)),
      clock_(clock),
      name_(fmt::format("projection {}", facts().name)),
      models_(options_.folder),
      place_(options_.folder.place()),
      lock_(place_->lock(facts().name)) {
  try {
    take_turn();
    publish();
  } catch (const Failure& failure) {
    // Where processes take turns, this one stands by.
    if (!place_->is_shared() || failure.code() != "projection.locked") throw;
  }
}

/// Becomes the one that feeds the model, or sees that it still is. Throws "projection.locked" while
/// another process is.
void ProjectionLoop::take_turn() {
  try {
    lock_->hold();
    if (is_mine_) return;
    give_up_missing();
    begin_first_or_new_version();
    look_at_models();
    is_mine_ = true;
  } catch (const Failure& failure) {
    let_go();
    auto published = published_.lock();
    if (failure.code() == "projection.locked") *published = {};  // how far, the other one knows
    published->report.name = name_;
    published->report.problem = problem_of(failure);
    throw;
  }
}

/// What is in memory is of a time when nobody else wrote.
void ProjectionLoop::let_go() noexcept {
  stop();
  for (auto* fed : {&live_, &shadow_, &previous_}) *fed = Fed{};
  models_version_.reset();
  is_mine_ = false;
}

/// A live model whose file is gone must not come back empty: the one before it takes its place, or
/// a new one is built.
void ProjectionLoop::give_up_missing() {
  for (const auto& generation : models_.list(facts().name)) {
    const auto state = generation.state;
    if (state == GenerationState::retired) continue;
    if (place_->exists(generation.file)) continue;
    // Its worker may have stopped before it made the file.
    if (state == GenerationState::filling) continue;
    options_.log.error(
        "projection.file_missing",
        "who removed it? what it held is served by the build before it, or built anew",
        {{"projection", facts().name}, {"file", generation.file}});
    models_.set_state(generation, GenerationState::retired, "its file is missing");
    if (state != GenerationState::live) continue;
    if (const auto previous = models_.find(facts().name, GenerationState::previous)) {
      models_.set_state(*previous, GenerationState::live, "the live one's file is missing");
    }
  }
}

/// Sees to it that there is a generation of this version, live or being built.
void ProjectionLoop::begin_first_or_new_version() {
  const auto live = models_.live(facts().name);
  if (live && live->version == facts().version) return;
  if (const auto filling = models_.find(facts().name, GenerationState::filling)) {
    if (filling->version == facts().version) return;
    models_.set_state(*filling, GenerationState::retired,
                      fmt::format("version {} is wanted", facts().version));
  }
  const auto previous = models_.find(facts().name, GenerationState::previous);
  if (previous && previous->version == facts().version) {
    models_.set_state(*previous, GenerationState::filling, "its version is wanted again");
    return;
  }
  const auto added = models_.add({.projection = facts().name,
                                  .version = facts().version,
                                  .strict = live.has_value(),
                                  .created_at = clock_.now(),
                                  .reason = live ? "a new version" : "the first build"});
  options_.log.info(
      "projection.build_started",
      {{"projection", facts().name}, {"generation", added.number}, {"reason", added.reason}});
}

void ProjectionLoop::look_at_models() {
  const auto version = models_.data_version();
  if (version == models_version_) return;
  const std::array<std::pair<Fed*, GenerationState>, 3> roles = {
      {{&live_, GenerationState::live},
       {&shadow_, GenerationState::filling},
       {&previous_, GenerationState::previous}}};
  // All that lose their role are closed before any file is opened in another.
  for (const auto& [fed, state] : roles) leave_role(*fed, state);
  for (const auto& [fed, state] : roles) take_role(*fed, state);
  if (!shadow_.model) target_.reset();
  remove_retired();
  link_live();
  models_version_ = version;
}

/// The generation in that state, if this application can feed it.
std::optional<Generation> ProjectionLoop::feedable(GenerationState state) const {
  auto generation = models_.find(facts().name, state);
  if (generation && generation->version != facts().version) return std::nullopt;
  return generation;
}

void ProjectionLoop::leave_role(Fed& fed, GenerationState state) {
  if (!fed.model) return;
  const auto generation = feedable(state);
  const bool same = generation && generation->number == fed.model->generation().number;
  // A build that stopped and has no problem any more is to be tried again.
  const bool retry = same && state == GenerationState::filling && generation->problem.empty() &&
                     fed.problem.has_value();
  if (same && !retry) return;
  fed.model->stop();
  fed = Fed{};
}

void ProjectionLoop::take_role(Fed& fed, GenerationState state) {
  const auto generation = feedable(state);
  if (fed.model || !generation) return;
  fed.model = std::make_unique<FedModel>(parts(), *generation);
  if (state != GenerationState::filling) return;
  copy_dropped(fed.model->file());
  if (generation->problem.empty()) return;
  fed.problem = Problem{.code = "projection.rebuild_stopped",
                        .field = facts().name,
                        .message = generation->problem,
                        .hint = "correct the handler, then retry or cancel the rebuild"};
}

/// What a person dropped from the live model, of whichever version, is left out of the build as
/// well.
void ProjectionLoop::copy_dropped(sql::Database& to) {
  const auto live = models_.live(facts().name);
  if (!live) return;
  auto from = options_.folder.open(live->file, sql::OpenMode::read_only);
  feed::copy_dropped(*from, to);
}

void ProjectionLoop::remove_retired() {
  for (const auto& generation : models_.list(facts().name)) {
    if (generation.state != GenerationState::retired || removed_.contains(generation.number)) {
      continue;
    }
    place_->remove(generation.file);
    // What somebody reads is removed later.
    if (!place_->exists(generation.file)) removed_.insert(generation.number);
  }
}

runtime::Step ProjectionLoop::step() {
  take_turn();
  look_at_models();
  if (show_again_at_ && clock_.monotonic() >= *show_again_at_) link_live();
  const auto live = step_live();
  auto beside = step_beside(previous_);
  if (shadow_.model) {
    beside = both(beside, step_beside(shadow_));
    swap_when_reached();
  }
  publish();
  return both(live, beside);
}

runtime::Step ProjectionLoop::step_live() {
  if (!live_.model) return runtime::Step::idle_for(look_interval);
  // A build may be what replaces the model that failed, and the one before it is kept current for
  // the same reason: they must go on.
  const bool others_go_on = goes_on(shadow_) || goes_on(previous_);
  if (others_go_on && live_.next_try_at && clock_.monotonic() < *live_.next_try_at) {
    return runtime::Step::wait(look_interval);
  }
  try {
    const auto step = live_.model->step();
    live_.problem.reset();
    live_.next_try_at.reset();
    return step;
  } catch (const Failure& failure) {
    const bool is_news = !live_.problem || live_.problem->code != failure.code();
    live_.problem = problem_of(failure);
    live_.next_try_at = clock_.monotonic() + failed_pause;
    if (!others_go_on) {
      publish();
      // Retryable: a person may have it rebuilt, which a worker that ended would not see.
      throw Failure({.code = failure.code(),
                     .message = failure.message(),
                     .hint = failure.hint(),
                     .retryable = true});
    }
    if (is_news) {
      options_.log.error(
          "projection.live_stopped", failure,
          {{"projection", facts().name}, {"generation", live_.model->generation().number}});
    }
    return runtime::Step::wait(look_interval);
  }
}

runtime::Step ProjectionLoop::step_beside(Fed& fed) {
  if (!fed.model) return runtime::Step::idle_for(look_interval);
  const bool building = &fed == &shadow_;
  if (fed.problem && (building || clock_.monotonic() < *fed.next_try_at)) {
    return runtime::Step::idle_for(look_interval);
  }
  try {
    const auto step = fed.model->step();
    fed.problem.reset();
    fed.stepped = true;
    if (building) refuse_what_is_cut(fed);
    return step;
  } catch (const Failure& failure) {
    fed.problem = problem_of(failure);
    fed.next_try_at = clock_.monotonic() + failed_pause;
    if (building && failure.retryable()) {
      fed.problem.reset();
    } else if (building) {
      models_.set_problem(fed.model->generation(), failure.what());
      options_.log.error(
          "projection.build_stopped", failure,
          {{"projection", facts().name}, {"generation", fed.model->generation().number}});
    }
    return runtime::Step::idle_for(look_interval);
  }
}

/// A new model with less in it than the live one takes a person's word.
void ProjectionLoop::refuse_what_is_cut(Fed& fed) {
  const auto& generation = fed.model->generation();
  if (!live_.model || generation.accepts_cut) return;
  const auto cut = fed.model->cut_against(*live_.model);
  if (!cut) return;
  throw Failure({.code = "projection.retention_cut",
                 .message = *cut,
                 .hint = "keep the live model; or cancel, and rebuild with the cut accepted"});
}

void ProjectionLoop::swap_when_reached() {
  if (shadow_.problem || !shadow_has_caught_up()) return;
  const auto generation = shadow_.model->generation();
  models_.swap(generation);
  options_.log.info("projection.swapped",
                    {{"projection", facts().name}, {"generation", generation.number}});
  models_version_.reset();
  shadow_.model->stop();
  shadow_ = Fed{};
  look_at_models();
}

bool ProjectionLoop::shadow_has_caught_up() {
  if (!shadow_.stepped) return false;
  const auto extent = shadow_.model->extent();
  if (!extent.tail_known) return false;
  // A live model of another history is nowhere that this log leads to.
  const bool diverged = live_.problem && live_.problem->code == "store.diverged";
  if (live_.model && !diverged) return shadow_.model->has_reached(*live_.model);
  if (!target_) target_ = extent.tail;
  return extent.done >= *target_;
}

/// For whoever looks at the model by hand.
void ProjectionLoop::link_live() {
  const auto live = models_.live(facts().name);
  if (!live) return;
  try {
    place_->show(facts().name, live->file);
    show_again_at_.reset();
  } catch (const Failure& failure) {
    if (!show_again_at_) {
      options_.log.warn("projection.no_link",
                        {{"projection", facts().name}, {"message", failure.message()}});
    }
    show_again_at_ = clock_.monotonic() + failed_pause;
  }
}

void ProjectionLoop::publish() {
  Published published;
  auto& report = published.report;
  if (live_.model) {
    report = live_.model->report();
  } else if (shadow_.model) {
    report = shadow_.model->report();
    report.done = 0;
  }
  report.name = name_;
  if (live_.problem) report.problem = live_.problem;
  if (!report.problem) report.problem = shadow_.problem;
  if (!report.problem) report.problem = previous_.problem;
  if (shadow_.model) {
    const auto building = shadow_.model->report();
    if (report.at.empty()) report.at = building.at;
    RebuildProgress progress{.generation = shadow_.model->generation(),
                             .done = building.done,
                             .tail = building.tail,
                             .events_per_second = shadow_.model->events_per_second()};
    if (shadow_.problem) progress.generation.problem = shadow_.problem->message;
    if (progress.events_per_second > 0 && building.tail >= building.done) {
      progress.remaining =
          std::chrono::seconds((building.tail - building.done) / progress.events_per_second);
    }
    published.progress = std::move(progress);
  }
  *published_.lock() = std::move(published);
}

runtime::WorkerReport ProjectionLoop::report() const { return published_.lock()->report; }

void ProjectionLoop::stop() noexcept {
  for (auto* fed : {&live_, &shadow_, &previous_}) {
    if (fed->model) fed->model->stop();
  }
}

}  // namespace tidemark::projection
