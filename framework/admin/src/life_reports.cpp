#include "tidemark/admin/life_reports.hpp"

#include <algorithm>

namespace tidemark::admin {

Report store_skipped(const Site& site, std::uint64_t after, std::uint64_t limit) {
  Table table{.name = "skipped",
              .columns = {"position", "type", "stream", "version", "by", "reason", "skipped_at",
                          "event_id"},
              .rows = {},
              .if_empty = "no event is passed over"};
  auto& store = site.store();
  for (const auto& skipped : store.skipped_events(Position(after), limit)) {
    store.stored_events(skipped.position, 1, [&](const store::StoredEvent& stored) {
      const auto& metadata = stored.event.metadata;
      table.rows.push_back({skipped.position.value(), std::string(stored.event.type),
                            std::string(metadata.stream), metadata.version.value(), skipped.who,
                            skipped.reason, skipped.skipped_at, to_string(metadata.event_id)});
      return false;
    });
  }
  return Report().add(std::move(table));
}

Report store_consumers(const Site& site) {
  Table table{.name = "consumers",
              .columns = {"consumer", "position", "lag", "reported_at", "ago"},
              .rows = {},
              .if_empty = "nobody is registered: nothing waits for anybody"};
  const auto tail = site.store().high_water().value();
  for (const auto& consumer : site.store().consumers()) {
    const auto position = consumer.checkpoint.position.value();
    table.rows.push_back({consumer.name, position, tail - std::min(tail, position),
                          time_or_nothing(consumer.reported_at),
                          std::max(Micros(0), site.now() - consumer.reported_at)});
  }
  return Report().add(std::move(table));
}

}  // namespace tidemark::admin
