#pragma once

#include <tidemark/aggregate.hpp>

#include <cstdint>
#include <string_view>

#include "counter.pb.h"

namespace counter {

/// Counts up to a hundred.
struct Counter {
  using Commands = tidemark::List<Add>;
  using Events = tidemark::List<Added>;
  static constexpr std::string_view category = "counter";
  static std::string_view id(const Add& command) { return command.counter_id(); }

  std::int64_t total = 0;
};

void evolve(Counter& counter, const Added& event);
tidemark::Decision decide(const Counter& counter, const Add& command, const tidemark::Context&);

}  // namespace counter
