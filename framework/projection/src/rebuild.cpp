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

}  // namespace

Result<Generation, Problem> Rebuild::need(const std::string& projection, GenerationState state,
                                          const char* code) {
  if (models_.list(projection).empty()) {
    return problem("projection.unknown", projection, "there is no such read model",
                   "list the read models for their names");
  }
  auto found = models_.find(projection, state);
  if (!found) {
    return problem(code, projection, fmt::format("no generation of it is {}", to_string(state)),
                   "list its generations to see where it stands");
  }
  return *std::move(found);
}

Result<Generation, Problem> Rebuild::start(const std::string& projection, const std::string& reason,
                                           bool accepts_cut) {
  auto live = need(projection, GenerationState::live, "projection.rebuild_running");
  if (!live) return live;
  if (const auto filling = models_.find(projection, GenerationState::filling)) {
    return problem("projection.rebuild_running", projection,
                   fmt::format("generation {} is being built", filling->number),
                   "wait for it, or cancel it");
  }
  return models_.add({.projection = projection,
                      .version = live->version,
                      .strict = true,
                      .accepts_cut = accepts_cut,
                      .created_at = clock_.now(),
                      .reason = reason});
}

Result<Generation, Problem> Rebuild::cancel(const std::string& projection,
                                            const std::string& reason) {
  auto filling = need(projection, GenerationState::filling, "projection.no_rebuild");
  if (!filling) return filling;
  if (!models_.live(projection)) {
    return problem("projection.no_rebuild", projection, "it is the first build of the read model",
                   "there is nothing yet that could serve instead");
  }
  models_.set_state(*filling, GenerationState::retired, reason);
  return filling;
}

Result<Generation, Problem> Rebuild::retry(const std::string& projection) {
  auto filling = need(projection, GenerationState::filling, "projection.no_rebuild");
  if (filling) models_.set_problem(*filling, "");
  return filling;
}

Result<Generation, Problem> Rebuild::rollback(const std::string& projection,
                                              const std::string& reason) {
  auto previous = need(projection, GenerationState::previous, "projection.no_previous");
  if (!previous) return previous;
  const auto live = models_.live(projection);
  if (live && live->version != previous->version) {
    return problem("projection.old_version", projection,
                   fmt::format("generation {} is of version {}, which this application cannot feed",
                               previous->number, previous->version),
                   "deploy the application with that version: it takes the generation up again");
  }
  if (const auto filling = models_.find(projection, GenerationState::filling)) {
    return problem("projection.rebuild_running", projection,
                   fmt::format("generation {} is being built", filling->number), "cancel it first");
  }
  previous->reason = reason;
  models_.swap(*previous);
  return previous;
}

Result<Generation, Problem> Rebuild::retire(const std::string& projection,
                                            const std::string& reason) {
  auto previous = need(projection, GenerationState::previous, "projection.no_previous");
  if (previous) models_.set_state(*previous, GenerationState::retired, reason);
  return previous;
}

std::uint32_t RebuildProgress::percent() const {
  if (tail == 0 || done >= tail) return 100;
  return static_cast<std::uint32_t>(done * 100 / tail);
}

}  // namespace tidemark::projection
