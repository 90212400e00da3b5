#include "tidemark/store/append.hpp"

#include <fmt/format.h>

namespace tidemark::store {
namespace {

std::string sentence(const Conflict& conflict) {
  return fmt::format("store.conflict: {} should be at {}, is at {}{}", conflict.stream.name(),
                     to_string(conflict.expected),
                     conflict.actual.value() == 0
                         ? "no stream"
                         : fmt::format("version {}", conflict.actual.value()),
                     conflict.deletion == Deletion::none ? "" : ", soft-deleted");
}

std::string sentence(const DuplicateEvents& duplicates) {
  constexpr std::size_t named_max = 5;
  auto text = fmt::format(
      "store.duplicate_events: {} of the event ids are stored already or stand "
      "twice in the append:",
      duplicates.event_ids.size());
  for (std::size_t at = 0; at < duplicates.event_ids.size() && at < named_max; ++at) {
    text += (at == 0 ? " " : ", ") + to_string(duplicates.event_ids[at]);
  }
  return duplicates.event_ids.size() > named_max ? text + ", …" : text;
}

std::string sentence(const LimitExceeded& limit) {
  return fmt::format("store.limit: {} is {}, at most {} are allowed", limit.field, limit.actual,
                     limit.max);
}

std::string sentence(const ConditionFailed& failed) {
  return fmt::format(
      "store.condition_failed: the event at position {} is one of those that the "
      "condition excludes",
      failed.position.value());
}

std::string sentence(const StreamDeleted& deleted) {
  return fmt::format("store.stream_deleted: {} was deleted for ever", deleted.stream.name());
}

std::string sentence(const RecordedBefore& before) {
  return fmt::format(
      "store.recorded_before: event {} was recorded at {}, before the newest in the log ({})",
      before.index, to_string(before.recorded_at), to_string(before.newest));
}

}  // namespace

bool ExpectedState::holds(const StreamState& actual) const {
  switch (kind_) {
    case Kind::any:
      return actual.deletion != Deletion::hard;
    case Kind::no_stream:
      break;
    case Kind::exists:
      return actual.exists();
    case Kind::exact:
      if (version_ != StreamVersion()) return actual.exists() && actual.version == version_;
      break;
    case Kind::soft_deleted:
      return actual.deletion == Deletion::soft;
  }
  return actual.version == StreamVersion() || actual.deletion == Deletion::soft;
}

std::string to_string(ExpectedState expected) {
  switch (expected.kind()) {
    case ExpectedState::Kind::any:
      return "any";
    case ExpectedState::Kind::no_stream:
      return "no stream";
    case ExpectedState::Kind::exists:
      return "exists";
    case ExpectedState::Kind::soft_deleted:
      return "soft-deleted";
    case ExpectedState::Kind::exact:
      break;
  }
  return fmt::format("version {}", expected.version().value());
}

std::string to_string(const AppendError& error) {
  return std::visit([](const auto& which) { return sentence(which); }, error);
}

}  // namespace tidemark::store
