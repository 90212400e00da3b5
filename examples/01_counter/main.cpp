#include <iostream>

#include "counter.hpp"

/// Decides three commands by hand, one after the other, and folds what came of each.
int main() {
  counter::Counter state;
  for (const std::int64_t amount : {40, 2, 99}) {
    counter::Add command;
    command.set_counter_id("a");
    command.set_amount(amount);
    const auto decision = decide(state, command, tidemark::Context({}));
    for (const auto& event : decision.events()) tidemark::fold(state, *event);
    const bool rejected = decision.kind() == tidemark::Decision::Kind::rejected;
    std::cout << tidemark::stream_of<counter::Counter>(command).name() << " + " << amount << ": "
              << (rejected ? decision.rejection().code : std::to_string(state.total)) << '\n';
  }
}
