#include "fact_memory.hpp"

#include <algorithm>

namespace tidemark::feed {
namespace {

constexpr std::uint64_t prune_max = 20'000;
constexpr std::size_t beyond_kept = 1000;

std::string_view as_bytes(const EventId& id) {
  return {reinterpret_cast<const char*>(id.uuid().bytes().data()), Uuid::size};
}

}  // namespace

bool FactMemory::repeats(sql::Database& file, const Delivery& delivery, UtcTime newest) {
  const Fact fact{.event_id = delivery.event.metadata.event_id,
                  .event_time = delivery.event.metadata.event_time};
  if (fact.event_time < kept_from_ || newest - fact.event_time > limits_.horizon) {
    ++beyond_;
    if (beyond_list_.size() < beyond_kept) {
      beyond_list_.push_back({.place = std::get<KafkaPlace>(delivery.place), .fact = fact});
    }
    return false;
  }
  bool known = fresh_ids_.contains(fact.event_id);
  if (!known) {
    auto look = file.statement("SELECT 1 FROM feed_facts WHERE event_id = ?1");
    look.bind(1, sql::Blob{as_bytes(fact.event_id)});
    known = look.next();
  }
  if (known) {
    ++repeated_;
    return true;
  }
  fresh_.push_back(fact);
  fresh_ids_.insert(fact.event_id);
  return false;
}

void FactMemory::save(sql::Database& file, UtcTime oldest_partition) {
  const auto before = file.total_changes();
  for (const auto& fact : fresh_) {
    auto insert = file.statement("INSERT INTO feed_facts VALUES (?1, ?2) ON CONFLICT DO NOTHING");
    insert.bind(1, sql::Blob{as_bytes(fact.event_id)}).bind(2, fact.event_time.micros()).run();
  }
  kept_ += file.total_changes() - before;
  fresh_.clear();
  fresh_ids_.clear();
  save_beyond(file);
  prune(file, oldest_partition);
  auto state = file.statement(
      "INSERT INTO feed_facts_state VALUES (1, ?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET"
      " kept = excluded.kept, kept_from = excluded.kept_from, repeated = excluded.repeated,"
      " beyond = excluded.beyond");
  state.bind_all(kept_, kept_from_.micros(), repeated_, beyond_);
  state.run();
}

void FactMemory::save_beyond(sql::Database& file) {
  if (beyond_list_.empty()) return;
  for (const auto& [place, fact] : beyond_list_) {
    auto insert = file.statement(
        "INSERT INTO feed_facts_beyond(topic, partition, at, event_id, event_time)"
        " VALUES (?1, ?2, ?3, ?4, ?5)");
    insert.bind(1, std::string_view(place.topic)).bind(2, place.partition).bind(3, place.offset);
    insert.bind(4, sql::Blob{as_bytes(fact.event_id)}).bind(5, fact.event_time.micros()).run();
  }
  beyond_list_.clear();
  auto trim = file.statement(
      "DELETE FROM feed_facts_beyond WHERE id <= (SELECT max(id) FROM feed_facts_beyond) - ?1");
  trim.bind(1, beyond_kept).run();
}

void FactMemory::prune(sql::Database& file, UtcTime oldest_partition) {
  const auto behind = oldest_partition - limits_.horizon;
  const auto surplus = kept_ > limits_.ids_max ? kept_ - limits_.ids_max : 0;
  auto oldest =
      file.statement("SELECT event_time FROM feed_facts ORDER BY event_time LIMIT 1 OFFSET ?1");
  auto limit = behind;
  if (surplus > 0) {
    oldest.bind(1, std::min(surplus, prune_max) - 1);
    if (oldest.next()) limit = std::max(limit, UtcTime::from_micros(oldest.integer(0) + 1));
    oldest.reset();
  }
  if (limit <= kept_from_) return;
  auto forget = file.statement(
      "DELETE FROM feed_facts WHERE event_id IN (SELECT event_id FROM feed_facts"
      " WHERE event_time < ?1 ORDER BY event_time LIMIT ?2)");
  forget.bind(1, limit.micros()).bind(2, prune_max).run();
  kept_ -= std::min(kept_, file.changes());
  // Some older ids may be left for the next time; what is older is beyond the horizon all the same.
  kept_from_ = limit;
}

void FactMemory::load(sql::Database& file) {
  fresh_.clear();
  fresh_ids_.clear();
  beyond_list_.clear();
  kept_ = repeated_ = beyond_ = 0;
  kept_from_ = UtcTime();
  auto state = file.statement("SELECT kept, kept_from, repeated, beyond FROM feed_facts_state");
  if (!state.next()) return;
  kept_ = static_cast<std::uint64_t>(state.integer(0));
  kept_from_ = UtcTime::from_micros(state.integer(1));
  repeated_ = static_cast<std::uint64_t>(state.integer(2));
  beyond_ = static_cast<std::uint64_t>(state.integer(3));
}

}  // namespace tidemark::feed
