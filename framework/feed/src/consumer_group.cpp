#include "tidemark/feed/consumer_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "group_membership.hpp"
#include "group_progress.hpp"
#include "group_record.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/event_range.hpp"

namespace tidemark::feed {
namespace {

constexpr std::size_t name_size_max = 100;
constexpr std::size_t key_size_max = 250;
constexpr std::size_t reason_size_max = 200;
constexpr int tries_max = 3;
constexpr Micros pause_after_race = std::chrono::milliseconds(5);
constexpr Micros report_interval = std::chrono::seconds(5);
constexpr std::uint64_t retry_scan_max = 100'000;

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
  if (options.parked_keys_max < 1 || options.parked_keys_max > 1000) {
    fail_options("parked_keys_max: 1 to 1000");
  }
  if (options.events.direction != store::Direction::forward) {
    fail_options("events.direction: a group reads forward");
  }
}

ConsumerGroupOptions checked(ConsumerGroupOptions options) {
  check(options);
  return options;
}

std::string new_member_id(const Clock& clock, Random& random) {
  return to_string(Uuid::version7(clock.now(), random));
}

}  // namespace

struct ConsumerGroupWorker::State {
  store::StoreEngine& store;
  const ConsumerGroupOptions options;
  const GroupHandler handler;
  const Clock& clock;
  Random& random;
  const std::string name;
  const observe::Logger log;
  GroupProperty property;
  GroupMembership membership;
  GroupProgress progress = {};
  std::optional<Micros> renewed_at = {};  ///< monotonic; none: not a member
  std::optional<Micros> reported_at = {};
  Position reported = {};
  std::vector<RecordedEvent> page = {};
  bool at_end = false;
  std::atomic<std::uint64_t> done{0}, parked{0};
  std::atomic<bool> has_lanes{false};

  State(store::StoreEngine& log_store, ConsumerGroupOptions wanted, GroupHandler handle,
        const Clock& time, Random& draws)
      : store(log_store),
        options(checked(std::move(wanted))),
        handler(std::move(handle)),
        clock(time),
        random(draws),
        name("group " + options.name),
        log(options.log.with({{"group", options.name}})),
        property(store, options.name),
        membership(new_member_id(clock, random), options.lease) {}

  runtime::Step step();
  void leave();

 private:
  [[nodiscard]] GroupRecord new_record() const;
  bool renew();
  bool try_renew(Micros now);
  void tell(const GroupMembership::Round& round) const;
  void report_lowest(const GroupRecord& record, Micros now);
  [[nodiscard]] Micros renewal_due() const;
  [[nodiscard]] bool may_go_on() const;
  std::uint64_t read_on();
  std::uint64_t retry(const std::string& key);
  [[nodiscard]] std::string key_of(const EventView& event) const;
  std::optional<std::string> handle(const EventView& event, const GroupTurn& turn) const;
  void set_aside(const EventView& event, GroupParked entry, std::string reason);
  std::optional<Micros> pause_after(std::uint32_t failures);
};

GroupRecord ConsumerGroupWorker::State::new_record() const {
  GroupRecord record;
  const auto from = options.events.from.value_or(Position()).value();
  for (std::uint32_t lane = 0; lane < options.lanes; ++lane) {
    record.add_lanes()->set_position(from == 0 ? 0 : from - 1);
  }
  return record;
}

Micros ConsumerGroupWorker::State::renewal_due() const {
  if (!renewed_at) return Micros(0);
  return *renewed_at + (progress.has_moved() ? options.checkpoint_interval : options.lease / 4);
}

bool ConsumerGroupWorker::State::renew() {
  const auto now = clock.monotonic();
  for (int tries = 0; tries < tries_max; ++tries) {
    if (try_renew(now)) return true;
  }
  return false;
}

bool ConsumerGroupWorker::State::try_renew(Micros now) {
  auto record = property.read().value_or(new_record());
  progress.merge(record, membership.id());
  const auto round = membership.renew(record, now);
  if (!property.write(record)) return false;
  progress.adopt(record, membership.id(), now);
  renewed_at = now;
  has_lanes = progress.has_lanes();
  done = lowest_of(record).value();
  parked = static_cast<std::uint64_t>(record.parked_size());
  tell(round);
  report_lowest(record, now);
  return true;
}

