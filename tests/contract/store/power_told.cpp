#include "contract/store/power_told.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

namespace tidemark::store {
namespace {

constexpr std::uint64_t all = 100'000;

std::string stream_line(StoreEngine& store, const StreamId& stream) {
  const auto state = store.stream_state(stream);
  auto line = fmt::format("{}: version {}, from {}, deletion {} through {}", stream.name(),
                          state.version.value(), state.first.value(),
                          static_cast<int>(state.deletion), state.deleted_through.value());
  if (const auto retention = store.retention(stream)) {
    line += fmt::format(", the newest {}", retention->count_max.value_or(0));
  }
  store.read_stream({.stream = stream, .limit = all}, [&](const EventView& event) {
    line += event.tombstone ? " tombstone" : fmt::format(" {}", event.data.size());
    return true;
  });
  return line + "\n";
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string told_state(StoreEngine& store) {
  std::string state;
  for (const auto* name : {power_property, power_agreement}) {
    state += fmt::format("{}: {}\n", name, store.property(name).value_or("none"));
  }
  for (const auto& skipped : store.skipped_events(Position(), all)) {
    state += fmt::format("skipped: {} by {}, {}\n", skipped.position.value(), skipped.who,
                         skipped.reason);
  }
  for (const auto& issued : store.issued_checkpoints(all)) {
    state += fmt::format("checkpoint: {} {}\n", issued.checkpoint.position.value(),
                         std::hash<std::string>{}(issued.note));
  }
  for (const auto& consumer : store.consumers()) {
    state +=
        fmt::format("consumer: {} at {}\n", consumer.name, consumer.checkpoint.position.value());
  }
  for (const auto& info : store.streams("", "", all)) state += stream_line(store, info.stream);
  return state;
}

std::string difference(const std::string& told, const std::string& found) {
  const auto [of_told, of_found] = std::ranges::mismatch(told, found);
  const auto at = static_cast<std::size_t>(of_told - told.begin());
  const auto start = at == 0 ? std::string::npos : told.rfind('\n', at - 1);
  const auto line = start == std::string::npos ? 0 : start + 1;
  return fmt::format("told \"{}\", found \"{}\"", first_line(std::string_view(told).substr(line)),
                     first_line(std::string_view(found).substr(line)));
}

}  // namespace tidemark::store
