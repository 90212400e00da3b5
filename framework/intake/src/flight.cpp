#include "flight.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/failure.hpp"

namespace tidemark::intake {
namespace {

constexpr std::uint64_t events_per_append_max = 1024;
constexpr std::uint64_t bytes_per_append_max = 4 << 20;
/// At most so many lines were answered and not remembered when an earlier process ended: twice what
/// may be unsaved (10,000 lines) and under way (8,192).
constexpr std::uint64_t lines_unremembered_max = 40'000;

Failure refused(const std::string& what, const std::string& why) {
  return Failure({.code = "intake.refused",
                  .message = fmt::format("{} was refused: {}", what, why),
                  .hint = "the input's mapper made something that the application cannot take: "
                          "correct the mapper"});
}

}  // namespace

void Sheet::reach(const Place& place) {
  for (auto& known : places) {
    if (known.partition == place.partition) {
      known.next = place.next;
      return;
    }
  }
  places.push_back(place);
}

void Flight::add(const Line& line, std::uint64_t Counts::* became) {
  gathered_.used = true;
  gathered_.sheet.take(line);
  ++(gathered_.sheet.counts.*became);
}

/// Whether it may go in the append that is gathered. An append holds each stream's events together:
/// for the order to stay, a stream that was left cannot be gone back to. And it tells how many
/// events it left out, not which: facts go by themselves.
bool Flight::fits(const Event& event, std::size_t stream) const {
  if (!gathered_.append) return true;
  const bool goes_on = gathered_.append->streams.back().stream == event.stream;
  return gathered_.of_facts == event.mismatch.empty() &&
         gathered_.ids.size() < events_per_append_max &&
         gathered_.bytes + event.event.data.size() <= bytes_per_append_max &&
         (goes_on || !gathered_.streams.contains(stream));
}

void Flight::begin_append(bool of_facts) {
  const AppendId id(Uuid::version7(around_.clock.now(), around_.random));
  gathered_.append = store::Append{
      .id = id, .streams = {}, .on_duplicate = store::OnDuplicate::skip, .answer = {}};
  gathered_.of_facts = of_facts;
}

void Flight::add(const Line& line, Event event) {
  const auto id = event.event.event_id;
  const bool is_fact = event.mismatch.empty();
  if (gathered_.ids.contains(id)) {
    if (is_fact) return add(line, &Counts::facts_repeated);
    hand_in();
  }
  const auto stream = std::hash<StreamId>()(event.stream);
  if (!fits(event, stream)) hand_in();
  if (!gathered_.append) begin_append(is_fact);
  auto& streams = gathered_.append->streams;
  if (streams.empty() || streams.back().stream != event.stream) {
    gathered_.streams.insert(stream);
    streams.push_back({.stream = std::move(event.stream)});
  }
  gathered_.ids.insert(id);
  gathered_.bytes += event.event.data.size();
  bytes_ += event.event.data.size();
  if (const auto position = around_.stored.claim(id)) {
    ++gathered_.claimed;
    gathered_.position = std::max(gathered_.position, *position);
  }
  streams.back().events.push_back(std::move(event.event));
  gathered_.used = true;
  gathered_.sheet.take(line);
  if (!is_fact) ++gathered_.sheet.counts.mismatches[event.mismatch];
}

void Flight::add(const Line& line, std::string partition, command::CommandMessage message,
                 const StreamId& stream) {
  hand_in();
  Entry entry{.used = true};
  entry.sheet.take(line);
  busy_.insert(stream);
  asked_.insert(*message.options.id);
  entry.command = Sent{.message = std::move(message), .stream = stream, .facts = {}, .pending = {}};
  auto& facts = entry.command->facts;
  facts.partition = std::move(partition);
  facts.offset = line.offset;
  facts.line = line.number;
  enter(std::move(entry));
}

void Flight::hand_in() {
  if (gathered_.used) enter(std::exchange(gathered_, {}));
}

void Flight::enter(Entry entry) {
  lines_ += entry.sheet.counts.lines;
  facts_ += entry.ids.size();
  if (!entry.append && !entry.command) entry.state = Entry::State::done;
  entries_.push_back(std::move(entry));
  if (waiting_ || entries_.back().state == Entry::State::done) return;
  try {
    submit(entries_.back());
  } catch (const Failure&) {
    waiting_ = true;  // the next poll tries it again, and tells when it fails again
  }
}

void Flight::submit(Entry& entry) {
  if (entry.append) entry.ticket = around_.store.submit(*entry.append);
  if (entry.command) submit(*entry.command);
  entry.state = Entry::State::handed_in;
}

void Flight::submit(Sent& sent) {
  if (++sent.times == 1) sent.before = std::max(around_.store.high_water(), newest_);
  try {
    sent.pending = around_.dispatcher.submit(sent.message);
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& thrown) {
    sent.crash = thrown.what();
  }
}

std::uint64_t Flight::poll() {
  hand_in_again();
  std::optional<Failure> failure;
  for (auto& entry : entries_) {
    if (entry.state != Entry::State::handed_in) continue;
    try {
      look_at(entry);
    } catch (const Failure& caught) {
      // The others are looked at all the same: those that were committed with it failed with it,
      // and of those that were not, the answer is known now and would not be the first one later.
      entry.state = Entry::State::waits;
      waiting_ = true;
      if (!failure) failure = caught;
    }
  }
  const auto lines = settle_done();
  if (failure) throw Failure(*failure);
  return lines;
}

void Flight::hand_in_again() {
  if (!waiting_) return;
  for (auto& entry : entries_) {
    if (entry.state == Entry::State::waits) submit(entry);
  }
  waiting_ = false;
}

void Flight::look_at(Entry& entry) {
  if (entry.command) {
    look_at_command(entry);
  } else {
    look_at_append(entry);
  }
}

void Flight::look_at_append(Entry& entry) {
  const auto result = entry.ticket->poll();
  if (!result) return;
  if (!*result) throw refused("an append of facts", to_string(result->error()));
  const auto& appended = **result;
  const auto events = entry.ids.size();
  facts_ -= events;
  bytes_ -= entry.bytes;
  if (entry.of_facts) {
    const auto repeated = appended.skipped - std::min(appended.skipped, entry.claimed);
    entry.sheet.counts.facts_repeated += repeated;
    entry.sheet.counts.facts_stored += events - repeated;
  }
  entry.position = std::max(entry.position, appended.last);
  entry.state = Entry::State::done;
}

std::optional<Result<command::Outcome, command::CommandError>> Flight::outcome_of(Sent& sent) {
  try {
    if (!sent.crash) return sent.pending->poll();
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& thrown) {
    sent.crash = thrown.what();
  }
  return Result<command::Outcome, command::CommandError>(
      Unexpected(command::CommandError{.code = "command.crashed",
                                       .field = {},
                                       .message = *sent.crash,
                                       .hint = "correct the aggregate"}));
}

void Flight::look_at_command(Entry& entry) {
  auto& sent = *entry.command;
  const auto result = outcome_of(sent);
  if (!result) return;
  if (*result) {
    count(entry, **result);
  } else if (result->error().code == "command.contended") {
    return submit(sent);
  } else {
    // The business was not asked, or gave no answer that can be kept: a defect. It is listed with
    // what the business refused, under a kind of its own, and lines go on.
    ++entry.sheet.counts.commands_failed;
    refuse(entry, RefusedCommand::Kind::failed, result->error().code, result->error().message);
  }
  busy_.erase(sent.stream);
  asked_.erase(*sent.message.options.id);
  entry.state = Entry::State::done;
}

void Flight::count(Entry& entry, const command::Outcome& outcome) {
  using Kind = command::Outcome::Kind;
  auto& counts = entry.sheet.counts;
  const auto& id = *entry.command->message.options.id;
  newest_ = std::max(newest_, outcome.position);
  entry.answered = true;
  if (outcome.repeated && !is_first(*entry.command, outcome)) {
    ++counts.commands_repeated;
    return;
  }
  entry.position = outcome.position;
  switch (outcome.kind) {
    case Kind::accepted:
      ++counts.commands_accepted;
      return;
    case Kind::nothing:
      ++counts.commands_nothing;
      break;
    case Kind::rejected:
      ++counts.commands_rejected;
      refuse(entry, RefusedCommand::Kind::rejected, outcome.rejection.code,
             outcome.rejection.detail);
      break;
  }
  around_.answered.add(id);
}

bool Flight::is_first(const Sent& sent, const command::Outcome& outcome) {
  const auto& id = *sent.message.options.id;
  const bool again = sent.times > 1;
  if (outcome.position == Position()) {
    return (again || lines_done_ < lines_unremembered_max) && !around_.answered.knows(id);
  }
  return (again && outcome.position > sent.before) || around_.stored.claim(id, outcome.position);
}

void Flight::refuse(Entry& entry, RefusedCommand::Kind kind, const std::string& code,
                    const std::string& detail) {
  any_failed_ = any_failed_ || kind == RefusedCommand::Kind::failed;
  const auto& sent = *entry.command;
  const auto& options = sent.message.options;
  auto facts = sent.facts;
  facts.kind = kind;
  facts.command_id = to_string(*options.id);
  facts.type = sent.message.type;
  facts.stream = sent.stream.name();
  facts.code = code;
  facts.detail = detail;
  facts.event_time = options.event_time.value_or(UtcTime());
  entry.refused.push_back(std::move(facts));
}

std::uint64_t Flight::settle_done() {
  std::uint64_t lines = 0;
  while (!entries_.empty() && entries_.front().state == Entry::State::done) {
    auto& entry = entries_.front();
    lines += entry.sheet.counts.lines;
    auto& sheet = settled_.sheet;
    sheet.counts += entry.sheet.counts;
    for (const auto& place : entry.sheet.places) sheet.reach(place);
    sheet.number = entry.sheet.number;
    settled_.position = std::max(settled_.position, entry.position);
    std::move(entry.refused.begin(), entry.refused.end(), std::back_inserter(settled_.refused));
    if (any_failed_ && entry.answered) {
      settled_.answered.push_back(*entry.command->message.options.id);
    }
    entries_.pop_front();
  }
  lines_ -= lines;
  lines_done_ += lines;
  return lines;
}

}  // namespace tidemark::intake