void ConsumerGroupWorker::State::tell(const GroupMembership::Round& round) const {
  if (round.joined) log.info("group.joined", {{"member", membership.id()}});
  for (const auto& member : round.buried) log.warn("group.member_gone", {{"member", member}});
  if (round.claimed + round.released == 0) return;
  log.info("group.lanes", {{"claimed", round.claimed}, {"released", round.released}});
}

/// One member tells the log how far the group is, for all.
void ConsumerGroupWorker::State::report_lowest(const GroupRecord& record, Micros now) {
  const auto first = std::ranges::min_element(record.members(), {}, &GroupMember::id);
  if (first == record.members().end() || first->id() != membership.id()) return;
  const auto lowest = lowest_of(record);
  if (reported_at && (lowest == reported || now - *reported_at < report_interval)) return;
  const auto chain = store.chain_at(lowest);
  if (!chain) return;  // a new group that begins behind the log's end
  store.report_consumers({{.name = name,
                           .checkpoint = {.position = lowest, .chain = *chain},
                           .reported_at = clock.now()}});
  reported_at = now;
  reported = lowest;
}

runtime::Step ConsumerGroupWorker::State::step() {
  if (clock.monotonic() >= renewal_due() && !renew()) return runtime::Step::wait(pause_after_race);
  std::uint64_t handled = 0;
  if (progress.has_lanes()) {
    for (const auto& key : progress.due(clock.monotonic())) handled += retry(key);
    handled += read_on();
  }
  if (handled > 0 || (progress.has_lanes() && !at_end)) return runtime::Step::worked(handled);
  auto next = renewal_due();
  if (const auto due = progress.next_due()) next = std::min(next, *due);
  return runtime::Step::idle_for(std::max(next - clock.monotonic(), Micros(0)));
}

/// Whether another event may be handled before progress is noted, which also says that it lives.
bool ConsumerGroupWorker::State::may_go_on() const { return clock.monotonic() < renewal_due(); }

std::uint64_t ConsumerGroupWorker::State::read_on() {
  auto query = options.events;
  query.from = progress.lowest().next();
  page.clear();
  const auto end = store::read_page(store, query, page);
  std::uint64_t handled = 0;
  at_end = false;
  for (const auto& recorded : page) {
    const auto& event = recorded.view();
    auto key = key_of(event);
    const auto number = lane_of(key, progress.lanes_of_group());
    const auto* lane = progress.lane(number);
    const bool is_mine = lane != nullptr && lane->position < event.metadata.position;
    if (is_mine && !event.tombstone && !progress.is_parked(key)) {
      if (!may_go_on()) return handled;
      if (auto reason = handle(event, {.lane = number, .epoch = lane->epoch})) {
        GroupParked entry;
        entry.set_key(std::move(key));
        entry.set_lane(number);
        set_aside(event, std::move(entry), *std::move(reason));
      }
      ++handled;
    }
    progress.pass(event.metadata.position);
  }
  progress.pass(end.scanned);
  at_end = end.at_end;
  return handled;
}

/// Goes on with a key that waits, from the event that failed to where its lane is.
std::uint64_t ConsumerGroupWorker::State::retry(const std::string& key) {
  const auto entry = progress.parked(key).entry;
  const auto lane = *progress.lane(entry.lane());
  auto query = options.events;
  query.from = Position(entry.position());
  query.limit = retry_scan_max;
  query.scan_max = std::clamp<std::uint64_t>(
      lane.position.value() + 1 - std::min(entry.position(), lane.position.value()), 1,
      retry_scan_max);
  std::uint64_t handled = 0;
  std::optional<std::string> reason;
  std::vector<RecordedEvent> waiting;
  const auto end = store::read_page(store, query, waiting, [&](const EventView& event) {
    return event.metadata.position <= lane.position && !event.tombstone && key_of(event) == key;
  });
  auto next = std::max(end.scanned.next(), Position(entry.position()));
  const auto behind = next;
  for (const auto& recorded : waiting) {
    const auto& event = recorded.view();
    next = event.metadata.position;
    if (!may_go_on()) break;
    const bool again = event.metadata.position.value() == entry.failed();
    reason = handle(
        event,
        {.lane = entry.lane(), .epoch = lane.epoch, .attempt = again ? entry.attempts() + 1 : 1});
    ++handled;
    if (reason) {
      set_aside(event, entry, *std::move(reason));
      return handled;
    }
    next = event.metadata.position.next();
  }
  progress.advance(key, handled == waiting.size() ? behind : next);
  if (progress.is_parked(key)) return handled;
  log.info("group.unparked", {{"key", key}, {"attempts", entry.attempts() + 1}});
  return handled;
}

