#include "tidemark/saga/coordinator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "errands.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark::saga {
namespace {

constexpr std::uint64_t journal_page = 10'000;

/// Whether an input must wait behind others, or until somebody moves the instance on.
bool must_wait(const Instance& instance) {
  return instance.status == Status::suspended || instance.status == Status::paused ||
         !instance.pending.empty();
}

}  // namespace

Coordinator::Coordinator(const SagaModel& model, store::EventStore& store,
                         command::Dispatcher& dispatcher, const Catalogue& catalogue,
                         const Clock& clock, const observe::Logger& log)
    : parts_(std::make_unique<Parts>(Parts{.model = model,
                                           .store = store,
                                           .dispatcher = dispatcher,
                                           .catalogue = catalogue,
                                           .clock = clock,
                                           .log = log})) {}

Coordinator::~Coordinator() = default;

const SagaModel& Coordinator::model() const { return parts_->model; }

Instance Coordinator::fold(const std::string& instance) const { return parts_->fold(instance); }

bool Coordinator::is_safe(Position position) const { return parts_->dispatcher.is_safe(position); }

std::unique_ptr<Errand> Coordinator::handle(EventInput input) {
  auto instance = input.instance;
  return std::make_unique<JournalErrand>(
      *parts_, std::move(instance),
      [input = std::move(input)](const Moment& moment) -> std::optional<Record> {
        const auto arrival = arrive(input);
        if (moment.instance.inputs.contains(input_key(arrival.ref))) return std::nullopt;
        if (moment.instance.status == Status::running) {
          if (auto foreign = foreign_table(moment, &arrival.ref)) return foreign;
        }
        if (moment.instance.status != Status::cancelled && must_wait(moment.instance)) {
          return defer_input(arrival.ref, arrival.correlation_id);
        }
        return handle_input(moment, arrival);
      });
}

std::unique_ptr<Errand> Coordinator::drive(std::string instance) {
  return make_drive(*parts_, std::move(instance));
}

std::unique_ptr<Errand> Coordinator::fire(std::string instance, std::string timer_id) {
  const auto& clock = parts_->clock;
  return std::make_unique<JournalErrand>(
      *parts_, std::move(instance),
      [&clock, timer_id = std::move(timer_id)](const Moment& moment) -> std::optional<Record> {
        const auto& timers = moment.instance.timers;
        const auto timer = std::ranges::find(timers, timer_id, &v1::ArmedTimer::id);
        const bool due = timer != timers.end() && clock.now().micros() >= timer->due();
        if (!due || moment.instance.status != Status::running || must_wait(moment.instance)) {
          return std::nullopt;
        }
        auto arrival = arrive_timer(*timer);
        arrival.correlation_id = moment.instance.correlation_id;
        if (auto foreign = foreign_table(moment, &arrival.ref)) return foreign;
        return handle_input(moment, arrival);
      });
}

Instance Coordinator::Parts::fold(const std::string& id) const {
  Instance instance;
  const auto stream = journal_stream(model.spec().name, id);
  for (bool more = true; more;) {
    const auto end = store.read_stream(
        {.stream = stream, .from = instance.version.next(), .limit = journal_page},
        [&](const EventView& record) {
          if (!instance.apply(record)) {
            throw Failure({.code = "saga.unreadable_journal",
                           .message = fmt::format("record {} of '{}' is no record of this version",
                                                  record.metadata.version.value(), stream.name()),
                           .hint = "run the version of the application that wrote it, or newer"});
          }
          return true;
        });
    more = end.returned == journal_page;
  }
  const auto* state = find_state(model, instance.state);
  if (instance.status == Status::running && state != nullptr && state->final &&
      instance.pending.empty() && instance.commands.empty()) {
    instance.status = Status::finished;
  }
  return instance;
}

store::Append Coordinator::Parts::append(const std::string& instance, StreamVersion version,
                                         const std::vector<Record>& records) const {
  store::Append append;
  store::StreamWrite write{.stream = journal_stream(model.spec().name, instance),
                           .expected = store::ExpectedState::exact(version)};
  for (const auto& record : records) {
    write.events.push_back(to_event(record, model, instance, clock.now()));
  }
  append.id = AppendId(write.events.front().event_id.uuid());
  append.streams.push_back(std::move(write));
  return append;
}

void Coordinator::Parts::tell(const std::string& instance, const Record& record) const {
  if (record.type != v1::Suspended::descriptor()->full_name()) return;
  v1::Suspended why;
  if (!why.ParseFromString(record.data)) return;
  log.warn(
      "saga.suspended",
      {{"saga", model.spec().name},
       {"instance", instance},
       {"input", why.input().type()},
       {"code", why.code()},
       {"reason", why.message()},
       {"hint", fmt::format("`saga why {} {}`; {}", model.spec().name, instance, why.hint())}});
}

}  // namespace tidemark::saga
