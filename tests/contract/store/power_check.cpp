#include "contract/store/power_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>

#include "contract/store/power_told.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::store {

/// What the power loss left, opened.
struct PowerCheck::Left {
  sqlite::MemoryFiles files;
  ManualClock clock{power_end()};
  SeededRandom random{99};
  std::unique_ptr<SqliteStore> store;
  std::uint64_t events = 0;
  std::vector<std::string> wrong;
};

void PowerCheck::advance(std::uint64_t operations) {
  while (at_ < operations) disk_.happened(run_.operations[at_++]);
}

std::vector<std::string> PowerCheck::cut(const sqlite::PowerLoss& loss) {
  ++tally_.cuts;
  Left left{.files = sqlite::MemoryFiles(disk_.after(loss)), .store = nullptr, .wrong = {}};
  try {
    left.store =
        SqliteStore::open(power_options(run_.workload, left.files.vfs()), left.clock, left.random);
    check_log(left);
    check_appends(left);
    check_told(left);
    if (left.wrong.empty()) check_goes_on(left);
  } catch (const std::exception& exception) {
    left.wrong.emplace_back(exception.what());
  }
  for (auto& text : left.wrong) {
    text = fmt::format("cut after operation {} (survivors {}, pieces of {}, seed {}): {}", at_,
                       static_cast<int>(loss.survivors), loss.piece_bytes, loss.seed, text);
  }
  return std::move(left.wrong);
}

/// The log is a beginning of the one that the run came to, as far as readers had been shown it.
void PowerCheck::check_log(Left& left) const {
  const auto verified = left.store->verify({});
  left.events = verified.events;
  if (verified.damage) left.wrong.push_back("damage: " + verified.damage->message);
  if (left.store->high_water() != Position(left.events)) {
    left.wrong.emplace_back("the high-water mark is not the last event");
  }
  if (left.events >= run_.chain.size() || verified.head != run_.chain[left.events]) {
    left.wrong.push_back(fmt::format("its {} events are not those of the run", left.events));
  }
  for (const auto& shown : run_.shown) {
    if (shown.at > at_ || shown.high_water <= Position(left.events)) continue;
    left.wrong.push_back(fmt::format("position {} had been shown to readers, {} events are left",
                                     shown.high_water.value(), left.events));
    break;
  }
  for (const auto& [name, positions] : run_.by_stream) {
    const auto end = std::upper_bound(positions.begin(), positions.end(), left.events);
    const auto version = static_cast<std::uint64_t>(end - positions.begin());
    if (left.store->stream_version(*StreamId::parse(name)) == StreamVersion(version)) continue;
    left.wrong.push_back(fmt::format("{} is not at version {}", name, version));
  }
}

/// Whether the append must have survived: acknowledged, and under `normal` followed by one that
/// did, or by what lasts. One without an event says nothing of where it stands in the log.
bool PowerCheck::has_to_be_there(const Left& left, std::size_t append) const {
  if (run_.appends[append].acknowledged > at_) return false;
  if (run_.workload.durability == Durability::full) return true;
  if (run_.appends[append].acknowledged <= run_.told[least_told()].acknowledged) return true;
  return std::any_of(run_.appends.begin() + static_cast<std::ptrdiff_t>(append), run_.appends.end(),
                     [&](const PowerAppend& later) {
                       return later.outcome && later.outcome->last != Position() &&
                              later.outcome->last <= Position(left.events);
                     });
}

void PowerCheck::check_appends(Left& left) {
  for (std::size_t at = 0; at < run_.appends.size(); ++at) {
    const auto& known = run_.appends[at];
    if (known.begun > at_ && left.store->find_append(known.append.id)) {
      left.wrong.emplace_back("an append that had not begun is there");
    }
    if (known.begun <= at_) check_append(left, known, has_to_be_there(left, at));
  }
}

