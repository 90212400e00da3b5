#include "tidemark/observe/health.hpp"

#include <algorithm>

namespace tidemark::observe {

std::string_view to_string(HealthState state) {
  switch (state) {
    case HealthState::ok:
      return "ok";
    case HealthState::degraded:
      return "degraded";
    case HealthState::failed:
      return "failed";
  }
  return "failed";
}

void Health::set_ok(std::string_view component) { set(component, HealthState::ok, std::nullopt); }

void Health::set_degraded(std::string_view component, Problem why) {
  set(component, HealthState::degraded, std::move(why));
}

void Health::set_failed(std::string_view component, Problem why) {
  set(component, HealthState::failed, std::move(why));
}

void Health::set(std::string_view component, HealthState state, std::optional<Problem> problem) {
  const auto now = clock_.now();
  const std::scoped_lock lock(mutex_);
  auto found = components_.find(component);
  const bool known = found != components_.end();
  if (!known) found = components_.try_emplace(std::string(component)).first;
  auto& health = found->second;
  if (!known || health.state != state) health.since = now;
  health.component = component;
  health.state = state;
  health.problem = std::move(problem);
}

void Health::remove(std::string_view component) {
  const std::scoped_lock lock(mutex_);
  const auto found = components_.find(component);
  if (found != components_.end()) components_.erase(found);
}

HealthSnapshot Health::snapshot() const {
  HealthSnapshot snapshot;
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, health] : components_) {
    snapshot.overall = std::max(snapshot.overall, health.state);
    snapshot.components.push_back(health);
  }
  return snapshot;
}

}  // namespace tidemark::observe
