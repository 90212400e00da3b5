#include "tidemark/projection/rebuild.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::projection {
namespace {

Unexpected<Problem> problem(const char* code, const std::string& projection, std::string message,
                            std::string hint) {
  return Unexpected(Problem{
      .code = code, .field = projection, .message = std::move(message), .hint = std::move(hint)});
}

Result<Generation, Problem> need(const Models& models, const std::string& projection,
                                 GenerationState state, const char* code) {
  if (models.list(projection).empty()) {
    return problem("projection.unknown", projection, "there is no such read model",
                   "list the read models for their names");
  }
  auto found = models.find(projection, state);
  if (!found) {
    return problem(code, projection, fmt::format("no generation of it is {}", to_string(state)),
                   "list its generations to see where it stands");
  }
  return *std::move(found);
}

Result<Generation, Problem> need_none_filling(const Models& models, Generation generation,
                                              const char* hint) {
  const auto filling = models.find(generation.projection, GenerationState::filling);
  if (!filling) return generation;
  return problem("projection.rebuild_running", generation.projection,
                 fmt::format("generation {} is being built", filling->number), hint);
}

Result<Generation, Problem> check_start(const Models& models, const std::string& projection) {
  auto live = need(models, projection, GenerationState::live, "projection.rebuild_running");
  if (!live) return live;
  return need_none_filling(models, *std::move(live), "wait for it, or cancel it");
}

Result<Generation, Problem> check_cancel(const Models& models, const std::string& projection) {
  auto filling = need(models, projection, GenerationState::filling, "projection.no_rebuild");
  if (!filling || models.live(projection)) return filling;
  return problem("projection.no_rebuild", projection, "it is the first build of the read model",
                 "there is nothing yet that could serve instead");
}

Result<Generation, Problem> check_rollback(const Models& models, const std::string& projection) {
  auto previous = need(models, projection, GenerationState::previous, "projection.no_previous");
  if (!previous) return previous;
  const auto live = models.live(projection);
  if (live && live->version != previous->version) {
    return problem("projection.old_version", projection,
                   fmt::format("generation {} is of version {}, which this application cannot feed",
                               previous->number, previous->version),
                   "deploy the application with that version: it takes the generation up again");
  }
  return need_none_filling(models, *std::move(previous), "cancel it first");
}

}  // namespace

Result<Generation, Problem> check_rebuild(const Models& models, const std::string& projection,
                                          RebuildVerb verb) {
  switch (verb) {
    case RebuildVerb::start:
      return check_start(models, projection);
    case RebuildVerb::cancel:
      return check_cancel(models, projection);
    case RebuildVerb::retry:
      return need(models, projection, GenerationState::filling, "projection.no_rebuild");
    case RebuildVerb::rollback:
      return check_rollback(models, projection);
    case RebuildVerb::retire:
      break;
  }
  return need(models, projection, GenerationState::previous, "projection.no_previous");
}

Result<Generation, Problem> Rebuild::start(const std::string& projection, const std::string& reason,
                                           bool accepts_cut) {
  auto live = check_rebuild(models_, projection, RebuildVerb::start);
  if (!live) return live;
  return models_.add({.projection = projection,
                      .version = live->version,
                      .strict = true,
                      .accepts_cut = accepts_cut,
                      .created_at = clock_.now(),
                      .reason = reason});
}

Result<Generation, Problem> Rebuild::cancel(const std::string& projection,
                                            const std::string& reason) {
  auto filling = check_rebuild(models_, projection, RebuildVerb::cancel);
  if (filling) models_.set_state(*filling, GenerationState::retired, reason);
  return filling;
}

Result<Generation, Problem> Rebuild::retry(const std::string& projection) {
  auto filling = check_rebuild(models_, projection, RebuildVerb::retry);
  if (filling) models_.set_problem(*filling, "");
  return filling;
}

Result<Generation, Problem> Rebuild::rollback(const std::string& projection,
                                              const std::string& reason) {
  auto previous = check_rebuild(models_, projection, RebuildVerb::rollback);
  if (!previous) return previous;
  previous->reason = reason;
  models_.swap(*previous);
  return previous;
}

Result<Generation, Problem> Rebuild::retire(const std::string& projection,
                                            const std::string& reason) {
  auto previous = check_rebuild(models_, projection, RebuildVerb::retire);
  if (previous) models_.set_state(*previous, GenerationState::retired, reason);
  return previous;
}

std::uint32_t RebuildProgress::percent() const {
  if (tail == 0 || done >= tail) return 100;
  return static_cast<std::uint32_t>(done * 100 / tail);
}

}  // namespace tidemark::projection
