#include "feed_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "tidemark/base/assert.hpp"
#include "tidemark/sql/text.hpp"

namespace tidemark::feed {
namespace {

/// Bytes of entries to be parked that are kept in memory before a commit.
constexpr std::uint64_t aside_bytes_max = 16 * 1024 * 1024;
/// How soon to ask again whether the handler is settled.
constexpr Micros settle_interval = std::chrono::milliseconds(1);
constexpr Micros pause_interval = std::chrono::milliseconds(200);
/// How soon to look for new events while a key waits for its next attempt: nobody wakes who waits.
constexpr Micros retry_look_interval = std::chrono::milliseconds(20);

bool keep_alive(const Delivery& /*delivery*/) { return false; }

}  // namespace

FeedLoop::FeedLoop(FeedOptions options, std::unique_ptr<Source> source, Handler& handler,
                   sql::Database& file, const Clock& clock)
    : options_(std::move(options)),
      parking_log_(options_.log, options_.name),
      source_(std::move(source)),
      handler_(handler),
      file_(file),
      clock_(clock) {
  TIDEMARK_ASSERT(options_.batch_max > 0 && options_.commit_events_max > 0, "a feed must move");
  create_feed_tables(file_);
}

runtime::Step FeedLoop::step() {
  try {
    const auto step = take_step();
    publish(source_->problem());
    return step;
  } catch (const Failure& failure) {
    if (at_.empty()) at_ = source_->stuck_at();
    abandon();
    publish(Problem{.code = failure.code(),
                    .field = "",
                    .message = failure.message(),
                    .hint = failure.hint()},
            !failure.retryable());
    throw;
  } catch (...) {
    abandon();
    throw;
  }
}

runtime::Step FeedLoop::take_step() {
  if (!open_) {
    source_->open(file_, handler_.types());
    open_ = true;
  } else if (abandoned_) {
    source_->rewind(file_);
  }
  abandoned_ = false;
  look_at_file();
  if (settling_) return settle(0);
  if (paused_) return rest();
  if (const auto due = keys_.due(clock_.now(), options_.retry_max)) {
    if (dirty()) return settle(0);
    if (!tried_last_) return try_again(*due);
  }
  tried_last_ = false;
  return fill();
}

/// Sees what a person did to parked work, from another connection.
void FeedLoop::look_at_file() {
  const auto version = file_.data_version();
  if (version == data_version_) return;
  keys_.load(file_);
  for (const auto& aside : batch_.aside) keys_.add(aside.delivery.key);
  const bool was_paused = paused_.has_value();
  paused_ = FeedDesk(file_).paused();
  if (paused_.has_value() != was_paused) source_->hold(paused_.has_value());
  data_version_ = version;
}

runtime::Step FeedLoop::rest() {
  if (dirty() || source_->wants_commit()) return settle(0);
  source_->fetch(0, keep_alive);
  return runtime::Step::idle_for(std::min(pause_interval, source_->poll_interval()));
}

runtime::Step FeedLoop::fill() {
  const auto room = options_.commit_events_max - std::min(batch_.taken, options_.commit_events_max);
  const auto visited = source_->fetch(std::clamp<std::uint64_t>(room, 1, options_.batch_max),
                                      [this](const Delivery& delivery) { return take(delivery); });
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  if (failed_) {
    on_failed(*std::exchange(failed_, std::nullopt));
    return runtime::Step::worked(visited);
  }
  if (!dirty() && !source_->wants_commit()) return nothing();
  if (visited == 0 || full()) return settle(visited);
  return runtime::Step::worked(visited);
}

bool FeedLoop::full() const {
  return batch_.commit_now || batch_.taken >= options_.commit_events_max ||
         handler_.wants_commit() || source_->wants_commit() || file_.in_transaction() ||
         clock_.monotonic() - batch_.since >= options_.commit_age_max ||
         (!keys_.empty() && keys_.due(clock_.now(), options_.retry_max).has_value());
}

/// Takes one delivery of a fetch; false ends the fetch. Does not throw: the source is on the stack.
bool FeedLoop::take(const Delivery& delivery) {
  if (batch_.taken++ == 0) batch_.since = clock_.monotonic();
  batch_.event_time = std::max(batch_.event_time, delivery.event.metadata.event_time);
  try {
    if (!keys_.empty() && keys_.contains(delivery.key)) {
      queue_behind(delivery);
      return !batch_.commit_now;
    }
    if (!delivery.unreadable.empty()) {
      park(delivery, std::string(delivery.unreadable));
      return !batch_.commit_now;
    }
    const auto known = failing_.empty() ? failing_.end() : failing_.find(delivery.place);
    if (known != failing_.end()) {
      park(delivery, known->second);
      batch_.commit_now = true;  // or the next failure would replay all of this again
      return false;
    }
    handler_.handle(delivery);
  } catch (const Failure&) {
    at_ = describe(delivery);
    thrown_ = std::current_exception();
    return false;
  } catch (const std::exception& error) {
    failed_ = Failed{.place = delivery.place, .reason = error.what()};
    return false;
  } catch (...) {
    failed_ = Failed{.place = delivery.place, .reason = "something that is no std::exception"};
    return false;
  }
  return !handler_.wants_commit() && !file_.in_transaction();
}

void FeedLoop::queue_behind(const Delivery& delivery) {
  set_aside(delivery, {.state = ParkState::queued, .parked_at = clock_.now()});
}

/// Parks a delivery that failed for the first time, and with it its key.
void FeedLoop::park(const Delivery& delivery, std::string reason) {
  if (options_.strict) {
    if (was_dropped(file_, delivery.event.metadata.event_id)) return;
    throw Failure(
        {.code = "feed.poison",
         .message = fmt::format("{} (event {}, key {}) failed: {}", describe(delivery),
                                to_string(delivery.event.metadata.event_id), delivery.key, reason),
         .hint = "correct the handler and start again; this feed must not leave out any "
                 "event"});
  }
  if (keys_.keys() >= options_.parked_keys_max) {
    throw Failure({.code = "feed.parking_full",
                   .message = fmt::format("{}: {} keys are parked; {} failed too: {}",
                                          options_.name, keys_.keys(), describe(delivery), reason),
                   .hint = "correct the handler, then retry or drop parked entries; "
                           "parked_keys_max allows more",
                   .retryable = true});
  }
  const bool last = options_.attempts_max <= 1;
  set_aside(delivery, {.state = last ? ParkState::parked : ParkState::retrying,
                       .reason = std::move(reason),
                       .attempts = 1,
                       .parked_at = clock_.now(),
                       .next_attempt_at = next_attempt(1)});
  keys_.add(delivery.key);
}

void FeedLoop::set_aside(const Delivery& delivery, Parking parking) {
  if (keys_.events() + batch_.aside.size() >= options_.parked_events_max) {
    throw Failure({.code = "feed.parking_full",
                   .message = fmt::format("{}: {} events are parked", options_.name,
                                          keys_.events() + batch_.aside.size()),
                   .hint = "correct the handler, then retry or drop parked entries; "
                           "parked_events_max allows more",
                   .retryable = true});
  }
  batch_.aside_bytes += delivery.event.data.size();
  if (batch_.aside_bytes >= aside_bytes_max) batch_.commit_now = true;
  batch_.aside.push_back({.delivery = OwnedDelivery(delivery), .parking = std::move(parking)});
}

runtime::Step FeedLoop::settle(std::uint64_t items) {
  settling_ = true;
  bool settled = false;
  try {
    settled = handler_.settled();
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& error) {
    settling_ = false;
    if (trying_) {
      failed_again(error.what());
    } else {
      on_failed({.place = handler_.failed_place(), .reason = error.what()});
    }
    return runtime::Step::worked(items);
  }
  if (!settled) {
    TIDEMARK_ASSERT(!file_.in_transaction(), "a handler that waits must not open a transaction");
    source_->fetch(0, keep_alive);
    return runtime::Step::wait(settle_interval);
  }
  commit();
  settling_ = false;
  return runtime::Step::worked(items);
}

/// One transaction, in one step: rows, place, parked entries.
void FeedLoop::commit() {
  if (!file_.in_transaction()) file_.begin(sql::Access::write);
  handler_.write(file_);
  if (trying_ ? !remove_first(file_, trying_->first.id, trying_->first.key) : !write_batch()) {
    abandon();  // the place was moved by somebody else, or the entry dropped by a person
    return;
  }
  auto note = file_.statement(
      "UPDATE feed_state SET committed_at = ?2,"
      " event_time = CASE WHEN event_time < ?1 THEN ?1 ELSE event_time END");
  note.bind(1, batch_.event_time.micros()).bind(2, clock_.now().micros()).run();
  file_.commit();
  if (trying_) {
    keys_.reload(file_, -1);
    parking_log_.unparked(trying_->entry.view(), trying_->first.attempts + 1);
  } else {
    source_->saved();
    for (const auto& [delivery, parking] : batch_.aside) {
      parking_log_.set_aside(delivery.view(), parking);
    }
    const auto parked = batch_.aside.size();
    if (parked > 0) keys_.reload(file_, static_cast<std::int64_t>(parked));
  }
  trying_.reset();
  failing_.clear();
  batch_ = Batch{};
  at_.clear();
}

bool FeedLoop::write_batch() {
  if (!source_->save(file_)) return false;
  for (auto& [delivery, parking] : batch_.aside) {
    if (parking.state == ParkState::queued) {
      // A person may have dropped what it was to queue behind.
      auto look = file_.statement("SELECT 1 FROM feed_parked WHERE key = ?1");
      look.bind(1, sql::Blob{delivery.key});
      if (!look.next()) parking.state = ParkState::retrying;
    }
    insert_parked(file_, delivery.view(), parking);
  }
  return true;
}

runtime::Step FeedLoop::nothing() {
  const auto wait = source_->poll_interval();
  if (const auto next = keys_.next_due()) {
    const auto now = clock_.now();
    if (*next <= now) return runtime::Step::worked(0);
    return runtime::Step::wait(std::min({wait, *next - now, retry_look_interval}));
  }
  return runtime::Step::idle_for(wait);
}

/// Tries the first entry of a parked key, in a commit of its own.
runtime::Step FeedLoop::try_again(const ParkedKeys::First& first) {
  tried_last_ = true;
  auto entry = load_delivery(file_, first.id);
  if (!entry) {
    keys_.load(file_);
    return runtime::Step::worked(0);
  }
  trying_.emplace(Trying{.first = first, .entry = std::move(*entry), .buffer = {}});
  auto delivery = trying_->entry.view();
  if (delivery.unreadable.empty()) source_->refresh(delivery, trying_->buffer);
  try {
    if (!delivery.unreadable.empty()) throw std::runtime_error(std::string(delivery.unreadable));
    handler_.handle(delivery);
  } catch (const Failure&) {
    at_ = describe(delivery);
    throw;
  } catch (const std::exception& error) {
    failed_again(error.what());
    return runtime::Step::worked(1);
  } catch (...) {
    failed_again("something that is no std::exception");
    return runtime::Step::worked(1);
  }
  return settle(1);
}

void FeedLoop::failed_again(const std::string& reason) {
  handler_.forget();
  roll_back();
  const auto attempts = trying_->first.attempts + 1;
  const auto state = attempts >= options_.attempts_max ? ParkState::parked : ParkState::retrying;
  file_.begin(sql::Access::write);
  auto update = file_.statement(
      "UPDATE feed_parked SET attempts = ?1, state = ?2, reason = ?3, next_attempt_at = ?4"
      " WHERE id = ?5");
  update.bind(1, attempts).bind(2, to_string(state)).bind(3, sql::text_of(reason));
  update.bind(4, next_attempt(attempts).micros()).bind(5, trying_->first.id).run();
  file_.commit();
  keys_.reload(file_, 0);
  if (state == ParkState::parked) {
    parking_log_.parked(trying_->entry.view(), reason, attempts);
  }
  trying_.reset();
}

/// Goes back to the checkpoint; what failed will be parked when it comes again.
void FeedLoop::on_failed(const Failed& failed) {
  handler_.forget();
  roll_back();
  source_->rewind(file_);
  batch_ = Batch{};
  keys_.load(file_);
  if (!failing_.emplace(failed.place, failed.reason).second) {
    throw Failure({.code = "feed.handler",
                   .message = fmt::format("{}: the handler says that {} failed, which was not "
                                          "handed to it: {}",
                                          options_.name, to_string(failed.place), failed.reason),
                   .hint = "this is a programming error in the handler"});
  }
}

/// Drops all that is only in memory; the next step begins at the checkpoint.
void FeedLoop::abandon() noexcept {
  handler_.forget();
  roll_back();
  batch_ = Batch{};
  failing_.clear();
  trying_.reset();
  settling_ = false;
  abandoned_ = true;
  data_version_.reset();
}

void FeedLoop::roll_back() noexcept {
  try {
    if (file_.in_transaction()) file_.rollback();
  } catch (const Failure&) {
    // The engine has rolled back already, which is what made it refuse.
  }
}

UtcTime FeedLoop::next_attempt(std::uint32_t attempts) const {
  auto wait = std::min(options_.retry_first, options_.retry_max);
  for (std::uint32_t i = 1; i < attempts && wait < options_.retry_max; ++i) {
    wait = std::min(wait * options_.retry_factor, options_.retry_max);
  }
  return clock_.now() + wait;
}

void FeedLoop::publish(std::optional<Problem> problem, bool has_failed) {
  auto published = published_.lock();
  published->state = has_failed ? runtime::WorkerState::failed
                     : paused_  ? runtime::WorkerState::paused
                                : runtime::WorkerState::running;
  if (!problem && paused_) {
    problem = Problem{.code = "feed.paused",
                      .field = "",
                      .message = *paused_,
                      .hint = "resume it when the reason is gone"};
  }
  published->parked = keys_.events();
  published->problem = std::move(problem);
  published->at = at_;
}

runtime::WorkerReport FeedLoop::report() const {
  const auto published = published_.copy();
  const auto extent = source_->extent();
  return {.name = options_.name,
          .state = published.state,
          .done = extent.done,
          .tail = extent.tail,
          .parked = published.parked,
          .problem = published.problem,
          .at = published.at};
}

void FeedLoop::stop() noexcept {
  try {
    if (open_ && !abandoned_ && !trying_ && dirty() && handler_.settled()) commit();
  } catch (const std::exception&) {
    // What is not committed is read again after the next start.
  }
  abandon();
  source_->stop();
}

}  // namespace tidemark::feed