std::string ConsumerGroupWorker::State::key_of(const EventView& event) const {
  if (!options.key) return std::string(event.metadata.stream);
  auto key = options.key(event);
  if (key.size() <= key_size_max) return key;
  throw Failure({.code = "group.bad_key",
                 .message = fmt::format("the key of the event at position {} has {} bytes",
                                        event.metadata.position.value(), key.size()),
                 .hint = fmt::format("a key has at most {}", key_size_max)});
}

/// Why it failed; none when it did not.
std::optional<std::string> ConsumerGroupWorker::State::handle(const EventView& event,
                                                              const GroupTurn& turn) const {
  try {
    handler(event, turn);
    return std::nullopt;
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& exception) {
    return std::string(exception.what()).substr(0, reason_size_max);
  }
}

/// Parks the key of an event that failed, or parks it anew.
void ConsumerGroupWorker::State::set_aside(const EventView& event, GroupParked entry,
                                           std::string reason) {
  const auto position = event.metadata.position.value();
  if (entry.failed() == 0 && progress.parked_in_group() >= options.parked_keys_max) {
    throw Failure({.code = "group.parking_full",
                   .message = fmt::format("{} keys are parked, and the event at position {} fails "
                                          "too: {}",
                                          progress.parked_in_group(), position, reason),
                   .hint = "mend what fails, or retry or drop what is parked",
                   .retryable = true});
  }
  entry.set_attempts(entry.failed() == position ? entry.attempts() + 1 : 1);
  entry.set_position(position);
  entry.set_failed(position);
  entry.set_reason(std::move(reason));
  const auto pause = pause_after(entry.attempts());
  entry.set_for_person(!pause.has_value());
  if (pause) {
    log.info("group.retrying",
             {{"key", entry.key()}, {"position", position}, {"reason", entry.reason()}});
  } else {
    log.warn("group.parked", {{"key", entry.key()},
                              {"position", position},
                              {"attempts", entry.attempts()},
                              {"reason", entry.reason()},
                              {"hint",
                               "its key waits: retry it when what failed is mended, or "
                               "drop the event"}});
  }
  progress.park(std::move(entry), clock.monotonic() + pause.value_or(Micros(0)));
}

/// How long to wait after so many failures; none: for a person.
std::optional<Micros> ConsumerGroupWorker::State::pause_after(std::uint32_t failures) {
  runtime::Backoff backoff(options.retry);
  std::optional<Micros> pause;
  for (std::uint32_t failed = 0; failed < failures; ++failed) pause = backoff.next(random);
  return pause;
}

/// Gives everything back, so that others need not wait for the lease.
void ConsumerGroupWorker::State::leave() {
  if (!std::exchange(renewed_at, std::nullopt)) return;
  property.change([&](GroupRecord& record) {
    progress.merge(record, membership.id());
    membership.leave(record);
    return true;
  });
}

ConsumerGroupWorker::ConsumerGroupWorker(store::StoreEngine& store, ConsumerGroupOptions options,
                                         GroupHandler handler, const Clock& clock, Random& random)
    : state_(
          std::make_unique<State>(store, std::move(options), std::move(handler), clock, random)) {}
ConsumerGroupWorker::~ConsumerGroupWorker() = default;

const std::string& ConsumerGroupWorker::name() const { return state_->name; }

runtime::Step ConsumerGroupWorker::step() { return state_->step(); }

runtime::WorkerReport ConsumerGroupWorker::report() const {
  using runtime::WorkerState;
  return {.name = state_->name,
          .state = state_->has_lanes ? WorkerState::running : WorkerState::standby,
          .done = state_->done,
          .tail = state_->store.high_water().value(),
          .parked = state_->parked};
}

void ConsumerGroupWorker::stop() noexcept {
  try {
    state_->leave();
  } catch (const Failure& failure) {
    state_->log.error("group.not_left", failure);
  } catch (const std::exception& exception) {
    state_->log.error("group.not_left", exception.what());
  }
}

}  // namespace tidemark::feed
