#pragma once

#include <stdexcept>
#include <tidemark/aggregate.hpp>

#include "protos/counter.pb.h"

/// A small aggregate for the framework's own tests: it counts, up to a hundred.
namespace counter::v1 {

inline Added upcast(const AddedV1& old) {
  if (old.units() < 0) throw std::out_of_range("units below zero");
  Added added;
  added.set_counter_id(old.counter_id());
  added.set_amount(old.units());
  return added;
}

struct Counter {
  using Commands = tidemark::List<Add, Reset, Noop, Misbehave>;
  using Events = tidemark::List<Added, WasReset>;
  using Snapshot = CounterSnapshot;
  static constexpr std::string_view category = "counter";

  template <typename Command>
  static std::string_view id(const Command& command) {
    return command.counter_id();
  }
  std::int64_t total = 0;
};

inline void evolve(Counter& counter, const Added& event) { counter.total += event.amount(); }
inline void evolve(Counter& counter, const WasReset&) { counter.total = 0; }

// [snapshot]
inline void save(const Counter& counter, CounterSnapshot& snapshot) {
  snapshot.set_total(counter.total);
}
inline void restore(Counter& counter, const CounterSnapshot& snapshot) {
  counter.total = snapshot.total();
}
// [/snapshot]

inline tidemark::Decision decide(const Counter& counter, const Add& command,
                                 const tidemark::Context&) {
  if (counter.total + command.amount() > 100) {
    return tidemark::reject("counter.full", "at most 100");
  }
  Added added;
  added.set_counter_id(command.counter_id());
  added.set_amount(command.amount());
  return tidemark::emit(added);
}
inline tidemark::Decision decide(const Counter&, const Reset& command, const tidemark::Context&) {
  WasReset reset;
  reset.set_counter_id(command.counter_id());
  return tidemark::emit(reset);
}
inline tidemark::Decision decide(const Counter&, const Noop&, const tidemark::Context&) {
  return tidemark::nothing();
}
inline tidemark::Decision decide(const Counter&, const Misbehave&, const tidemark::Context&) {
  return tidemark::emit(Stranger());
}

inline Add add(std::string id, std::int64_t amount) {
  Add command;
  command.set_counter_id(std::move(id));
  command.set_amount(amount);
  return command;
}

}  // namespace counter::v1
