#include "stored_before.hpp"

namespace tidemark::intake {
namespace {

constexpr std::uint64_t events_max = 2'000'000;
constexpr std::uint64_t page_max = 10'000;

}  // namespace

StoredBefore::StoredBefore(store::EventStore& store, Position position)
    : from_(position), to_(store.high_water()) {
  if (to_ <= from_ || to_.value() - from_.value() > events_max) return;
  auto at = from_;
  while (at < to_) {
    const auto end =
        store.read({.from = at.next(), .limit = page_max}, [&](const EventView& event) {
          const auto& metadata = event.metadata;
          if (metadata.ingested_at) events_.emplace(metadata.event_id, metadata.position);
          return true;
        });
    if (end.scanned <= at) break;
    at = end.scanned;
  }
}

std::optional<Position> StoredBefore::claim(const EventId& event) {
  if (events_.empty()) return std::nullopt;
  const auto found = events_.find(event);
  if (found == events_.end()) return std::nullopt;
  const auto position = found->second;
  events_.erase(found);
  return position;
}

bool StoredBefore::claim(const CommandId& command, Position position) {
  return position > from_ && position <= to_ && commands_.insert(command).second;
}

}  // namespace tidemark::intake
