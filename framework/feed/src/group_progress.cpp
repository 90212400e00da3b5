#include "group_progress.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidemark::feed {
namespace {

bool is_kept(const GroupRecord& record, std::uint32_t number, const std::string& member,
             std::uint64_t epoch) {
  if (number >= static_cast<std::uint32_t>(record.lanes_size())) return false;
  const auto& lane = record.lanes(static_cast<int>(number));
  return lane.owner() == member && lane.epoch() == epoch;
}

void merge_entry(GroupRecord& record, const GroupProgress::Parked& parked) {
  auto& entries = *record.mutable_parked();
  const auto found = std::ranges::find(entries, parked.entry.key(), &GroupParked::key);
  const auto revision = parked.entry.revision();
  if (found == entries.end()) {
    if (revision > 0 || parked.done) return;  // a person was quicker, or it came and went
    *record.add_parked() = parked.entry;
    record.mutable_parked()->rbegin()->set_revision(1);
    return;
  }
  if (found->revision() != revision) return;
  if (parked.done) {
    entries.erase(found);
    return;
  }
  *found = parked.entry;
  found->set_revision(revision + 1);
}

}  // namespace

void GroupProgress::merge(GroupRecord& record, const std::string& member) const {
  for (const auto& [number, lane] : lanes_) {
    if (!is_kept(record, number, member, lane.epoch)) continue;
    record.mutable_lanes(static_cast<int>(number))->set_position(lane.position.value());
  }
  for (const auto& [key, parked] : parked_) {
    const auto* lane = this->lane(parked.entry.lane());
    if (!parked.changed || lane == nullptr) continue;
    if (is_kept(record, parked.entry.lane(), member, lane->epoch)) merge_entry(record, parked);
  }
}

void GroupProgress::adopt(const GroupRecord& record, const std::string& member, Micros now) {
  lanes_.clear();
  const auto parked = std::exchange(parked_, {});
  lanes_of_group_ = static_cast<std::uint32_t>(record.lanes_size());
  for (std::uint32_t number = 0; number < lanes_of_group_; ++number) {
    const auto& lane = record.lanes(static_cast<int>(number));
    if (lane.owner() != member) continue;
    lanes_[number] = {.epoch = lane.epoch(), .position = Position(lane.position())};
  }
  parked_elsewhere_ = 0;
  for (const auto& entry : record.parked()) {
    if (!lanes_.contains(entry.lane())) {
      ++parked_elsewhere_;
      continue;
    }
    // What another member or a person changed is tried at once.
    const auto before = parked.find(entry.key());
    const bool is_own = before != parked.end() && before->second.entry.failed() == entry.failed() &&
                        before->second.entry.attempts() == entry.attempts();
    parked_[entry.key()] = {.entry = entry, .due = is_own ? before->second.due : now};
  }
  moved_ = false;
}

const GroupProgress::Lane* GroupProgress::lane(std::uint32_t number) const {
  const auto found = lanes_.find(number);
  return found == lanes_.end() ? nullptr : &found->second;
}

Position GroupProgress::lowest() const {
  auto lowest = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [number, lane] : lanes_) lowest = std::min(lowest, lane.position.value());
  return Position(lowest);
}

void GroupProgress::pass(Position position) {
  for (auto& [number, lane] : lanes_) {
    if (lane.position >= position) continue;
    lane.position = position;
    moved_ = true;
  }
}

bool GroupProgress::is_parked(const std::string& key) const {
  const auto found = parked_.find(key);
  return found != parked_.end() && !found->second.done;
}

void GroupProgress::park(GroupParked entry, Micros due) {
  auto& parked = parked_[entry.key()];
  // One that came to an end since it was last noted is still in the record.
  entry.set_revision(parked.entry.revision());
  parked = {.entry = std::move(entry), .changed = true, .due = due};
  moved_ = true;
}

void GroupProgress::advance(const std::string& key, Position next) {
  auto& parked = parked_.at(key);
  parked.entry.set_position(next.value());
  parked.changed = true;
  const auto* own = lane(parked.entry.lane());
  parked.done = own != nullptr && next > own->position;
  moved_ = true;
}

std::vector<std::string> GroupProgress::due(Micros now) const {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  for (const auto& [key, parked] : parked_) {
    if (parked.done || parked.entry.for_person() || parked.due > now) continue;
    found.emplace_back(parked.entry.position(), key);
  }
  std::ranges::sort(found);
  std::vector<std::string> keys;
  keys.reserve(found.size());
  for (auto& [position, key] : found) keys.push_back(std::move(key));
  return keys;
}

std::optional<Micros> GroupProgress::next_due() const {
  std::optional<Micros> next;
  for (const auto& [key, parked] : parked_) {
    if (parked.done || parked.entry.for_person()) continue;
    if (!next || parked.due < *next) next = parked.due;
  }
  return next;
}

}  // namespace tidemark::feed
