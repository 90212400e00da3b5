#include "flight.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/failure.hpp"

namespace tidemark::intake {
namespace {

constexpr std::uint64_t leftovers_max = 2'000'000;
constexpr std::uint64_t events_per_append_max = 1024;

Failure refused(const std::string& what, const std::string& why) {
  return Failure({.code = "intake.refused",
                  .message = fmt::format("{} was refused: {}", what, why),
                  .hint = "the input's mapper made something that the application cannot take: "
                          "correct the mapper"});
}

}  // namespace

Leftovers::Leftovers(store::EventStore& store, Position position)
    : from_(position), to_(store.high_water()) {
  if (to_.value() - from_.value() > leftovers_max) return;
  auto at = from_;
  while (at < to_) {
    const auto end = store.read({.from = at.next(), .limit = 10'000}, [&](const EventView& event) {
      if (event.metadata.ingested_at) events_.insert(event.metadata.event_id);
      return true;
    });
    if (end.scanned <= at) break;
    at = end.scanned;
  }
}

bool Leftovers::claim(const CommandId& command, Position position) {
  return position > from_ && position <= to_ && commands_.insert(command).second;
}

Flight::Flight(store::EventStore& store, command::Dispatcher& dispatcher, const Clock& clock,
               Random& random)
    : store_(store), dispatcher_(dispatcher), clock_(clock), random_(random) {}

void Flight::add(const Line& line, const Counts& counts) {
  gathered_.used = true;
  gathered_.sheet.take(line);
  gathered_.sheet.counts += counts;
}

void Flight::add(const Line& line, const StreamId& stream, NewEvent event, Counts counts,
                 bool is_fact, Leftovers& leftovers) {
  if (gathered_.ids.contains(event.event_id)) {
    if (is_fact) ++counts.facts_repeated;
    return add(line, counts);
  }
  // An append holds each stream's events together: for the order to stay, a stream that was left
  // cannot be gone back to.
  const bool goes_on = gathered_.append && gathered_.append->streams.back().stream == stream;
  if ((!goes_on && gathered_.streams.contains(stream)) ||
      gathered_.ids.size() >= events_per_append_max) {
    hand_in();
  }
  if (!gathered_.append) {
    const AppendId id(Uuid::version7(clock_.now(), random_));
    gathered_.append = store::Append{
        .id = id, .streams = {}, .on_duplicate = store::OnDuplicate::skip, .answer = {}};
  }
  auto& streams = gathered_.append->streams;
  if (streams.empty() || streams.back().stream != stream) {
    streams.push_back({.stream = stream});
    gathered_.streams.insert(stream);
  }
  gathered_.ids.insert(event.event_id);
  if (is_fact) ++gathered_.facts;
  if (leftovers.claim(event.event_id)) ++gathered_.claimed;
  streams.back().events.push_back(std::move(event));
  add(line, counts);
}

void Flight::add(const Line& line, std::string partition, command::CommandMessage message,
                 const StreamId& stream) {
  hand_in();
  Entry entry{.used = true};
  entry.sheet.take(line);
  entry.command = Sent{.message = std::move(message), .stream = stream, .facts = {}, .pending = {}};
  auto& facts = entry.command->facts;
  facts.partition = std::move(partition);
  facts.offset = line.offset;
  facts.line = line.number;
  busy_.insert(stream);
  entries_.push_back(std::move(entry));
  submit(*entries_.back().command);
}

void Flight::hand_in() {
  if (!gathered_.used) return;
  auto entry = std::exchange(gathered_, {});
  facts_ += entry.ids.size();
  entry.done = !entry.append.has_value();
  entries_.push_back(std::move(entry));
  if (!again_ && !entries_.back().done) submit(entries_.back());
}

void Flight::submit(Entry& entry) {
  if (entry.append) entry.ticket = store_.submit(*entry.append);
  if (entry.command) submit(*entry.command);
}

void Flight::submit(Sent& command) {
  if (again_) return;
  try {
    command.pending = dispatcher_.submit(command.message);
  } catch (const Failure&) {
    again_ = true;  // it is handed in again, in its turn
  } catch (const std::exception& thrown) {
    command.crash = thrown.what();
  }
}

std::uint64_t Flight::poll(Leftovers& leftovers) {
  if (again_) {
    again_ = false;
    for (auto& entry : entries_) {
      if (!entry.done) submit(entry);
    }
  }
  try {
    for (auto& entry : entries_) {
      if (!entry.done) entry.done = look_at(entry, leftovers);
    }
  } catch (const Failure&) {
    again_ = true;
    throw;
  }
  std::uint64_t lines = 0;
  while (!entries_.empty() && entries_.front().done) {
    lines += entries_.front().sheet.counts.lines;
    settle(entries_.front());
    entries_.pop_front();
  }
  return lines;
}

bool Flight::look_at(Entry& entry, Leftovers& leftovers) {
  if (entry.command) return look_at_command(entry, leftovers);
  if (!entry.ticket) return false;
  const auto result = entry.ticket->poll();
  if (!result) return false;
  if (!*result) throw refused("an append of facts", to_string(result->error()));
  const auto& appended = **result;
  facts_ -= entry.ids.size();
  const auto repeated = appended.skipped - std::min(appended.skipped, entry.claimed);
  entry.sheet.counts.facts_repeated += std::min(repeated, entry.facts);
  entry.sheet.counts.facts_stored += entry.facts - std::min(repeated, entry.facts);
  entry.position = appended.last;
  return true;
}

std::optional<Result<command::Outcome, command::CommandError>> Flight::outcome_of(Sent& sent) {
  try {
    if (!sent.crash) return sent.pending ? sent.pending->poll() : std::nullopt;
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

bool Flight::look_at_command(Entry& entry, Leftovers& leftovers) {
  using Kind = command::Outcome::Kind;
  auto& sent = *entry.command;
  auto& counts = entry.sheet.counts;
  const auto result = outcome_of(sent);
  if (!result) return false;
  const auto& options = sent.message.options;
  const auto refuse = [&](const std::string& code, const std::string& detail) {
    sent.facts.command_id = options.id ? to_string(*options.id) : std::string();
    sent.facts.type = sent.message.type;
    sent.facts.stream = sent.stream.name();
    sent.facts.code = code;
    sent.facts.detail = detail;
    sent.facts.event_time = options.event_time.value_or(clock_.now());
    entry.refused.push_back(sent.facts);
  };
  if (!*result) {
    const auto& problem = result->error();
    if (problem.code == "command.contended") {
      submit(sent);
      return false;
    }
    // It cannot be carried out as things stand; it is listed with what the business refused.
    ++counts.commands_rejected;
    refuse(problem.code, problem.message);
  } else {
    const auto& outcome = **result;
    const bool first =
        !outcome.repeated || (options.id && leftovers.claim(*options.id, outcome.position));
    entry.position = outcome.repeated ? Position() : outcome.position;
    if (!first) {
      ++counts.commands_repeated;
    } else if (outcome.kind == Kind::accepted) {
      ++counts.commands_accepted;
    } else if (outcome.kind == Kind::nothing) {
      ++counts.commands_nothing;
    } else {
      ++counts.commands_rejected;
      refuse(outcome.rejection.code, outcome.rejection.detail);
    }
  }
  busy_.erase(sent.stream);
  return true;
}

void Flight::settle(Entry& entry) {
  settled_.sheet.counts += entry.sheet.counts;
  for (const auto& [partition, next] : entry.sheet.next) settled_.sheet.next[partition] = next;
  settled_.position = std::max(settled_.position, entry.position);
  std::move(entry.refused.begin(), entry.refused.end(), std::back_inserter(settled_.refused));
}

}  // namespace tidemark::intake
