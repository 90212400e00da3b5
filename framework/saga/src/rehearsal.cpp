#include "tidemark/saga/rehearsal.hpp"

#include <algorithm>

#include "decide.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::saga {
namespace {

/// A saga that answers each of its own outcomes with a command for ever is a mistake in its table.
constexpr int rounds_max = 1000;

}  // namespace

Rehearsal::Rehearsal(const SagaModel& model, UtcTime start) : model_(model), now_(start) {}

void Rehearsal::append(const std::string& type, const std::string& data,
                       const std::string& correlation_id) {
  EventView record;
  record.metadata.version = instance_.version.next();
  record.metadata.recorded_at = now_;
  record.metadata.correlation_id = correlation_id;
  record.type = type;
  record.data = data;
  TIDEMARK_ASSERT(instance_.apply(record), "a record of our own making must fold");
}

void Rehearsal::input(const google::protobuf::Message& event, bool again) {
  if (!again) ++events_;
  const auto id = to_string(security::derive(Uuid(), {"rehearsal", std::to_string(events_)}));
  const auto data = serialize(event);
  Arrival arrival;
  arrival.ref.set_kind(v1::InputRef::KIND_EVENT);
  arrival.ref.set_type(event.GetDescriptor()->full_name());
  arrival.ref.set_id(id);
  arrival.ref.set_recorded_at(now_.micros());
  arrival.input = {.kind = Input::Kind::event,
                   .type = event.GetDescriptor()->full_name(),
                   .data = data,
                   .recorded_at = now_};
  if (instance_.inputs.contains(input_key(arrival.ref))) return;
  if (instance_.status == Status::suspended) {
    const auto record = defer_input(arrival.ref, id);
    append(record.type, record.data, id);
    return;
  }
  auto now = instance_;
  now.status = status();
  const Moment moment{.model = model_, .id = id_, .instance = now};
  if (const auto record = handle_input(moment, arrival)) append(record->type, record->data, id);
  settle();
}

void Rehearsal::settle() {
  for (int round = 0; instance_.status == Status::running; ++round) {
    TIDEMARK_ASSERT(round < rounds_max, "the saga goes round in a circle");
    const Moment moment{.model = model_, .id = id_, .instance = instance_};
    if (!instance_.pending.empty()) {
      const auto ref = instance_.pending.front();
      const auto settled = instance_.settled.at(ref.id());
      Arrival arrival{.ref = ref};
      arrival.input = {.kind = ref.kind() == v1::InputRef::KIND_REJECTED ? Input::Kind::rejected
                                                                         : Input::Kind::accepted,
                       .type = settled.type,
                       .data = settled.data,
                       .rejection = settled.rejection,
                       .recorded_at = now_};
      const auto record = handle_input(moment, arrival);
      TIDEMARK_ASSERT(record.has_value(), "an outcome is always answered");
      append(record->type, record->data, {});
    } else if (!instance_.commands.empty()) {
      const auto open = instance_.commands.front();
      sent_.push_back(open.command);
      const auto rejection = judge_ ? judge_(open.command) : std::nullopt;
      const auto settled = settled_as(model_, open.command, rejection);
      for (const auto& record : settle_command(moment, open, settled)) {
        append(record.type, record.data, {});
      }
    } else {
      return;
    }
  }
}

bool Rehearsal::fire_next(UtcTime until) {
  const auto& timers = instance_.timers;
  const auto next = std::ranges::min_element(timers, {}, &v1::ArmedTimer::due);
  if (next == timers.end() || next->due() > until.micros()) return false;
  if (instance_.status != Status::running) return false;
  const auto& timer = *next;
  now_ = std::max(now_, UtcTime::from_micros(timer.due()));
  const Moment moment{.model = model_, .id = id_, .instance = instance_};
  const auto record = handle_input(moment, arrive_timer(timer));
  TIDEMARK_ASSERT(record.has_value(), "an armed timer is always answered");
  append(record->type, record->data, {});
  settle();
  return true;
}

void Rehearsal::advance(Micros duration) {
  const auto until = now_ + duration;
  while (fire_next(until)) {
  }
  now_ = until;
}

Status Rehearsal::status() const {
  const auto* state = find_state(model_, instance_.state);
  const bool over = instance_.status == Status::running && state != nullptr && state->final;
  return over ? Status::finished : instance_.status;
}

std::vector<v1::OutgoingCommand> Rehearsal::take_sent() { return std::exchange(sent_, {}); }

}  // namespace tidemark::saga