void PowerCheck::check_append(Left& left, const PowerAppend& known, bool must_be_there) {
  const auto found = left.store->find_append(known.append.id);
  const auto id = to_string(known.append.id.uuid());
  if (must_be_there && known.outcome) ++tally_.appends;
  if (known.acknowledged > at_) {
    ++tally_.unacknowledged;
    if (found) ++tally_.survived;
  } else if (!must_be_there && !found && known.outcome) {
    ++tally_.taken;
  }
  if (!found) {
    if (must_be_there && known.outcome) left.wrong.push_back("lost: append " + id);
    return;
  }
  if (!known.outcome) {
    left.wrong.push_back("there although it was refused: append " + id);
    return;
  }
  const auto& outcome = *known.outcome;
  const auto& answer = known.append.answer;
  const bool same = found->first == outcome.first && found->last == outcome.last &&
                    found->versions == outcome.versions && found->skipped == outcome.skipped &&
                    found->answer.has_value() == answer.has_value() &&
                    (!answer || *found->answer == answer->bytes);
  if (!same) left.wrong.push_back("another outcome: append " + id);
  if (found->last > Position(left.events)) left.wrong.push_back("half there: append " + id);
}

/// The last state that may not be lost any more.
std::size_t PowerCheck::least_told() const {
  std::size_t least = 0;
  for (std::size_t at = 0; at < run_.told.size() && run_.told[at].acknowledged <= at_; ++at) {
    if (run_.told[at].lasts) least = at;
  }
  return least;
}

/// The store tells of itself what it told at some moment since, or what it was about to come to: a
/// commit is there whole or not at all, and with all those before it.
void PowerCheck::check_told(Left& left) {
  const auto found = told_state(*left.store);
  const auto least = least_told();
  if (least > 0) ++tally_.told;
  for (auto at = least; at < run_.told.size() && run_.told[at].begun <= at_; ++at) {
    if (run_.told[at].state == found) return;
  }
  left.wrong.push_back("what was acknowledged is not there: " +
                       difference(run_.told[least].state, found));
}

/// What was under way can be tried again, what was done is known, and new events follow.
void PowerCheck::check_goes_on(Left& left) const {
  for (const auto& known : run_.appends) {
    if (known.begun > at_ || !known.outcome || known.acknowledged <= at_) continue;
    const auto again = known.hand_in(*left.store);
    if (!again) left.wrong.push_back("it cannot be tried again: " + to_string(again.error()));
  }
  while (left.store->maintain()) {
  }
  const auto before = left.store->high_water();
  const StreamId stream("after", "loss");
  const NewEvent event{.event_id = EventId(Uuid::version7(left.clock.now(), left.random)),
                       .type = "test.Restarted",
                       .data = "again",
                       .event_time = left.clock.now()};
  const auto added = left.store->append(
      {.id = AppendId(Uuid::version7(left.clock.now(), left.random)),
       .streams = {{.stream = stream, .expected = ExpectedState::no_stream(), .events = {event}}}});
  if (!added || added->first != before.next()) {
    left.wrong.emplace_back("a new append does not follow the last event");
  }
  if (tally_.cuts % 4 == 0 && left.store->verify({}).damage) {
    left.wrong.emplace_back("what was appended afterwards does not verify");
  }
}

sqlite::PowerLoss power_loss(std::uint64_t number) {
  using Survivors = sqlite::PowerLoss::Survivors;
  constexpr std::array losses{
      sqlite::PowerLoss{.survivors = Survivors::none},
      sqlite::PowerLoss{.survivors = Survivors::prefix, .piece_bytes = 512},
      sqlite::PowerLoss{.survivors = Survivors::subset, .piece_bytes = 512},
      sqlite::PowerLoss{.survivors = Survivors::prefix, .piece_bytes = 1},
      sqlite::PowerLoss{.survivors = Survivors::subset, .piece_bytes = 4096},
      sqlite::PowerLoss{.survivors = Survivors::all},
      sqlite::PowerLoss{.survivors = Survivors::prefix, .piece_bytes = 4096},
  };
  auto loss = losses[number % losses.size()];
  loss.seed = number;
  return loss;
}

}  // namespace tidemark::store
