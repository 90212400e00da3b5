#include "parked_keys.hpp"

#include <algorithm>

namespace tidemark::feed {

void ParkedKeys::load(sql::Database& file) {
  load_firsts(file);
  auto count = file.statement("SELECT count(*) FROM feed_parked");
  count.next();
  events_ = static_cast<std::uint64_t>(count.integer(0));
}

void ParkedKeys::reload(sql::Database& file, std::int64_t change) {
  load_firsts(file);
  events_ += static_cast<std::uint64_t>(change);
}

void ParkedKeys::load_firsts(sql::Database& file) {
  firsts_.clear();
  auto rows = file.statement(
      "SELECT key, id, attempts, state, next_attempt_at FROM feed_parked WHERE state <> 'queued'");
  while (rows.next()) {
    First first{.key = std::string(rows.blob(0)),
                .id = rows.integer(1),
                .attempts = static_cast<std::uint32_t>(rows.integer(2)),
                .state = rows.text(3) == "parked" ? ParkState::parked : ParkState::retrying,
                .next_attempt_at = UtcTime::from_micros(rows.integer(4))};
    auto key = first.key;
    firsts_.insert_or_assign(std::move(key), std::move(first));
  }
}

std::optional<ParkedKeys::First> ParkedKeys::due(UtcTime now, Micros wait_max) const {
  const First* oldest = nullptr;
  for (const auto& [key, first] : firsts_) {
    if (first.id == 0 || first.state != ParkState::retrying) continue;
    const auto at = first.next_attempt_at;
    if (at > now && at <= now + wait_max) continue;
    if (oldest == nullptr || first.id < oldest->id) oldest = &first;
  }
  return oldest == nullptr ? std::nullopt : std::optional(*oldest);
}

std::optional<UtcTime> ParkedKeys::next_due() const {
  std::optional<UtcTime> next;
  for (const auto& [key, first] : firsts_) {
    if (first.id == 0 || first.state != ParkState::retrying) continue;
    next = next ? std::min(*next, first.next_attempt_at) : first.next_attempt_at;
  }
  return next;
}

}  // namespace tidemark::feed
