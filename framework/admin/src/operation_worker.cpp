#include "tidemark/admin/operation_worker.hpp"

#include <tidemark/admin/operations.pb.h>

#include <deque>
#include <set>

#include "operation_events.hpp"
#include "presence.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/runtime/guarded.hpp"

namespace tidemark::admin {
namespace {

constexpr std::uint64_t page = 100;
constexpr int attempts_max = 5;
/// Ids carry the time of whoever asked. One that asks with a clock further behind than this is not
/// seen before the next start; by then it has given up and withdrawn.
constexpr auto skew_max = std::chrono::hours(1);
constexpr auto standby_interval = std::chrono::seconds(1);

UtcTime time_of(const Uuid& id) {
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) milliseconds = milliseconds << 8 | id.bytes().at(i);
  return UtcTime::from_micros(milliseconds * 1000);
}

}  // namespace

struct OperationWorker::State {
  State(store::EventStore& store_in, OperationTarget& target_in, const Clock& clock_in,
        OperationWorkerOptions options_in)
      : store(store_in), target(target_in), clock(clock_in), options(std::move(options_in)) {}

  bool take_lock();
  bool look_for_more();
  void drop_old();
  runtime::Step work();
  void begin(const OperationRecord& record);
  void carry_out();
  void append(const google::protobuf::Message& event, StreamVersion expected);
  void finish(const OperationOutcome& outcome);
  void done();

  store::EventStore& store;
  OperationTarget& target;
  const Clock& clock;
  const OperationWorkerOptions options;
  const std::string name = "operations";

  std::optional<Presence> presence;
  std::string seen;                     ///< streams up to this name are settled and never looked at
  std::set<std::string> settled;        ///< of those behind it
  std::string from;                     ///< where the look through the streams goes on
  std::deque<Uuid> open;                ///< found, not done
  std::optional<store::Ticket> ticket;  ///< of an event of the first open one
  int attempts = 0;                     ///< at carrying it out
  std::uint64_t finished = 0;
  runtime::Guarded<runtime::WorkerReport> report{{.name = "operations"}};
};

bool OperationWorker::State::take_lock() {
  if (options.directory.empty() || presence) return true;
  presence = Presence::take(options.directory / operations_lock);
  return presence.has_value();
}

/// Looks at one page of streams; false when the end was reached and nothing is open.
bool OperationWorker::State::look_for_more() {
  const auto streams = store.streams(std::string(operation_category), from, page);
  for (const auto& info : streams) {
    from = info.stream.name();
    if (settled.contains(from)) continue;
    const auto id = Uuid::parse(info.stream.id());
    if (!id) continue;  // nobody's request
    const auto record = read_operation(store, *id);
    if (record &&
        (record->state == OperationState::requested || record->state == OperationState::started)) {
      open.push_back(*id);
    } else {
      settled.insert(from);
    }
  }
  if (streams.size() == page) return true;
  drop_old();
  from = seen;
  return !open.empty();
}

/// Forgets what is settled and too old for anything new to come before it.
void OperationWorker::State::drop_old() {
  const auto horizon = clock.now() - skew_max;
  while (open.empty() && !settled.empty()) {
    const auto stream = StreamId::parse(*settled.begin());
    if (time_of(Uuid::parse(stream->id()).value()) >= horizon) return;
    seen = *settled.begin();
    settled.erase(settled.begin());
  }
}

void OperationWorker::State::append(const google::protobuf::Message& event,
                                    StreamVersion expected) {
  ticket = store.submit(operation_append(store, open.front(), expected, event, clock.now()));
}

void OperationWorker::State::finish(const OperationOutcome& outcome) {
  const auto record = read_operation(store, open.front());
  v1::OperationFinished event;
  event.set_operation_id(to_string(open.front()));
  event.set_ok(outcome.ok);
  event.set_code(outcome.code);
  event.set_message(outcome.message);
  event.set_hint(outcome.hint);
  append(event, record->version);
}

void OperationWorker::State::done() {
  settled.insert(operation_stream(open.front()).name());
  open.pop_front();
  attempts = 0;
  ++finished;
}

void OperationWorker::State::begin(const OperationRecord& record) {
  if (record.operation.expires_at < clock.now()) {
    return finish({.ok = false,
                   .code = "operation.expired",
                   .message = "it was asked for too long ago",
                   .hint = "ask again"});
  }
  v1::OperationStarted event;
  event.set_operation_id(to_string(record.operation.id));
  append(event, record.version);
}

void OperationWorker::State::carry_out() {
  const auto record = read_operation(store, open.front());
  try {
    if (const auto outcome = target.execute(record->operation)) finish(*outcome);
  } catch (const Failure& failure) {
    if (failure.retryable() && ++attempts < attempts_max) throw;
    finish({.ok = false,
            .code = failure.code(),
            .message = failure.message(),
            .hint = failure.hint()});
  }
}

/// One thing for the first open operation: its state is read from the log each time.
runtime::Step OperationWorker::State::work() {
  if (ticket) {
    const auto result = ticket->poll();
    if (!result) return runtime::Step::wait(std::chrono::milliseconds(1));
    ticket.reset();
    return runtime::Step::worked(1);
  }
  const auto record = read_operation(store, open.front());
  if (record && record->state == OperationState::requested) {
    begin(*record);
  } else if (record && record->state == OperationState::started) {
    carry_out();
    if (!ticket) return runtime::Step::wait(options.poll_interval);
  } else {
    done();
  }
  return runtime::Step::worked(1);
}

OperationWorker::OperationWorker(store::EventStore& store, OperationTarget& target,
                                 const Clock& clock, OperationWorkerOptions options)
    : state_(std::make_unique<State>(store, target, clock, std::move(options))) {}

OperationWorker::~OperationWorker() = default;

const std::string& OperationWorker::name() const { return state_->name; }

runtime::Step OperationWorker::step() {
  auto& state = *state_;
  const bool active = state.take_lock();
  {
    auto report = state.report.lock();
    report->state = active ? runtime::WorkerState::running : runtime::WorkerState::standby;
    report->done = state.finished;
    report->tail = state.finished + state.open.size();
  }
  if (!active) return runtime::Step::idle_for(standby_interval);
  if (!state.open.empty()) return state.work();
  if (state.look_for_more()) return runtime::Step::worked(0);
  return runtime::Step::idle_for(state.options.poll_interval);
}

runtime::WorkerReport OperationWorker::report() const { return state_->report.copy(); }

}  // namespace tidemark::admin
