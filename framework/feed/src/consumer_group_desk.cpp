#include <fmt/format.h>

#include <algorithm>

#include "group_record.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/feed/consumer_group.hpp"

namespace tidemark::feed {
namespace {

constexpr std::uint64_t groups_max = 10'000;
constexpr int dropped_max = 100;

GroupView view_of(const std::string& name, const GroupRecord& record) {
  GroupView view{.name = name};
  for (const auto& lane : record.lanes()) {
    view.lanes.push_back(
        {.owner = lane.owner(), .epoch = lane.epoch(), .position = Position(lane.position())});
  }
  for (const auto& member : record.members()) view.members.push_back(member.id());
  for (const auto& parked : record.parked()) {
    view.parked.push_back({.key = parked.key(),
                           .failed = Position(parked.failed()),
                           .attempts = parked.attempts(),
                           .reason = parked.reason(),
                           .for_person = parked.for_person()});
  }
  for (const auto& dropped : record.dropped()) {
    view.dropped.push_back({.key = dropped.key(),
                            .position = Position(dropped.position()),
                            .reason = dropped.reason()});
  }
  view.lowest = lowest_of(record);
  view.origin = origin_of(record);
  return view;
}

GroupParked* find_parked(GroupRecord& record, const std::string& key) {
  auto& entries = *record.mutable_parked();
  const auto found = std::ranges::find(entries, key, &GroupParked::key);
  return found == entries.end() ? nullptr : &*found;
}

/// It is tried again as if it had never failed.
void begin_anew(GroupParked& entry) {
  entry.set_attempts(0);
  entry.set_for_person(false);
  entry.set_revision(entry.revision() + 1);
}

/// Nothing behind `lowest` is taken from the group any more, also before a member tells the log so.
void hold_from(store::StoreEngine& store, const std::string& group, Position lowest) {
  const auto consumers = store.consumers();
  const auto known = std::ranges::find(consumers, consumer_of(group), &store::Consumer::name);
  const auto chain = store.chain_at(lowest);
  if (known == consumers.end() || known->checkpoint.position <= lowest || !chain) return;
  store.report_consumers({{.name = known->name,
                           .checkpoint = {.position = lowest, .chain = *chain},
                           .reported_at = known->reported_at}});
}

}  // namespace

std::vector<std::string> ConsumerGroupDesk::list() const {
  const auto prefix = GroupProperty::name_of("");
  std::vector<std::string> names;
  for (const auto& record : store_.records(store::Record::Kind::property, prefix, groups_max)) {
    if (!record.key.starts_with(prefix)) break;
    names.push_back(record.key.substr(prefix.size()));
  }
  return names;
}

std::optional<GroupView> ConsumerGroupDesk::show(const std::string& group) const {
  const auto record = GroupProperty(store_, group).read();
  if (!record) return std::nullopt;
  return view_of(group, *record);
}

bool ConsumerGroupDesk::retry(const std::string& group, const std::string& key) {
  return GroupProperty(store_, group).change([&](GroupRecord& record) {
    auto* entry = find_parked(record, key);
    if (entry != nullptr) begin_anew(*entry);
    return entry != nullptr;
  });
}

bool ConsumerGroupDesk::drop(const std::string& group, const std::string& key, Position failed,
                             const std::string& reason) {
  if (reason.size() > reason_size_max || !is_utf8(reason)) {
    throw Failure({.code = "group.bad_reason",
                   .message = "the reason is too long, or no UTF-8 text",
                   .hint = fmt::format("at most {} bytes", reason_size_max)});
  }
  return GroupProperty(store_, group).change([&](GroupRecord& record) {
    auto* entry = find_parked(record, key);
    if (entry == nullptr || entry->failed() != failed.value()) return false;
    if (entry->position() > failed.value()) return false;  // it was handled meanwhile
    begin_anew(*entry);
    entry->set_position(failed.next().value());
    auto& dropped = *record.mutable_dropped();
    if (dropped.size() >= dropped_max) dropped.erase(dropped.begin());
    auto& added = *dropped.Add();
    added.set_key(key);
    added.set_position(failed.value());
    added.set_reason(reason);
    return true;
  });
}

bool ConsumerGroupDesk::rewind(const std::string& group, Position to) {
  const auto end = std::min(to, store_.high_water()).value();
  return GroupProperty(store_, group).change([&](GroupRecord& record) {
    hold_from(store_, group, std::min(lowest_of(record), Position(end)));
    for (auto& lane : *record.mutable_lanes()) {
      lane.set_position(std::min(lane.position(), end));
      // What its owner has done since it last noted it is of no use.
      lane.set_epoch(lane.epoch() + 1);
      lane.clear_owner();
    }
    auto& parked = *record.mutable_parked();
    parked.erase(std::remove_if(parked.begin(), parked.end(),
                                [&](const GroupParked& entry) { return entry.position() > end; }),
                 parked.end());
    record.clear_origin();
    return true;
  });
}

}  // namespace tidemark::feed
