#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "engine.hpp"

namespace tidemark::command {
namespace {

constexpr std::uint64_t page_max = 10'000;

/// As the store is asked: types under every name that they were ever stored by.
std::vector<store::Criterion> as_stored(std::vector<Criterion> criteria,
                                        const AggregateModel& model, const Catalogue& catalogue) {
  std::vector<store::Criterion> stored;
  for (auto& criterion : with_types(std::move(criteria), model.events())) {
    auto& added = stored.emplace_back();
    added.tags = std::move(criterion.tags);
    for (const auto& type : criterion.types) {
      const auto names = catalogue.stored_names(type);
      added.types.insert(added.types.end(), names.begin(), names.end());
    }
  }
  return stored;
}

}  // namespace

Decided Dispatcher::Engine::decide(const AddressedCommand& command, const Context& context) {
  const auto& route = *command.route;
  if (route.joint != nullptr) return decide_jointly(command, context);
  if (route.is_boundary()) return decide_in_boundary(command, context);
  const auto& stream = command.streams.front();
  const auto loaded = load(*route.model, stream);
  return {.decision = route.command.decide(*loaded.state, *command.message, context),
          .targets = {{.stream = stream,
                       .model = route.model,
                       .expected = store::ExpectedState::exact(loaded.version)}}};
}

Decided Dispatcher::Engine::decide_jointly(const AddressedCommand& command,
                                           const Context& context) {
  const auto& joint = *command.route->joint;
  Decided decided;
  // Each stream is loaded once: of one that is named twice both states must be the same.
  std::map<StreamId, std::shared_ptr<AggregateState>> loaded;
  std::vector<const AggregateState*> seen;
  for (std::size_t i = 0; i < command.streams.size(); ++i) {
    const auto& stream = command.streams[i];
    const auto* model = joint.aggregates()[i].get();
    auto& state = loaded[stream];
    if (!state) {
      auto newest = load(*model, stream);
      state = std::move(newest.state);
      decided.targets.push_back({.stream = stream,
                                 .model = model,
                                 .expected = store::ExpectedState::exact(newest.version)});
    }
    seen.push_back(state.get());
  }
  decided.decision = command.route->joint_command.decide(seen, *command.message, context);
  return decided;
}

Decided Dispatcher::Engine::decide_in_boundary(const AddressedCommand& command,
                                               const Context& context) {
  const auto& [type, prototype, stream_of, decide_on, criteria, about] = command.route->command;
  const auto& model = *command.route->model;
  store::AppendCondition condition{.criteria =
                                       as_stored(criteria(*command.message), model, catalogue)};
  if (condition.criteria.empty()) {
    throw std::runtime_error(fmt::format("the criteria of '{}' are none", type->full_name()));
  }
  const auto state = about(*command.message);
  std::string buffer;
  for (bool more = true; more;) {
    const auto end = store.read(
        {.from = condition.after.next(), .criteria = condition.criteria, .limit = page_max},
        [&](const EventView& event) {
          fold(event, *state, buffer);
          return true;
        });
    condition.after = std::max(condition.after, end.scanned);
    more = !end.at_end;
  }
  return {.decision = decide_on(*state, *command.message, context),
          .targets = {{.stream = command.streams.front(), .model = &model}},
          .condition = std::move(condition)};
}

}  // namespace tidemark::command
