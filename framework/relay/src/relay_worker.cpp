#include "tidemark/relay/relay_worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "relay_state.hpp"

namespace tidemark::relay {
namespace {

bool is_relay_name(const std::string& name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_allowed);
}

RelayOptions checked(RelayOptions options) {
  const auto require = [](bool holds, std::string_view what, std::string_view rule) {
    if (holds) return;
    throw Failure({.code = "relay.bad_option",
                   .message = fmt::format("the relay's {} is out of range", what),
                   .hint = std::string(rule)});
  };
  require(is_relay_name(options.name), "name", "1 to 64 characters of a-z, 0-9, '_', '-', '.'");
  require(options.transaction_events_max > 0, "transaction_events_max", "at least 1");
  require(options.transaction_bytes_max > 0, "transaction_bytes_max", "at least 1");
  require(options.progress_events_max > 0, "progress_events_max", "at least 1");
  require(options.lease >= std::chrono::milliseconds(100), "lease", "at least 100 ms");
  require(options.transaction_timeout > options.transaction_age_max, "transaction_timeout",
          "longer than transaction_age_max");
  return options;
}

}  // namespace

RelayWorker::RelayWorker(RelayOptions options, const Surroundings& surroundings)
    : state_(std::make_unique<State>(checked(std::move(options)), surroundings)) {}

RelayWorker::~RelayWorker() = default;

const std::string& RelayWorker::name() const { return state_->name(); }
runtime::Step RelayWorker::step() { return state_->step(); }
runtime::WorkerReport RelayWorker::report() const { return state_->report(); }
void RelayWorker::stop() noexcept { state_->stop(); }

}  // namespace tidemark::relay
