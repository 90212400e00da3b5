#include "tidemark/testing/reaction_given.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <map>
#include <optional>

#include "check.hpp"
#include "commands.hpp"
#include "difference.hpp"
#include "log_view.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "watched_saga.hpp"

namespace tidemark::testing::detail {
namespace {

using google::protobuf::Message;

/// The row with nothing but its key, as bytes.
std::string key_of(const Message& row, const WindowOf& window) {
  std::unique_ptr<Message> key(row.New());
  key->CopyFrom(row);
  const auto* type = key->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (std::ranges::find(window.key, field) == window.key.end()) {
      key->GetReflection()->ClearField(key.get(), field);
    }
  }
  return std::string(window.projection) + '\n' + serialize(*key);
}

}  // namespace

struct ReactionScript::State {
  /// A window's last closing.
  struct Closing {
    std::uint32_t revision = 0;
    std::string row;
  };

  std::unique_ptr<const saga::ReactionModel> model;
  std::map<std::string, Closing> closings;  ///< by projection and key
  std::size_t events = 0;
  Events sent;
  std::source_location where;  ///< of the input that sent them

  void react(const std::function<std::vector<Outbox::Sent>()>& input, std::source_location at);
  void complain_of_unseen() const;
};

void ReactionScript::State::complain_of_unseen() const {
  for (const auto& command : sent) complain("nobody looked at " + to_text(*command), where);
}

/// Hands in the input, twice.
void ReactionScript::State::react(const std::function<std::vector<Outbox::Sent>()>& input,
                                  std::source_location at) {
  complain_of_unseen();
  sent.clear();
  where = at;
  try {
    const auto commands = input();
    if (!equal(commands, input())) {
      complain("handed in again, it sent other commands: `on` may look at nothing but its input",
               at);
      return;
    }
    for (const auto& command : commands) {
      auto message = command_of(model->commands(), command.type, command.data);
      if (message == nullptr) {
        complain(fmt::format("{} is not among the reaction's Commands: {}", command.type,
                             names_of(model->commands())),
                 at);
      } else {
        sent.push_back(std::move(message));
      }
    }
  } catch (const std::exception& error) {
    complain(fmt::format("it failed: {}", error.what()), at);
  }
}

ReactionScript::ReactionScript(std::unique_ptr<const saga::ReactionModel> model)
    : state_(std::make_unique<State>()) {
  state_->model = std::move(model);
}
ReactionScript::ReactionScript(ReactionScript&&) noexcept = default;

ReactionScript::~ReactionScript() {
  if (state_ && std::uncaught_exceptions() == 0) state_->complain_of_unseen();
}

void ReactionScript::happen(const LogEvent& event) {
  const auto data = serialize(*event.message.events().front());
  const auto view = view_of(event, data, state_->events++);
  state_->react([&] { return state_->model->react(view); }, event.message.where());
}

void ReactionScript::close(const WindowOf& window, const EventList& row) {
  const auto& message = *row.events().front();
  auto& closing = state_->closings[key_of(message, window)];
  const auto previous = std::exchange(closing.row, serialize(message));
  ++closing.revision;
  const saga::ClosedRow closed{.projection = window.projection,
                               .row = closing.row,
                               .previous = closing.revision > 1 ? &previous : nullptr,
                               .revision = closing.revision,
                               .window = window.window};
  state_->react([&] { return state_->model->react(closed); }, row.where());
}

void ReactionScript::expect_commands(const EventList& commands) {
  const auto sent = std::exchange(state_->sent, {});
  const auto differing = difference(commands.events(), sent, "command");
  check(differing.empty() ? "" : "not the commands expected (-) but others (+)" + differing,
        commands.where());
}

void ReactionScript::expect_nothing(std::source_location where) {
  const auto sent = std::exchange(state_->sent, {});
  check(sent.empty() ? "" : "it sent" + difference({}, sent, "command"), where);
}

}  // namespace tidemark::testing::detail
