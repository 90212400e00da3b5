#include "unit/testing/samples.hpp"

#include <tidemark/saga/saga.hpp>

#include <stdexcept>

using namespace counter::v1;
using tidemark::Outbox;

namespace samples {
namespace {

constexpr tidemark::Micros minute = std::chrono::minutes(1);

/// A state that no handler may have.
std::int64_t times_asked() {
  static std::int64_t times = 0;
  return ++times;
}

template <typename Command>
Command command_for(const std::string& counter_id) {
  Command command;
  command.set_counter_id(counter_id);
  return command;
}

struct Idle {
  static constexpr std::string_view name = "idle";
};
struct Draining {
  static constexpr std::string_view name = "draining";
};
struct Ending {
  static constexpr std::string_view name = "ending";
};
struct Done {
  static constexpr std::string_view name = "done";
  static constexpr bool final = true;
};
struct Failed {
  static constexpr std::string_view name = "failed";
  static constexpr bool final = true;
};

bool reaches_ten(const CounterSnapshot& data, const Added& event) {
  return data.total() + event.amount() >= 10;
}
void note(CounterSnapshot& data, const Added& event, Outbox&) {
  data.set_total(data.total() + event.amount());
}
void book(CounterSnapshot& data, const Added& event, Outbox& outbox) {
  note(data, event, outbox);
  outbox.send(command_for<Noop>(event.counter_id()));
}
void unbook(const CounterSnapshot&, Outbox& outbox) { outbox.send(command_for<Reset>("c1")); }
void remind(CounterSnapshot&, const tidemark::AfterHours<1>&, Outbox& outbox) {
  outbox.send(command_for<Add>("c1"));
}
void end(CounterSnapshot&, const WasReset& event, Outbox& outbox) {
  outbox.send(command_for<Misbehave>(event.counter_id()));
}
void look_elsewhere(CounterSnapshot& data, const Stranger&, Outbox&) {
  data.set_total(times_asked());
}

using tidemark::Row;

}  // namespace

// clang-format off
struct Emptying::Table : tidemark::Transitions<
  Row<Idle,     Added,                          Draining,       &book,
      tidemark::When<&reaches_ten>, tidemark::Undo<&unbook>>,
  Row<Idle,     Added,                          tidemark::Stay, &note>,
  Row<Idle,     Stranger,                       tidemark::Stay, &look_elsewhere>,
  Row<Draining, WasReset,                       Ending,         &end>,
  Row<Draining, tidemark::AfterHours<1>,        tidemark::Stay, &remind>,
  Row<Ending,   tidemark::Accepted<Misbehave>,  Done,           nullptr>,
  Row<Ending,   tidemark::Rejected<Misbehave>,  Failed,         nullptr, tidemark::Compensate>> {};
// clang-format on

std::string Emptying::correlate(const Added& event) { return event.counter_id(); }
std::string Emptying::correlate(const WasReset& event) { return event.counter_id(); }
std::string Emptying::correlate(const Stranger& event) { return event.text(); }

tidemark::Window Scores::window(const Row& row) {
  const auto start = tidemark::UtcTime::from_micros(row.minute_micros());
  return {.start = start, .end = start + minute};
}

void Scores::on(tidemark::Table<Scores>& rows, const tally::v1::Scored& event,
                const tidemark::Metadata& metadata) {
  if (event.points() < 0) throw std::runtime_error("negative points");
  auto& row = rows.at(event.player(), tidemark::floor(metadata.event_time, minute).micros());
  row.set_points(event.player() == "cheat" ? times_asked() : row.points() + event.points());
}

void Scores::on(tidemark::Table<Scores>& rows, const tally::v1::RoundEnded& event,
                const tidemark::Metadata&) {
  rows.close(event.player(), event.minute_micros());
}

void Prize::on(tidemark::Dispatch& out, const tally::v1::RoundEnded& event,
               const tidemark::Metadata& metadata) {
  if (metadata.event_time.micros() == 0) return;
  out.send(command_for<Reset>(event.player()));
}

void Prize::on(tidemark::Dispatch& out, const tally::v1::Struck& event, const tidemark::Metadata&) {
  out.send(command_for<Noop>(event.player()));
}

void Prize::on(tidemark::Dispatch& out, const tally::v1::Scored& event, const tidemark::Metadata&) {
  if (event.points() < 0) throw std::runtime_error("negative points");
  auto command = command_for<Add>(event.player());
  command.set_amount(times_asked());
  out.send(command);
}

void Prize::on(tidemark::Dispatch& out, const tidemark::Closed<Scores>& closed) {
  auto command = command_for<Add>(closed.row.player());
  command.set_amount(closed.row.points() -
                     (closed.previous != nullptr ? closed.previous->points() : 0));
  out.send(command);
}

}  // namespace samples

template const tidemark::saga::SagaModel& tidemark::saga_model<samples::Emptying>();
