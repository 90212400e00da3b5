#include "tidemark/saga/delayed_worker.hpp"

#include <algorithm>

namespace tidemark::saga {
namespace {

using command::DelayedCommand;

constexpr auto look_again = std::chrono::milliseconds(1);
constexpr auto poll_index = std::chrono::milliseconds(20);

/// One delayed command on its way: run it, or note why it cannot be.
class DelayedErrand final : public Errand {
 public:
  DelayedErrand(const DelayedWorker::Surroundings& surroundings, const CommandId& id)
      : surroundings_(surroundings), journal_(surroundings.store, surroundings.clock), id_(id) {}

  bool poll() override {
    if (note_) return look_at_note();
    if (!pending_ && !start()) return true;
    auto result = pending_->poll();
    if (!result) return false;
    pending_.reset();
    if (!*result) return failed(result->error());
    appended_ = true;
    // It was carried out before under the same id, by somebody else: then its stream does not show
    // it yet, and gets the record now.
    return !(*result)->repeated || is_noted(**result);
  }
  [[nodiscard]] bool appended() const override { return appended_; }

 private:
  /// Sends it; false when there is nothing to send any more.
  bool start() {
    command_ = journal_.find(id_);
    if (!command_ || command_->state != DelayedCommand::State::waiting ||
        command_->due > surroundings_.clock.now()) {
      return false;
    }
    command::CommandMessage message{
        .type = command_->type, .data = command_->data, .options = command_->options};
    message.companions = [this](const command::Outcome& outcome) {
      return journal_.settled(*command_, outcome).streams;
    };
    pending_ = surroundings_.dispatcher.submit(std::move(message));
    return true;
  }

  bool is_noted(const command::Outcome& outcome) {
    command_ = journal_.find(id_);
    if (!command_ || command_->state != DelayedCommand::State::waiting) return true;
    return note(journal_.settled(*command_, outcome));
  }

  bool failed(const command::CommandError& error) {
    if (error.code == "command.companion_conflict" || error.code == "command.contended") {
      return false;  // look again, and send it again if it still waits
    }
    problem_ = error;
    return note(journal_.failed(*command_, error));
  }

  bool note(store::Append append) {
    note_ = surroundings_.store.submit(std::move(append));
    return look_at_note();
  }

  bool look_at_note() {
    const auto result = note_->poll();
    if (!result) return false;
    note_.reset();
    if (!*result) return false;  // somebody changed its stream: look again
    appended_ = true;
    if (problem_) {
      surroundings_.log.warn("delayed.failed",
                             {{"command", to_string(id_)},
                              {"type", command_->type},
                              {"code", problem_->code},
                              {"reason", problem_->message},
                              {"hint", "mend the cause, then `delayed retry` runs it"}});
    }
    return true;
  }

  const DelayedWorker::Surroundings& surroundings_;
  const command::DelayedJournal journal_;
  const CommandId id_;
  std::optional<DelayedCommand> command_;
  std::optional<command::PendingCommand> pending_;
  std::optional<store::Ticket> note_;
  std::optional<Problem> problem_;
  bool appended_ = false;
};

}  // namespace

DelayedWorker::DelayedWorker(const Surroundings& surroundings)
    : surroundings_(surroundings), index_(surroundings_.index) {
  publish();
}

DelayedWorker::~DelayedWorker() = default;

runtime::Step DelayedWorker::step() {
  const auto moved = look_at_jobs();
  find_jobs();
  done_ += moved;
  publish();
  if (moved > 0) return runtime::Step::worked(moved);
  if (!jobs_.empty()) return runtime::Step::wait(look_again);
  return runtime::Step::idle_for(poll_index);
}

std::uint64_t DelayedWorker::look_at_jobs() {
  std::uint64_t moved = 0;
  for (auto entry = jobs_.begin(); entry != jobs_.end();) {
    bool done = false;
    try {
      done = entry->second->poll();
    } catch (...) {
      handled_.erase(entry->first);
      jobs_.erase(entry);  // its stream says what is left to do
      throw;
    }
    if (done && entry->second->appended()) ++moved;
    entry = done ? jobs_.erase(entry) : std::next(entry);
  }
  return moved;
}

void DelayedWorker::find_jobs() {
  const auto due = index_.list(
      {.state = "waiting", .due_before = surroundings_.clock.now(), .limit = under_way_max * 4});
  // Of what the index does not list so any more nothing need be remembered.
  std::erase_if(handled_, [&](const auto& known) {
    return !jobs_.contains(known.first) && std::ranges::none_of(due, [&](const auto& row) {
      return row.id == known.first && row.position == known.second;
    });
  });
  waiting_ = jobs_.size();
  for (const auto& row : due) {
    const auto handled = handled_.find(row.id);
    if (handled != handled_.end() && handled->second == row.position) continue;
    ++waiting_;
    const auto id = Uuid::parse(row.id);
    if (jobs_.size() >= under_way_max || jobs_.contains(row.id) || !id) continue;
    handled_[row.id] = row.position;
    jobs_[row.id] = std::make_unique<DelayedErrand>(surroundings_, CommandId(*id));
  }
}

void DelayedWorker::publish() {
  *report_.lock() = {.name = name_,
                     .state = runtime::WorkerState::running,
                     .done = done_,
                     .tail = done_ + waiting_};
}

}  // namespace tidemark::saga
