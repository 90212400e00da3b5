#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "contract/store/power_check.hpp"
#include "contract/store/power_workload.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t cuts_full = 300;
constexpr std::uint64_t cuts_normal = 100;

struct Outcome {
  PowerTally tally;
  std::vector<std::string> wrong;
  /// The first thing that was wrong; empty when nothing was.
  [[nodiscard]] std::string first() const { return wrong.empty() ? "" : wrong.front(); }
};

/// Cuts a run at moments spread evenly over it.
Outcome cut_evenly(const PowerRun& run, std::uint64_t cuts) {
  PowerCheck check(run);
  Outcome outcome;
  for (std::uint64_t number = 1; number <= cuts; ++number) {
    check.advance(run.operations.size() * number / cuts);
    for (auto& text : check.cut(power_loss(number))) outcome.wrong.push_back(std::move(text));
  }
  outcome.tally = check.tally();
  return outcome;
}

/// The run on a disk that says "synced" and does nothing; or does so for one file only.
PowerRun without_syncs(PowerRun run, const std::string& name) {
  std::uint64_t file = 0;
  std::erase_if(run.operations, [&](sqlite::DiskOperation& operation) {
    if (operation.kind == sqlite::DiskOperation::Kind::create && operation.name == name) {
      file = operation.file;
    }
    return operation.kind == sqlite::DiskOperation::Kind::sync && operation.file == file;
  });
  return run;
}

TEST_SUITE("store/power") {
  TEST_CASE("what was acknowledged survives every power loss, what was not is whole or not there") {
    const auto run = run_workload({.durability = Durability::full, .seed = 20261121});
    CHECK(run.wal_restarts > 5);
    CHECK(run.changes > 10);
    const auto outcome = cut_evenly(run, cuts_full);
    CHECK(outcome.first() == "");
    CHECK(outcome.tally.cuts == cuts_full);
    CHECK(outcome.tally.appends > 5000);
    CHECK(outcome.tally.told > cuts_full / 2);
    CHECK(outcome.tally.survived > 0);
    CHECK(outcome.tally.survived < outcome.tally.unacknowledged);
  }

  TEST_CASE("under normal a power loss takes from the end only, and nothing that readers saw") {
    const auto run = run_workload({.durability = Durability::normal, .seed = 4});
    CHECK(run.wal_restarts > 5);
    CHECK(run.changes > 10);
    const auto outcome = cut_evenly(run, cuts_normal);
    CHECK(outcome.first() == "");
    CHECK(outcome.tally.told > cuts_normal / 2);
    CHECK(outcome.tally.taken > 0);
  }

  TEST_CASE("a disk that forgets what it was told to sync is found out") {
    const auto run = run_workload({.durability = Durability::full, .seed = 5, .rounds = 30});
    CHECK(cut_evenly(run, 50).first() == "");
    for (const auto* name : {"store-wal", "store"}) {
      CAPTURE(name);
      const auto outcome = cut_evenly(without_syncs(run, name), 50);
      CHECK_FALSE(outcome.wrong.empty());
    }
  }

  TEST_CASE("a commit that is acknowledged before its sync is found out") {
    auto run = run_workload({.durability = Durability::full, .seed = 6, .rounds = 30});
    // The acknowledgement comes one operation early: in front of the sync that ends the commit.
    for (auto& append : run.appends) --append.acknowledged;
    std::uint64_t lost = 0;
    PowerCheck check(run);
    for (std::uint64_t at = 1; at <= run.operations.size(); ++at) {
      check.advance(at);
      lost += check.cut({.survivors = sqlite::PowerLoss::Survivors::none}).size();
    }
    CHECK(lost > 0);
  }
}

}  // namespace
}  // namespace tidemark::store
