#include "tidemark/feed/consumer_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "group_membership.hpp"
#include "group_options.hpp"
#include "group_progress.hpp"
#include "group_record.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/event_range.hpp"

namespace tidemark::feed {
namespace {

constexpr std::size_t key_size_max = 250;
constexpr std::size_t reason_size_max = 200;
constexpr int tries_max = 3;
constexpr Micros pause_after_race = std::chrono::milliseconds(5);
constexpr Micros report_interval = std::chrono::seconds(5);
constexpr std::uint64_t retry_scan_max = 100'000;

std::string new_member_id(const Clock& clock, Random& random) {
  return to_string(Uuid::version7(clock.now(), random));
}

/// The part of a member's id that is drawn: members of one process have names of their own.
std::string short_id(const std::string& member) { return member.substr(member.size() - 8); }

}  // namespace

struct ConsumerGroupWorker::State {
  store::StoreEngine& store;
  const ConsumerGroupOptions options;
  const GroupHandler handler;
  const Clock& clock;
  Random& random;
  const std::string consumer;  ///< of the log: all members are this one
  const observe::Logger log;
  GroupProperty property;
  GroupMembership membership;
  const std::string name;
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
        consumer(consumer_of(options.name)),
        log(options.log.with({{"group", options.name}})),
        property(store, options.name),
        membership(new_member_id(clock, random), options.lease),
        name(fmt::format("{}/{}", consumer, short_id(membership.id()))) {}

  runtime::Step step();
  void leave();

 private:
  [[nodiscard]] GroupRecord new_record() const;
  bool renew();
  bool try_renew();
  void check_history(const GroupRecord& record);
  void tell(const GroupMembership::Round& round) const;
  void report_lowest(const GroupRecord& record, Micros now);
  [[nodiscard]] Micros renewal_due() const;
  [[nodiscard]] bool may_go_on() const;
  std::uint64_t work();
  void note_before(const Failure& failure);
  std::uint64_t read_on();
  bool take(const EventView& event, std::uint64_t& handled);
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
  for (int tries = 0; tries < tries_max; ++tries) {
    if (try_renew()) return true;
  }
  return false;
}

bool ConsumerGroupWorker::State::try_renew() {
  auto record = property.read().value_or(new_record());
  // After the read: what others say in it is not older than the time it is seen at.
  const auto now = clock.monotonic();
  check_history(record);
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

/// What was handled in another history says nothing of this one.
void ConsumerGroupWorker::State::check_history(const GroupRecord& record) {
  const auto origin = origin_of(record);
  if (!origin || store::has_origin(store, *origin)) return;
  throw Failure(
      {.code = "store.diverged",
       .message = fmt::format("the group {} handled events of another history: position {} of "
                              "store {} is not in this log, which ends at {}",
                              options.name, origin->checkpoint.position.value(),
                              to_string(origin->store), store.high_water().value()),
       .hint = "put back the log that it belongs to; or look at what it made of events that are "
               "gone, and send it back to the last position that still holds: `group rewind`"});
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
  store.report_consumers({{.name = consumer,
                           .checkpoint = {.position = lowest, .chain = *chain},
                           .reported_at = clock.now()}});
  reported_at = now;
  reported = lowest;
}

runtime::Step ConsumerGroupWorker::State::step() {
  if (clock.monotonic() >= renewal_due() && !renew()) return runtime::Step::wait(pause_after_race);
  std::uint64_t handled = 0;
  if (progress.has_lanes()) {
    try {
      handled = work();
    } catch (const Failure& failure) {
      note_before(failure);
      throw;
    }
  }
  if (handled > 0 || (progress.has_lanes() && !at_end)) return runtime::Step::worked(handled);
  auto next = renewal_due();
  if (const auto due = progress.next_due()) next = std::min(next, *due);
  return runtime::Step::idle_for(std::max(next - clock.monotonic(), Micros(0)));
}

/// Whether another event may be handled before progress is noted, which also says that it lives.
bool ConsumerGroupWorker::State::may_go_on() const { return clock.monotonic() < renewal_due(); }

/// What is due again comes before what is new.
std::uint64_t ConsumerGroupWorker::State::work() {
  std::uint64_t handled = 0;
  at_end = false;
  for (const auto& key : progress.due(clock.monotonic())) {
    if (!may_go_on()) return handled;
    handled += retry(key);
  }
  return handled + read_on();
}

/// What was handled before a failure is not handled again, should others take the lanes meanwhile.
void ConsumerGroupWorker::State::note_before(const Failure& failure) {
  try {
    if (!failure.retryable()) {
      leave();
    } else if (progress.has_moved()) {
      renew();
    }
  } catch (const Failure& other) {
    log.error("group.not_noted", other);
  }
}

std::uint64_t ConsumerGroupWorker::State::read_on() {
  auto query = options.events;
  query.from = progress.lowest().next();
  page.clear();
  const auto end = store::read_page(store, query, page);
  std::uint64_t handled = 0;
  for (const auto& recorded : page) {
    const auto& event = recorded.view();
    if (!event.tombstone && !take(event, handled)) return handled;
    progress.pass(event.metadata.position);
  }
  progress.pass(end.scanned);
  at_end = end.at_end;
  return handled;
}

/// Handles the event if it is the member's; false: not before progress is noted.
bool ConsumerGroupWorker::State::take(const EventView& event, std::uint64_t& handled) {
  auto key = key_of(event);
  const auto number = lane_of(key, progress.lanes_of_group());
  const auto* lane = progress.lane(number);
  const bool is_mine = lane != nullptr && lane->position < event.metadata.position;
  if (!is_mine || progress.is_parked(key)) return true;
  if (!may_go_on()) return false;
  if (auto reason = handle(event, {.lane = number, .epoch = lane->epoch})) {
    GroupParked entry;
    entry.set_key(std::move(key));
    entry.set_lane(number);
    set_aside(event, std::move(entry), *std::move(reason));
  }
  ++handled;
  return true;
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
  std::vector<RecordedEvent> waiting;
  const auto end = store::read_page(store, query, waiting, [&](const EventView& event) {
    return event.metadata.position <= lane.position && !event.tombstone && key_of(event) == key;
  });
  for (const auto& recorded : waiting) {
    if (!may_go_on()) return handled;
    const auto& event = recorded.view();
    const bool again = event.metadata.position.value() == entry.failed();
    auto reason = handle(
        event,
        {.lane = entry.lane(), .epoch = lane.epoch, .attempt = again ? entry.attempts() + 1 : 1});
    ++handled;
    if (reason) {
      set_aside(event, entry, *std::move(reason));
      return handled;
    }
    progress.advance(key, event.metadata.position.next());
  }
  progress.advance(key, std::max(end.scanned.next(), Position(entry.position())));
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
  } catch (...) {
    return "something that is no std::exception";
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
