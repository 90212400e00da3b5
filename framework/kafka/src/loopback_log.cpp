#include "loopback_log.hpp"

#include <algorithm>
#include <set>

namespace tidemark::kafka::loopback {

std::int64_t PartitionLog::last_stable() const {
  auto stable = high_;
  for (const auto& [producer, first] : open_) stable = std::min(stable, first);
  return std::max(stable, low_);
}

void PartitionLog::append(const ProducerRecord& record, UtcTime time,
                          std::optional<std::int64_t> producer) {
  if (producer.has_value()) open_.try_emplace(*producer, high_);
  // Kafka keeps milliseconds.
  entries_.push_back({.fate = producer.has_value() ? Fate::open : Fate::committed,
                      .producer = producer.value_or(0),
                      .record = {.from = name_,
                                 .offset = high_,
                                 .key = record.key,
                                 .value = record.value,
                                 .headers = record.headers,
                                 .time = floor(record.time.value_or(time), Micros(1000))}});
  ++high_;
}

void PartitionLog::end_transaction(std::int64_t producer, bool commit) {
  const auto found = open_.find(producer);
  if (found == open_.end()) return;
  const auto first = found->second;
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && entry->record.offset >= first;
       ++entry) {
    if (entry->fate == Fate::open && entry->producer == producer)
      entry->fate = commit ? Fate::committed : Fate::aborted;
  }
  open_.erase(found);
  entries_.push_back(
      {.fate = Fate::marker,
       .producer = producer,
       .record = {
           .from = name_, .offset = high_, .key = "", .value = {}, .headers = {}, .time = {}}});
  ++high_;
}

PartitionLog::Read PartitionLog::read(std::int64_t from, bool read_committed) const {
  const auto end_offset = end(read_committed);
  auto entry = std::lower_bound(
      entries_.begin(), entries_.end(), from,
      [](const Entry& e, std::int64_t offset) { return e.record.offset < offset; });
  for (; entry != entries_.end() && entry->record.offset < end_offset; ++entry) {
    const bool hidden =
        entry->fate == Fate::marker || (read_committed && entry->fate == Fate::aborted);
    if (!hidden) return {.record = &entry->record, .next = entry->record.offset + 1};
  }
  return {.record = nullptr, .next = std::max(from, end_offset)};
}

void PartitionLog::duplicate_last() {
  const auto newest = std::find_if(entries_.rbegin(), entries_.rend(), [](const Entry& entry) {
    return entry.fate == Fate::committed;
  });
  if (newest == entries_.rend()) return;
  auto copy = *newest;
  copy.record.offset = high_;
  entries_.push_back(std::move(copy));
  ++high_;
}

void PartitionLog::truncate_before(std::int64_t offset) {
  low_ = std::clamp(offset, low_, high_);
  while (!entries_.empty() && entries_.front().record.offset < low_) entries_.pop_front();
}

void PartitionLog::compact() {
  const auto stable = last_stable();
  std::set<std::string> seen;
  std::deque<Entry> kept;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    // What is not stable yet does not count as newer: its transaction may still be aborted.
    const bool is_settled = entry->record.offset < stable;
    const bool is_kept =
        !is_settled || (entry->fate == Fate::committed && seen.insert(entry->record.key).second);
    if (is_kept) kept.push_front(std::move(*entry));
  }
  entries_ = std::move(kept);
}

}  // namespace tidemark::kafka::loopback
