// Cuts the power at every disk operation of several runs, under both durabilities, and lets every
// call to the disk fail, once and from then on; checks what the store is afterwards. Prints
// findings on standard output, progress on the other. Argument: the first seed.

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "contract/store/fault_run.hpp"
#include "contract/store/power_check.hpp"
#include "contract/store/power_workload.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t rounds = 120;
constexpr std::uint64_t cuts_min = 10'000;  // of each durability
constexpr std::uint64_t runs_max = 40;      // likewise
constexpr std::uint64_t losses_shown = 20;

struct Total {
  std::uint64_t runs = 0, cuts = 0, appends = 0, unacknowledged = 0, survived = 0, taken = 0;
  std::uint64_t wal_restarts = 0;
  std::uint64_t losses = 0;
};

void cut_everywhere(const PowerWorkload& workload, Total& total) {
  const auto run = run_workload(workload);
  PowerCheck check(run);
  for (std::uint64_t at = 1; at <= run.operations.size(); ++at) {
    check.advance(at);
    for (const auto& text : check.cut(power_loss(at + workload.seed))) {
      if (++total.losses <= losses_shown) fmt::print(stderr, "seed {}: {}\n", workload.seed, text);
    }
    if (at % 1000 == 0) {
      fmt::print(stderr, "seed {}: {} of {} cuts, losses {}\n", workload.seed, at,
                 run.operations.size(), total.losses);
    }
  }
  const auto& tally = check.tally();
  ++total.runs;
  total.cuts += tally.cuts;
  total.appends += tally.appends;
  total.unacknowledged += tally.unacknowledged;
  total.survived += tally.survived;
  total.taken += tally.taken;
  total.wal_restarts += run.wal_restarts;
}

bool prove(Durability durability, std::uint64_t first_seed) {
  Total total;
  while (total.cuts < cuts_min && total.runs < runs_max) {
    const auto seed = first_seed + total.runs;
    cut_everywhere({.durability = durability, .seed = seed, .rounds = rounds}, total);
  }
  const bool passed = total.losses == 0 && total.cuts >= cuts_min;
  const auto* promise =
      durability == Durability::full
          ? "full: what was acknowledged survives every power loss, the rest is whole or not there"
          : "normal: a power loss takes from the end of the log only, and nothing readers saw";
  fmt::print(
      R"({{"check": "{}", "passed": {}, "cuts": {}, "appends_checked": {}, "losses": {}, )"
      R"("under_way": {}, "of_those_there": {}, "taken_from_the_end": {}, "wal_restarts": {}, )"
      R"("runs": {}, "first_seed": {}}})"
      "\n",
      promise, passed, total.cuts, total.appends, total.losses, total.unacknowledged,
      total.survived, total.taken, total.wal_restarts, total.runs, first_seed);
  std::fflush(stdout);
  return passed;
}

bool prove_faults() {
  FaultTally total;
  for (const auto& sweep : fault_sweeps()) {
    const auto tally = run_sweep(sweep, 1);
    total.runs += tally.runs;
    total.failures += tally.failures;
    total.repeated += tally.repeated;
    for (const auto& text : tally.wrong) fmt::print(stderr, "{}\n", text);
    total.wrong.insert(total.wrong.end(), tally.wrong.begin(), tally.wrong.end());
    fmt::print(stderr, "{}: {} runs, wrong {}\n", to_string(sweep.fault), tally.runs,
               tally.wrong.size());
  }
  const bool passed = total.wrong.empty() && total.runs > 0;
  fmt::print(
      R"({{"check": "a disk that fails at any call: typed failures, nothing lost, it goes on", )"
      R"("passed": {}, "runs": {}, "failures_met": {}, "appends_repeated": {}, "losses": {}}})"
      "\n",
      passed, total.runs, total.failures, total.repeated, total.wrong.size());
  std::fflush(stdout);
  return passed;
}

}  // namespace
}  // namespace tidemark::store

int main(int argc, char** argv) {
  using tidemark::store::Durability;
  try {
    const std::uint64_t seed = argc > 1 ? std::stoull(argv[1]) : 20261121;
    const bool full = tidemark::store::prove(Durability::full, seed);
    const bool normal = tidemark::store::prove(Durability::normal, seed + 1000);
    const bool faults = tidemark::store::prove_faults();
    return full && normal && faults ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& exception) {
    fmt::print(stderr, "the proof could not be carried out: {}\n", exception.what());
    return EXIT_FAILURE;
  }
}
