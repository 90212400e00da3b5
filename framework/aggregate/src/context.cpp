#include "tidemark/aggregate/context.hpp"

#include <cstring>

namespace tidemark {

Context::Context(Facts facts) : facts_(std::move(facts)) {}

std::uint64_t Context::random(std::uint64_t n) const {
  std::uint64_t halves[2];
  std::memcpy(halves, facts_.command_id.uuid().bytes().data(), sizeof halves);
  SeededRandom high(halves[0] ^ n);
  SeededRandom low(halves[1] + high.next());
  return low.next();
}

Uuid Context::id(std::uint64_t n) const {
  SeededRandom random_of_n(random(n));
  return Uuid::version7(facts_.event_time, random_of_n);
}

}  // namespace tidemark
