#include "counter.hpp"

namespace counter {

void evolve(Counter& counter, const Added& event) { counter.total += event.amount(); }

tidemark::Decision decide(const Counter& counter, const Add& command, const tidemark::Context&) {
  if (command.amount() <= 0) return tidemark::reject("counter.nothing_to_add");
  if (command.amount() > 100 - counter.total) return tidemark::reject("counter.full");
  Added event;
  event.set_counter_id(command.counter_id());
  event.set_amount(command.amount());
  return tidemark::emit(event);
}

}  // namespace counter
