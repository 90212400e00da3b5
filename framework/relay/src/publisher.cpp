#include "publisher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tidemark/relay/progress.hpp"
#include "tidemark/schema/cloud_event.hpp"

namespace tidemark::relay {
namespace {

/// Bounds a step to a few milliseconds.
constexpr std::uint64_t events_per_step = 1000;
/// A broker answers within a few milliseconds.
constexpr Micros answer_wait = std::chrono::milliseconds(1);

kafka::ProducerRecord to_record(const EventView& event, const std::string& topic,
                                const StoreId& store) {
  return {.topic = topic,
          .key = std::string(event.metadata.stream_key()),
          .value = std::string(event.data),
          .headers = cloud_event::encode(event, store)};
}

std::uint64_t size_of(const kafka::ProducerRecord& record) {
  auto bytes = record.key.size() + record.value.value_or("").size();
  for (const auto& [name, value] : record.headers) bytes += name.size() + value.size();
  return bytes;
}

Failure gap(Position expected, Position found) {
  return Failure({.code = "relay.gap",
                  .message = fmt::format("the log has no event at position {}, but one at {}",
                                         expected.value(), found.value()),
                  .hint = "run 'tidemark store verify' on the file"});
}

}  // namespace

Publisher::Publisher(const Parts& parts, std::unique_ptr<kafka::TransactionalProducer> producer,
                     const store::Checkpoint& progress)
    : parts_(parts),
      producer_(std::move(producer)),
      committed_(progress),
      committed_at_(parts.clock.monotonic()),
      next_(progress.position.next()),
      events_max_(parts.options.transaction_events_max) {}

runtime::Step Publisher::step() {
  producer_->poll();
  switch (phase_) {
    case Phase::filling:
      return new_category_.empty() ? fill() : prepare_topic();
    case Phase::closing:
      return close();
    case Phase::committing:
      return commit();
    case Phase::aborting:
      break;
  }
  return finish_abort();
}

void Publisher::abort() {
  // While filling it was the next event that was refused; later nobody knows which one.
  events_max_ = std::max<std::uint64_t>(1, phase_ == Phase::filling ? events_ : events_ / 2);
  phase_ = Phase::aborting;
}

void Publisher::give_up() {
  if (is_open_ && phase_ != Phase::committing) static_cast<void>(producer_->abort());
}

Position Publisher::published() const {
  return is_open_ ? before_open_ : Position(next_.value() - 1);
}

runtime::Step Publisher::fill() {
  std::uint64_t sent = 0;
  const auto stop = read_events(sent);
  const bool is_at_end = stop == Stop::end_of_log;
  if (is_open_) {
    const bool is_complete = is_at_end || stop == Stop::transaction_full || stop == Stop::new_topic;
    if (is_complete || is_old()) phase_ = Phase::closing;
  } else if (owes_progress(is_at_end)) {
    begin();
    phase_ = Phase::closing;
  } else if (is_at_end) {
    return runtime::Step::idle_for(parts_.options.idle_poll);
  }
  if (stop == Stop::queue_full && phase_ == Phase::filling) return runtime::Step::wait(answer_wait);
  return runtime::Step::worked(sent);
}

Publisher::Stop Publisher::read_events(std::uint64_t& sent) {
  const auto high = parts_.store.high_water();
  if (next_ > high) return Stop::end_of_log;
  auto stop = Stop::none;
  const auto visit = [&](const EventView& event) {
    if (event.metadata.position > high) return false;
    stop = take(event);
    if (stop != Stop::none) return false;
    next_ = next_.next();
    ++sent;
    return true;
  };
  parts_.store.read({.from = next_, .limit = events_per_step}, visit);
  if (sent == 0 && stop == Stop::none) throw gap(next_, high);
  return stop == Stop::none && next_ > high ? Stop::end_of_log : stop;
}

Publisher::Stop Publisher::take(const EventView& event) {
  const auto& metadata = event.metadata;
  if (metadata.position != next_) throw gap(next_, metadata.position);
  const auto* topic = parts_.topics.topic_of(metadata.category());
  if (topic == nullptr || event.tombstone) return Stop::none;
  if (!parts_.topics.is_ready(*topic)) {
    new_category_ = metadata.category();
    return Stop::new_topic;
  }
  const auto record = to_record(event, *topic, parts_.store.store_id());
  const auto size = size_of(record);
  if (events_ > 0 &&
      (events_ >= events_max_ || bytes_ + size > parts_.options.transaction_bytes_max)) {
    return Stop::transaction_full;
  }
  if (!is_open_) begin();
  at_ = fmt::format("{} {} at position {}", metadata.category(), event.type,
                    metadata.position.value());
  if (producer_->send(record) == kafka::Progress::pending) return Stop::queue_full;
  ++events_;
  bytes_ += size;
  return Stop::none;
}

runtime::Step Publisher::prepare_topic() {
  parts_.topics.prepare({new_category_});
  new_category_.clear();
  return runtime::Step::worked(0);
}

runtime::Step Publisher::close() {
  const Position last(next_.value() - 1);
  if (!closing_at_) {
    const auto chain = parts_.store.chain_at(last);
    if (!chain) {
      throw Failure(
          {.code = "store.diverged",
           .message = fmt::format("position {} was read and is gone", last.value()),
           .hint = "the store's file was replaced under a running application: restart it"});
    }
    closing_at_ = store::Checkpoint{.position = last, .chain = *chain};
  }
  const auto sent =
      producer_->send({.topic = std::string(progress_topic),
                       .key = progress_key(parts_.store.store_id(), parts_.options.name),
                       .value = encode_progress(*closing_at_),
                       .partition = 0});
  if (sent == kafka::Progress::pending) return runtime::Step::wait(answer_wait);
  phase_ = Phase::committing;
  return commit();
}

runtime::Step Publisher::commit() {
  if (producer_->commit() == kafka::Progress::pending) return runtime::Step::wait(answer_wait);
  parts_.instruments.commits.add();
  parts_.instruments.records.add(events_);
  committed_ = *closing_at_;
  committed_at_ = parts_.clock.monotonic();
  events_max_ = std::min(events_max_ * 2, parts_.options.transaction_events_max);
  start_over();
  return runtime::Step::worked(0);
}

runtime::Step Publisher::finish_abort() {
  if (is_open_ && producer_->abort() == kafka::Progress::pending) {
    return runtime::Step::wait(answer_wait);
  }
  if (is_open_) {
    parts_.instruments.aborts.add();
    next_ = before_open_.next();
  }
  start_over();
  return runtime::Step::worked(0);
}

void Publisher::begin() {
  producer_->begin();
  is_open_ = true;
  before_open_ = Position(next_.value() - 1);
  opened_at_ = parts_.clock.monotonic();
}

void Publisher::start_over() {
  phase_ = Phase::filling;
  is_open_ = false;
  events_ = 0;
  bytes_ = 0;
  closing_at_.reset();
  new_category_.clear();
}

bool Publisher::is_old() const {
  return parts_.clock.monotonic() - opened_at_ >= parts_.options.transaction_age_max;
}

bool Publisher::owes_progress(bool at_end) const {
  const auto passed_over = next_.value() - 1 - committed_.position.value();
  if (passed_over >= parts_.options.progress_events_max) return true;
  return at_end && passed_over > 0 &&
         parts_.clock.monotonic() - committed_at_ >= parts_.options.progress_idle;
}

}  // namespace tidemark::relay
