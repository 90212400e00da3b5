#include "relay_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tidemark/relay/progress.hpp"

namespace tidemark::relay {
namespace {

/// How often a broker that has something to do for a start is asked whether it is done.
constexpr Micros start_wait = std::chrono::milliseconds(10);
/// However long the broker has been silent, it is asked that often.
constexpr Micros ask_wait_max = std::chrono::milliseconds(100);
/// After so long without an answer the relay says so.
constexpr Micros silence_max = std::chrono::seconds(5);
/// Standing by is looked at no more often than that.
constexpr Micros look_wait_min = std::chrono::milliseconds(1);

Problem problem_of(const Failure& failure) {
  return {
      .code = failure.code(), .field = "", .message = failure.message(), .hint = failure.hint()};
}

Failure diverged(const store::Checkpoint& published, Position high_water) {
  return Failure(
      {.code = "store.diverged",
       .message = fmt::format("position {} was published from a log that is not this one, which "
                              "reaches to {}: an older copy of the store was put in its place",
                              published.position.value(), high_water.value()),
       .hint =
           "bring the newer copy of the store back; or set kafka.resume_after to the last position "
           "that both logs share: what follows in this log is published behind it, "
           "and the topics then hold both histories"});
}

template <std::size_t count>
bool is_one_of(const std::string& code, const std::array<std::string_view, count>& codes) {
  return std::ranges::find(codes, code) != codes.end();
}

/// Things to try again when somebody has seen to them, without touching the producer.
constexpr std::array<std::string_view, 5> outside_codes = {
    "kafka.unreachable", "kafka.admin", "relay.topic_too_small", "relay.topic_missing",
    "relay.progress_not_compacted"};
/// Things that end a transaction and not the producer.
constexpr std::array<std::string_view, 3> transaction_codes = {
    "kafka.abortable", "kafka.record_too_large", "kafka.unknown_topic"};

}  // namespace

RelayWorker::State::State(RelayOptions options, const Surroundings& around)
    : options_(std::move(options)),
      around_(around),
      name_(fmt::format("relay {}", options_.name)),
      transactional_id_(progress_key(around.store.store_id(), options_.name)),
      log_(around.logger.with({{"relay", options_.name}})),
      topics_({.map = options_.topics,
               .relay_name = options_.name,
               .record_bytes_max = record_bytes_max(options_.event_bytes_max),
               .accept_partition_changes = options_.accept_partition_changes},
              around.store, around.broker),
      instruments_(around.metrics, options_.name),
      lease_({.relay_name = options_.name,
              .owner = Uuid::version7(around.clock.now(), around.random),
              .length = options_.lease},
             around.store, around.clock),
      backoff_(options_.retry) {
  report_.lock()->name = name_;
}

runtime::Step RelayWorker::State::step() {
  runtime::Step step;
  try {
    step = advance();
  } catch (const Failure& failure) {
    const auto is_helped = recover_from(failure);
    write_report();
    if (!is_helped) throw;
    return runtime::Step::wait(start_wait);
  }
  note(step);
  write_report();
  return step.did == runtime::Step::Did::waiting ? patient(step) : step;
}

runtime::Step RelayWorker::State::patient(runtime::Step step) const {
  const auto waited = waits_since_ ? now() - *waits_since_ : Micros(0);
  const auto wait = std::min(waited / 10, ask_wait_max);
  step.wake_after = std::max(step.wake_after.value_or(wait), wait);
  return step;
}

void RelayWorker::State::stop() noexcept {
  try {
    std::optional<Position> published;
    if (publisher_) {
      publisher_->give_up();
      published = publisher_->published();
    }
    lease_.release(published);
  } catch (const std::exception& thrown) {
    // The lease runs out by itself, and the next relay's init settles what was left open.
    log_.warn("relay.stopped_hard", {{"why", std::string_view(thrown.what())}});
  }
  start_over(Phase::standby);
}

runtime::Step RelayWorker::State::advance() {
  if (phase_ == Phase::standby) return stand_by();
  if (!lease_.renew(publisher_ ? publisher_->published() : lease_.published())) {
    log_.info("relay.lease_lost");
    say(std::nullopt);
    start_over(Phase::standby);
    return runtime::Step::worked(0);
  }
  // An open transaction is aborted at once: it holds up the topics' readers.
  const bool is_aborting = publisher_ && publisher_->is_aborting();
  if (now() < retry_at_ && !is_aborting) {
    return runtime::Step::wait(std::min(retry_at_ - now(), lease_.due_in()));
  }
  switch (phase_) {
    case Phase::standby:
    case Phase::initialising:
      return initialise();
    case Phase::preparing:
      return prepare();
    case Phase::recovering:
      return recover();
    case Phase::publishing:
      break;
  }
  return publish();
}

runtime::Step RelayWorker::State::stand_by() {
  if (!lease_.acquire()) return runtime::Step::idle_for(std::max(lease_.due_in(), look_wait_min));
  start_over(Phase::initialising);
  return runtime::Step::worked(0);
}

runtime::Step RelayWorker::State::initialise() {
  if (!producer_) {
    producer_ =
        around_.broker.transactional_producer(transactional_id_, options_.transaction_timeout);
  }
  if (producer_->init() == kafka::Progress::pending) return runtime::Step::wait(start_wait);
  phase_ = Phase::preparing;
  return runtime::Step::worked(0);
}

runtime::Step RelayWorker::State::prepare() {
  topics_.prepare(options_.categories);
  phase_ = Phase::recovering;
  return runtime::Step::worked(0);
}

runtime::Step RelayWorker::State::recover() {
  producer_->poll();
  if (!progress_) progress_ = std::make_unique<ProgressReader>(around_.broker, transactional_id_);
  if (!progress_->read()) return runtime::Step::wait(start_wait);
  const auto from = resume_from(progress_->found());
  progress_.reset();
  publisher_ = std::make_unique<Publisher>(Publisher::Parts{.options = options_,
                                                            .store = around_.store,
                                                            .clock = around_.clock,
                                                            .topics = topics_,
                                                            .instruments = instruments_},
                                           std::move(producer_), from);
  phase_ = Phase::publishing;
  log_.info("relay.started", {{"position", from.position.value()}});
  return runtime::Step::worked(0);
}

store::Checkpoint RelayWorker::State::resume_from(const std::optional<store::Checkpoint>& found) {
  if (!found) {
    if (lease_.published() > Position()) {
      log_.warn("relay.progress_missing", {{"published", lease_.published().value()}});
    }
    return {};
  }
  if (around_.store.chain_at(found->position) == found->chain) return *found;
  const auto high = around_.store.high_water();
  const auto from = options_.resume_after.value_or(high.next());
  const auto chain = around_.store.chain_at(from);
  if (!options_.resume_after || !chain) throw diverged(*found, high);
  log_.warn("relay.divergence_accepted",
            {{"published", found->position.value()}, {"resume_after", from.value()}});
  return {.position = from, .chain = *chain};
}

runtime::Step RelayWorker::State::publish() {
  const auto before = instruments_.commits.value();
  auto step = publisher_->step();
  if (instruments_.commits.value() != before) {
    backoff_.reset();
    say(std::nullopt);
  }
  if (step.did == runtime::Step::Did::nothing) {
    step.wake_after = std::min(step.wake_after.value_or(options_.idle_poll), lease_.due_in());
  }
  return step;
}

bool RelayWorker::State::recover_from(const Failure& failure) {
  const auto& code = failure.code();
  if (!code.starts_with("kafka.") && !is_one_of(code, outside_codes)) {
    // A person resumes the worker when the cause is gone: it then begins anew.
    if (!failure.retryable()) start_over(Phase::standby);
    return false;
  }
  if (code == "kafka.fenced") {
    instruments_.fenced.add();
    log_.warn("relay.fenced", {{"why", failure.message()}});
    say(std::nullopt);
    start_over(Phase::standby);
    lease_.stand_back();
    return true;
  }
  say(problem_of(failure));
  retry_at_ = now() + backoff_.next(around_.random).value_or(options_.retry.max);
  if (is_one_of(code, outside_codes)) {
    waits_since_.reset();
  } else if (publisher_ && publisher_->is_open() && !publisher_->is_aborting() &&
             is_one_of(code, transaction_codes)) {
    if (code == "kafka.unknown_topic") topics_.forget();
    publisher_->abort();
  } else {
    topics_.forget();
    start_over(Phase::initialising);
  }
  return true;
}

void RelayWorker::State::start_over(Phase phase) {
  publisher_.reset();
  progress_.reset();
  producer_.reset();
  waits_since_.reset();
  phase_ = phase;
}

void RelayWorker::State::note(const runtime::Step& step) {
  if (step.did != runtime::Step::Did::waiting) {
    waits_since_.reset();
    if (step.did == runtime::Step::Did::nothing && phase_ == Phase::publishing) say(std::nullopt);
    return;
  }
  if (!waits_since_) waits_since_ = now();
  if (problem_ || now() - *waits_since_ < silence_max) return;
  say(Problem{.code = "relay.broker_silent",
              .field = "",
              .message = fmt::format("Kafka has not answered for {} s",
                                     (now() - *waits_since_).count() / 1'000'000),
              .hint =
                  "check that the brokers run and can be reached; appends go on, and nothing is "
                  "lost"});
}

void RelayWorker::State::say(std::optional<Problem> problem) {
  const auto code = problem ? problem->code : "";
  if (code == (problem_ ? problem_->code : "")) {
    problem_ = std::move(problem);
    return;
  }
  if (problem) {
    log_.error("relay.problem", *problem);
  } else {
    log_.info("relay.recovered");
  }
  problem_ = std::move(problem);
}

void RelayWorker::State::write_report() {
  const auto done = publisher_ ? publisher_->published() : lease_.published();
  const auto tail = around_.store.high_water();
  instruments_.lag.set(tail > done ? tail.value() - done.value() : 0);
  auto report = report_.lock();
  report->state = phase_ == Phase::standby      ? runtime::WorkerState::standby
                  : phase_ == Phase::publishing ? runtime::WorkerState::running
                                                : runtime::WorkerState::starting;
  report->done = done.value();
  report->tail = tail.value();
  report->problem = problem_;
  report->at = problem_ && publisher_ ? publisher_->at() : "";
}

}  // namespace tidemark::relay
