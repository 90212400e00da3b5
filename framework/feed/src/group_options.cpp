#include "group_options.hpp"

#include <algorithm>
#include <utility>

#include "tidemark/base/failure.hpp"

namespace tidemark::feed {
namespace {

constexpr std::size_t name_size_max = 100;

[[noreturn]] void fail_options(std::string message) {
  throw Failure({.code = "group.bad_options", .message = std::move(message)});
}

void check(const ConsumerGroupOptions& options) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (options.name.empty() || options.name.size() > name_size_max ||
      !std::ranges::all_of(options.name, is_plain)) {
    fail_options("name: 1 to 100 letters, digits, '.', '_' and '-'");
  }
  if (options.lanes < 1 || options.lanes > 256) fail_options("lanes: 1 to 256");
  if (options.lease < std::chrono::seconds(1)) fail_options("lease: at least 1 s");
  if (options.checkpoint_interval * 4 > options.lease) {
    fail_options("checkpoint_interval: at most a quarter of the lease");
  }
  const auto& retry = options.retry;
  if (retry.attempts < 1 || retry.first < Micros(0) || retry.max < Micros(0) || retry.factor < 1 ||
      retry.jitter_percent > 100) {
    fail_options("retry: at least one attempt, waits that do not shrink, jitter of at most 100 %");
  }
  if (options.parked_keys_max < 1 || options.parked_keys_max > 1000) {
    fail_options("parked_keys_max: 1 to 1000");
  }
  if (options.events.direction != store::Direction::forward) {
    fail_options("events.direction: a group reads forward");
  }
}

}  // namespace

ConsumerGroupOptions checked(ConsumerGroupOptions options) {
  check(options);
  return options;
}

}  // namespace tidemark::feed
