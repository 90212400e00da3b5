#include <fmt/format.h>

#include <tidemark/aggregate.hpp>

#include "counter.pb.h"
#include "counter_protos.descriptors.hpp"

namespace counter {

struct Counter {
  using Commands = tidemark::List<Add>;
  using Events = tidemark::List<Added>;
  static constexpr std::string_view category = "counter";
  static std::string_view id(const Add& command) { return command.counter_id(); }
  std::int64_t total = 0;
};

void evolve(Counter& counter, const Added& event) { counter.total += event.amount(); }

tidemark::Decision decide(const Counter&, const Add& command, const tidemark::Context&) {
  if (command.amount() == 0) return tidemark::reject("counter.nothing_to_add");
  Added event;
  event.set_amount(command.amount());
  return tidemark::emit(event);
}

}  // namespace counter

/// Decides one command, folds what came of it and prints the total, 42.
int main() {
  tidemark::check_aggregate<counter::Counter>();
  counter::Add add;
  add.set_counter_id("a");
  add.set_amount(42);
  counter::Counter state;
  const auto decision = decide(state, add, tidemark::Context({}));
  for (const auto& event : decision.events()) tidemark::fold(state, *event);
  fmt::print("{} {} {}\n", tidemark::stream_of<counter::Counter>(add).name(), state.total,
             counter_protos_descriptor_set().empty() ? "no descriptors" : "descriptors");
}
