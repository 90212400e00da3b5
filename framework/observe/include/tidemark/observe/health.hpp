#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::observe {

/// Ordered from good to bad, so that the worst of many is their maximum.
enum class HealthState : std::uint8_t {
  ok,
  degraded,  ///< works, but somebody should look
  failed,    ///< does not do its work
};

/// "ok", "degraded" or "failed".
std::string_view to_string(HealthState state);

/// How one component is, and since when.
struct ComponentHealth {
  std::string component;  ///< "store", "projection campaign_minutes"
  HealthState state = HealthState::ok;
  std::optional<Problem> problem;  ///< why, unless it is ok
  UtcTime since;                   ///< when it entered this state
};

struct HealthSnapshot {
  HealthState overall = HealthState::ok;    ///< the worst of the components; ok when there are none
  std::vector<ComponentHealth> components;  ///< by name
};

/// What each component last said about itself. Safe from any thread; nothing here blocks.
class Health {
 public:
  /// `clock` outlives the registry.
  explicit Health(const Clock& clock) : clock_(clock) {}

  void set_ok(std::string_view component);
  void set_degraded(std::string_view component, Problem why);
  void set_failed(std::string_view component, Problem why);
  /// Forgets a component that is gone for good; an unknown one changes nothing.
  void remove(std::string_view component);

  [[nodiscard]] HealthSnapshot snapshot() const;

 private:
  void set(std::string_view component, HealthState state, std::optional<Problem> problem);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, ComponentHealth, std::less<>> components_;  ///< guarded by mutex_
};

}  // namespace tidemark::observe
