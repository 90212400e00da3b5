#include "tidemark/testing/saga_given.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <string>

#include "check.hpp"
#include "commands.hpp"
#include "difference.hpp"
#include "tidemark/saga/rehearsal.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "watched_saga.hpp"

namespace tidemark::testing::detail {
namespace {

using saga::Status;

std::string list_of(const Events& commands) {
  std::string list;
  for (const auto& command : commands) list += "\n   + " + to_text(*command);
  return list;
}

}  // namespace

struct SagaScript::State {
  State(const saga::SagaModel& model_in, UtcTime start) : model(model_in), rehearsal(model, start) {
    rehearsal.set_judge([this](const auto& command) -> std::optional<Rejection> {
      const auto found = refused.find(command.type());
      if (found == refused.end()) return std::nullopt;
      return Rejection{.code = found->second, .detail = {}};
    });
  }

  WatchedSaga model;
  saga::Rehearsal rehearsal;
  std::map<std::string, std::string, std::less<>> refused;  ///< codes by command type
  std::optional<std::string> instance;                      ///< its name, once an event said it
  // The last step.
  std::source_location where;
  Events sent;
  Events undone;
  bool suspended = false;  ///< it became so, and nobody looked

  void begin(std::source_location at);
  void settle(std::source_location at);
  void hand_in(const google::protobuf::Message& event, std::source_location at);
  [[nodiscard]] bool is_for_it(const google::protobuf::Message& event, std::source_location at);
  [[nodiscard]] std::string suspension() const;
  void complain_of_unseen();
};

/// Ends the step before, and begins one.
void SagaScript::State::begin(std::source_location at) {
  complain_of_unseen();
  where = at;
  sent.clear();
  undone.clear();
  suspended = false;
}

void SagaScript::State::complain_of_unseen() {
  if (!sent.empty()) complain("nobody looked at what it sent" + list_of(sent), where);
  if (!undone.empty()) complain("nobody looked at what it took back" + list_of(undone), where);
  if (suspended) complain("nobody looked at this: it is " + suspension(), where);
}

/// Takes in what came of handing something in.
void SagaScript::State::settle(std::source_location at) {
  for (const auto& command : rehearsal.take_sent()) {
    auto message = command_of(model.commands(), command.type(), command.data());
    (command.undoes() == 0 ? sent : undone).push_back(std::move(message));
  }
  const auto complaint = model.take_complaint();
  if (!complaint.empty()) complain(complaint, at);
}

std::string SagaScript::State::suspension() const {
  const auto& why = rehearsal.instance().suspension;
  if (!why) return std::string(to_string(rehearsal.status()));
  return fmt::format("suspended, \"{}\": {}", why->code(), why->message());
}

/// Whether the event belongs to this instance; what is wrong with that is said.
bool SagaScript::State::is_for_it(const google::protobuf::Message& event, std::source_location at) {
  const auto& types = model.events();
  if (std::ranges::find(types, event.GetDescriptor()) == types.end()) {
    complain("no row of the saga's table takes " + event.GetDescriptor()->full_name(), at);
    return false;
  }
  const auto name = model.correlate(event.GetDescriptor()->full_name(), serialize(event));
  if (!name) {
    complain("it belongs to no instance: " + to_text(event), at);
    return false;
  }
  if (!instance) instance = name;
  if (*instance == *name) return true;
  complain(fmt::format("it belongs to instance '{}', this is '{}': {}", *name, *instance,
                       to_text(event)),
           at);
  return false;
}

void SagaScript::State::hand_in(const google::protobuf::Message& event, std::source_location at) {
  if (!is_for_it(event, at)) return;
  const bool was_suspended = rehearsal.status() == Status::suspended;
  rehearsal.input(event);
  settle(at);
  suspended = suspended || (!was_suspended && rehearsal.status() == Status::suspended);
  const auto version = rehearsal.instance().version;
  const auto count = sent.size() + undone.size();
  rehearsal.input(event, true);
  settle(at);
  if (version != rehearsal.instance().version || count != sent.size() + undone.size()) {
    complain("handed in again, it was handled again: " + to_text(event), at);
  }
}

SagaScript::SagaScript(const saga::SagaModel& model, UtcTime start)
    : state_(std::make_unique<State>(model, start)) {}
SagaScript::SagaScript(SagaScript&&) noexcept = default;

SagaScript::~SagaScript() {
  if (state_ && std::uncaught_exceptions() == 0) state_->complain_of_unseen();
}

void SagaScript::refuse(std::string_view command, std::string_view code) {
  state_->refused.insert_or_assign(std::string(command), std::string(code));
}

void SagaScript::accept(std::string_view command) {
  const auto found = state_->refused.find(command);
  if (found != state_->refused.end()) state_->refused.erase(found);
}

void SagaScript::receive(const EventList& events) {
  hand_in(events);
  state_->sent.clear();
  state_->undone.clear();
  if (std::exchange(state_->suspended, false)) {
    complain("on the way it was " + state_->suspension(), events.where());
  }
}

void SagaScript::hand_in(const EventList& events) {
  state_->begin(events.where());
  for (const auto& event : events.events()) state_->hand_in(*event, events.where());
}

void SagaScript::pass(Micros duration, std::source_location where) {
  state_->begin(where);
  const bool was_suspended = state_->rehearsal.status() == Status::suspended;
  state_->rehearsal.advance(duration);
  state_->settle(where);
  state_->suspended = !was_suspended && state_->rehearsal.status() == Status::suspended;
}

void SagaScript::expect_sent(const EventList& commands) {
  const auto sent = std::exchange(state_->sent, {});
  const auto differing = difference(commands.events(), sent, "command");
  check(differing.empty() ? "" : "not the commands expected (-) but others (+)" + differing,
        commands.where());
}

void SagaScript::expect_nothing_sent(std::source_location where) {
  auto sent = std::exchange(state_->sent, {});
  auto undone = std::exchange(state_->undone, {});
  check(sent.empty() ? "" : "it sent" + list_of(sent), where);
  check(undone.empty() ? "" : "it took back" + list_of(undone), where);
}

void SagaScript::expect_undone(const EventList& commands) {
  const auto undone = std::exchange(state_->undone, {});
  const auto differing = difference(commands.events(), undone, "command");
  check(differing.empty() ? "" : "not what was to take back (-) but others (+)" + differing,
        commands.where());
}

void SagaScript::expect_state(std::string_view name, std::source_location where) {
  const auto& current = state_->rehearsal.instance().state;
  if (find_state(state_->model, name) == nullptr) {
    complain(fmt::format("the table has no state '{}'", name), where);
  } else if (current.empty()) {
    complain("it has not begun: no row took an input yet", where);
  } else {
    check(current == name ? "" : fmt::format("it is in state '{}'", current), where);
  }
}

void SagaScript::expect_data(const EventList& data) {
  const auto& expected = *data.events().front();
  Events actual;
  actual.emplace_back(expected.New())->ParseFromString(state_->rehearsal.instance().data);
  const auto differing = difference(data.events(), actual, "data");
  check(differing.empty() ? "" : "it knows something else (+)" + differing, data.where());
}

void SagaScript::expect_ignored(std::source_location where) {
  check(state_->model.ignored_last() ? "" : "a row took it", where);
}

void SagaScript::expect_suspended(std::string_view code, std::source_location where) {
  state_->suspended = false;
  const auto& why = state_->rehearsal.instance().suspension;
  check(why && why->code() == code
            ? ""
            : fmt::format("expected suspended \"{}\", it is {}", code, state_->suspension()),
        where);
}

void SagaScript::expect_finished(std::source_location where) {
  const auto status = state_->rehearsal.status();
  check(status == Status::finished ? ""
                                   : fmt::format("it is {} in state '{}'", state_->suspension(),
                                                 state_->rehearsal.instance().state),
        where);
}

}  // namespace tidemark::testing::detail
