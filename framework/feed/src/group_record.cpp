#include "group_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "tidemark/base/failure.hpp"

namespace tidemark::feed {
namespace {

constexpr std::uint32_t newest_format = 1;
constexpr int tries_max = 8;

GroupRecord parse(const std::string& name, const std::string& bytes) {
  GroupRecord record;
  if (!record.ParseFromString(bytes) || record.lanes().empty()) {
    throw Failure({.code = "group.corrupt",
                   .message = fmt::format("the property {} is no record of a group", name),
                   .hint = "restore the log from a backup"});
  }
  if (record.format() > newest_format) {
    throw Failure(
        {.code = "group.newer_format",
         .message = fmt::format("the property {} has format {}, and this program knows {}", name,
                                record.format(), newest_format),
         .hint = "use the newer program for all members"});
  }
  return record;
}

Position farthest_of(const GroupRecord& record) {
  std::uint64_t farthest = 0;
  for (const auto& lane : record.lanes()) farthest = std::max(farthest, lane.position());
  return Position(farthest);
}

/// One that stands where it stood keeps what it was noted with, whatever the log has there now.
void note_origin(GroupRecord& record, store::EventStore& store) {
  const auto farthest = farthest_of(record);
  if (record.has_origin() && record.origin().position() == farthest.value()) return;
  const auto origin = store::origin_at(store, farthest);
  if (!origin) return;
  auto& noted = *record.mutable_origin();
  noted.set_position(farthest.value());
  noted.set_chain(std::string(origin->chain_bytes()));
  noted.set_store_id(std::string(origin->store_bytes()));
}

}  // namespace

GroupProperty::GroupProperty(store::EventStore& store, const std::string& group)
    : store_(store), name_(name_of(group)) {}

std::string GroupProperty::name_of(std::string_view group) {
  return fmt::format("group.{}", group);
}

std::optional<GroupRecord> GroupProperty::read() {
  seen_ = store_.property(name_);
  if (!seen_) return std::nullopt;
  return parse(name_, *seen_);
}

bool GroupProperty::write(const GroupRecord& record) {
  auto next = record;
  next.set_format(newest_format);
  note_origin(next, store_);
  return store_.change_property(name_, seen_, next.SerializeAsString());
}

bool GroupProperty::change(const std::function<bool(GroupRecord& record)>& change) {
  for (int tries = 0; tries < tries_max; ++tries) {
    auto record = read();
    if (!record || !change(*record)) return false;
    if (write(*record)) return true;
  }
  throw Failure({.code = "group.busy",
                 .message = fmt::format("others keep changing the property {}", name_),
                 .hint = "try again",
                 .retryable = true});
}

std::string consumer_of(std::string_view group) { return fmt::format("group {}", group); }

std::uint32_t lane_of(std::string_view key, std::uint32_t lanes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return static_cast<std::uint32_t>(hash % lanes);
}

std::optional<store::Origin> origin_of(const GroupRecord& record) {
  if (!record.has_origin()) return std::nullopt;
  const auto& noted = record.origin();
  return store::read_origin(Position(noted.position()), noted.chain(), noted.store_id());
}

Position lowest_of(const GroupRecord& record) {
  auto lowest = std::numeric_limits<std::uint64_t>::max();
  for (const auto& lane : record.lanes()) lowest = std::min(lowest, lane.position());
  for (const auto& parked : record.parked()) {
    lowest = std::min(lowest, std::max<std::uint64_t>(parked.position(), 1) - 1);
  }
  return Position(lowest);
}

}  // namespace tidemark::feed
