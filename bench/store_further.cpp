// What the log has beyond the yardstick's row, each by itself: the yardstick with it against the
// yardstick without it.
#include "bench/our_log.hpp"
#include "bench/raw_log.hpp"
#include "bench/store_bench.hpp"
#include "bench/threads.hpp"

namespace bench {
namespace {

/// How a further index, table or sum is measured.
struct Load {
  std::string suffix;
  bool synced = true;
  std::size_t batch = 1;
  std::size_t batches = 1;
};

const Load batches_of_100{.suffix = "_batch100", .batch = 100, .batches = 30};

double rate(RawLog& log, InputMaker& maker, const Load& load) {
  std::vector<std::vector<Input>> inputs;
  while (inputs.size() < load.batches) inputs.push_back(maker.of_one_stream(load.batch));
  const Upkeep upkeep([&] { return log.upkeep(); });
  return rate_of(load.batch * load.batches, [&] {
    for (const auto& one : inputs) {
      if (one.size() == 1) {
        log.append(one.front(), log.version(one.front().stream));
      } else {
        log.append(one);
      }
    }
  });
}

/// Three lines for what `with` has and a plain raw log has not.
void on_and_off(StoreBench& bench, const std::string& name, const RawOptions& with) {
  for (const auto& load :
       {Load{.suffix = "", .batches = 300},
        Load{.suffix = "_normal", .synced = false, .batches = 2'000}, batches_of_100}) {
    auto options = with;
    options.file = bench.new_file(name + "-on");
    options.synced = load.synced;
    RawLog on(options);
    RawLog off({.file = bench.new_file(name + "-off"), .synced = load.synced});
    InputMaker on_input(1);
    InputMaker off_input(1);
    const auto rates = compare(
        bench.rounds, [&] { return rate(on, on_input, load); },
        [&] { return rate(off, off_input, load); });
    line(name + load.suffix, rates, "events/s");
  }
}

/// A line for what ours does `with` and need not do `without`: appends of that many events.
void ours_on_and_off(StoreBench& bench, const std::string& name, const Load& load,
                     const OurLog::Options& with, const OurLog::Options& without = {}) {
  OurLog on(bench.new_file(name + "-on"), with);
  OurLog off(bench.new_file(name + "-off"), without);
  InputMaker on_input(1);
  InputMaker off_input(1);
  const auto rate = [&](OurLog& log, InputMaker& maker) {
    std::vector<std::vector<Input>> inputs;
    while (inputs.size() < load.batches) inputs.push_back(maker.of_one_stream(load.batch));
    const Upkeep upkeep([&] { return log.store().maintain(); });
    return rate_of(load.batch * load.batches, [&] {
      for (const auto& one : inputs) log.append(one);
    });
  };
  line(name + load.suffix,
       compare(
           bench.rounds, [&] { return rate(on, on_input); }, [&] { return rate(off, off_input); }),
       "events/s");
}

void further_side(StoreBench& bench) {
  ours_on_and_off(bench, "further_side", batches_of_100, {}, {.side_store = false});
}
void further_tags(StoreBench& bench) {
  ours_on_and_off(bench, "further_tags", {.suffix = "", .batches = 300}, {.tagged = true});
  ours_on_and_off(bench, "further_tags", batches_of_100, {.tagged = true});
}
void further_appends(StoreBench& bench) {
  on_and_off(bench, "further_appends", {.appends_table = true});
}
void further_all(StoreBench& bench) {
  on_and_off(bench, "further_all", {.appends_table = true, .hash_chain = true});
}
void hash_chain(StoreBench& bench) { on_and_off(bench, "hash_chain", {.hash_chain = true}); }

}  // namespace

std::vector<Case> further_cases() {
  return {{"further_side", &further_side},
          {"further_tags", &further_tags},
          {"further_appends", &further_appends},
          {"further_all", &further_all},
          {"hash_chain", &hash_chain}};
}

}  // namespace bench
