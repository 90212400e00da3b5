#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// A length of time, in microseconds.
using Micros = std::chrono::microseconds;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// A name that holds one says which clock it is from: `event_time`, `recorded_at`, `ingested_at`.
class UtcTime {
 public:
  constexpr UtcTime() = default;
  constexpr explicit UtcTime(Micros since_epoch) : since_epoch_(since_epoch) {}
  static constexpr UtcTime from_micros(std::int64_t micros) { return UtcTime(Micros(micros)); }

  [[nodiscard]] constexpr std::int64_t micros() const { return since_epoch_.count(); }
  [[nodiscard]] constexpr Micros since_epoch() const { return since_epoch_; }

  friend constexpr auto operator<=>(UtcTime, UtcTime) = default;
  friend constexpr UtcTime operator+(UtcTime t, Micros d) { return UtcTime(t.since_epoch_ + d); }
  friend constexpr UtcTime operator-(UtcTime t, Micros d) { return UtcTime(t.since_epoch_ - d); }
  friend constexpr Micros operator-(UtcTime a, UtcTime b) {
    return a.since_epoch_ - b.since_epoch_;
  }

 private:
  Micros since_epoch_{0};
};

/// The start of the interval of `length` (greater than zero) that holds `time`, counted from the
/// epoch.
constexpr UtcTime floor(UtcTime time, Micros length) {
  const auto rest = ((time.micros() % length.count()) + length.count()) % length.count();
  return time - Micros(rest);
}

/// ISO 8601 in UTC, e.g. "2026-11-21T05:02:42.000001Z"; whole seconds have no fraction.
std::string to_string(UtcTime time);

/// Reads ISO 8601: date, 'T' or a space, time to the second, optional fraction (digits beyond the
/// sixth are cut off), and 'Z' or an offset as ±hh:mm. Anything else, and years outside 1970 to
/// 9999, is no time.
std::optional<UtcTime> parse_utc_time(std::string_view text);

}  // namespace tidemark
