#include "tidemark/store/subscription.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/runtime/wakeup.hpp"

namespace tidemark::store {
namespace {

constexpr Micros poll_interval_least = std::chrono::milliseconds(1);
constexpr Micros poll_interval_most = std::chrono::hours(1);

Failure diverged(EventStore& store, const Origin& origin) {
  return Failure(
      {.code = "store.diverged",
       .message = fmt::format("position {} of store {} is not in this log, which is {} and ends "
                              "at {}",
                              origin.checkpoint.position.value(), to_string(origin.store),
                              to_string(store.store_id()), store.high_water().value()),
       .hint = "put back the log that it belongs to, or begin anew with this one"});
}

}  // namespace

struct Subscription::State {
  EventStore& store;
  SubscriptionOptions options;
  Position position;
  bool live = false;
  SystemClock timer = {};  ///< of real waiting only
  runtime::Wakeup wakeup = {};
  Listening listening = {};

  State(EventStore& log, SubscriptionOptions wanted) : store(log), options(std::move(wanted)) {
    const auto& query = options.events;
    TIDEMARK_ASSERT(query.direction == Direction::forward, "a subscription reads forward");
    if (options.behind && !has_origin(store, *options.behind)) {
      throw diverged(store, *options.behind);
    }
    const auto from = query.from.value_or(Position()).value();
    position =
        options.behind ? options.behind->checkpoint.position : Position(from == 0 ? 0 : from - 1);
    options.poll_interval =
        std::clamp(options.poll_interval, poll_interval_least, poll_interval_most);
    listening = store.listen([this] { wakeup.notify(); });
  }

  std::uint64_t poll(const Visitor& visit) {
    options.events.from = position.next();
    const auto end = store.read(options.events, [&](const EventView& event) {
      const bool more = visit(event);
      position = event.metadata.position;
      return more;
    });
    position = std::max(position, end.scanned);
    live = end.at_end;
    return end.returned;
  }
};

Subscription::Subscription(EventStore& store, SubscriptionOptions options)
    : state_(std::make_unique<State>(store, std::move(options))) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&&) noexcept = default;
Subscription::~Subscription() = default;

std::uint64_t Subscription::poll(const Visitor& visit) { return state_->poll(visit); }

std::uint64_t Subscription::wait(const Visitor& visit, Micros patience,
                                 const std::stop_token& stop) {
  const auto deadline = state_->timer.monotonic() + patience;
  while (!stop.stop_requested()) {
    const auto seen = state_->wakeup.generation();
    if (const auto visited = state_->poll(visit); visited > 0) return visited;
    const auto left = deadline - state_->timer.monotonic();
    if (left <= Micros(0)) return 0;
    if (!state_->live) continue;
    state_->wakeup.wait(seen, std::min(left, state_->options.poll_interval), stop);
  }
  return 0;
}

Position Subscription::position() const { return state_->position; }

Origin Subscription::origin() const {
  if (auto origin = origin_at(state_->store, state_->position)) return *origin;
  throw Failure(
      {.code = "store.corrupt",
       .message = fmt::format("there is no event at position {}", state_->position.value()),
       .hint = "run verify; restore the file from a backup"});
}

bool Subscription::is_live() const { return state_->live; }

}  // namespace tidemark::store
