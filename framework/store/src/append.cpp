#include "tidemark/store/append.hpp"

#include <fmt/format.h>

namespace tidemark::store {
namespace {

std::string sentence(const Conflict& conflict) {
  return fmt::format("store.conflict: {} should be at {}, is at {}", conflict.stream.name(),
                     to_string(conflict.expected),
                     conflict.actual.value() == 0
                         ? "no stream"
                         : fmt::format("version {}", conflict.actual.value()));
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

}  // namespace

bool ExpectedState::holds(StreamVersion actual) const {
  switch (kind_) {
    case Kind::any:
      return true;
    case Kind::no_stream:
      return actual.value() == 0;
    case Kind::exists:
      return actual.value() != 0;
    case Kind::exact:
      break;
  }
  return actual == version_;
}

std::string to_string(ExpectedState expected) {
  switch (expected.kind()) {
    case ExpectedState::Kind::any:
      return "any";
    case ExpectedState::Kind::no_stream:
      return "no stream";
    case ExpectedState::Kind::exists:
      return "exists";
    case ExpectedState::Kind::exact:
      break;
  }
  return fmt::format("version {}", expected.version().value());
}

std::string to_string(const AppendError& error) {
  return std::visit([](const auto& which) { return sentence(which); }, error);
}

}  // namespace tidemark::store
