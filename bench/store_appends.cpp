// One writer: an event an append, a hundred, an import of a thousand.
#include <utility>

#include "bench/our_log.hpp"
#include "bench/raw_log.hpp"
#include "bench/store_bench.hpp"
#include "bench/threads.hpp"

namespace bench {
namespace {

using tidemark::store::Durability;

/// Two logs side by side that take the same events.
struct BothLogs {
  BothLogs(StoreBench& bench, const std::string& name, const OurLog::Options& options)
      : ours(bench.new_file(name), options),
        raw({.file = bench.new_file(name + "-raw"),
             .synced = options.durability == Durability::full}) {}

  /// Runs `work` for ours, or for the raw one, with only that log's upkeep beside it.
  template <typename Work>
  double ours_rate(std::size_t count, Work&& work) {
    const Upkeep upkeep([this] { return ours.store().maintain(); });
    return rate_of(count, work);
  }
  template <typename Work>
  double raw_rate(std::size_t count, Work&& work) {
    const Upkeep upkeep([this] { return raw.upkeep(); });
    return rate_of(count, work);
  }

  OurLog ours;
  RawLog raw;
};

/// Appends of one event each, with the time that each of them took.
class SingleAppends {
 public:
  SingleAppends(StoreBench& bench, const std::string& name, const OurLog::Options& options)
      : logs_(bench, name, options) {}

  double ours(std::size_t count) {
    const auto inputs = ours_input_.several(count);
    return logs_.ours_rate(count, [&] {
      for (const auto& input : inputs) {
        timed(ours_micros_, [&] { logs_.ours.append({&input, 1}); });
      }
    });
  }
  double raw(std::size_t count) {
    const auto inputs = raw_input_.several(count);
    return logs_.raw_rate(count, [&] {
      for (const auto& input : inputs) {
        timed(raw_micros_, [&] { logs_.raw.append(input, logs_.raw.version(input.stream)); });
      }
    });
  }
  [[nodiscard]] Compared micros(double share) const {
    return {.ours = percentile(ours_micros_, share), .raw = percentile(raw_micros_, share)};
  }

 private:
  template <typename Work>
  void timed(std::vector<double>& micros, Work&& work) {
    const auto began = clock_.monotonic();
    work();
    micros.push_back(static_cast<double>((clock_.monotonic() - began).count()));
  }

  BothLogs logs_;
  tidemark::SystemClock clock_;
  InputMaker ours_input_{1};
  InputMaker raw_input_{1};
  std::vector<double> ours_micros_;
  std::vector<double> raw_micros_;
};

void append_one(StoreBench& bench, const std::string& name, const OurLog::Options& options,
                std::size_t count) {
  SingleAppends appends(bench, name, options);
  const auto rates = compare(
      bench.rounds, [&] { return appends.ours(count); }, [&] { return appends.raw(count); });
  line(name, rates, "events/s");
  line(name + "_p50", appends.micros(0.5), "us");
  line(name + "_p99", appends.micros(0.99), "us");
}

void append_one_full(StoreBench& bench) { append_one(bench, "append_one_full", {}, 300); }
void append_one_own_id(StoreBench& bench) {
  append_one(bench, "append_one_own_id", {.own_append_ids = true}, 300);
}
void append_one_normal(StoreBench& bench) {
  append_one(bench, "append_one_normal", {.durability = Durability::normal}, 2'000);
}

void append_batch100(StoreBench& bench) {
  constexpr std::size_t batch = 100;
  constexpr std::size_t batches = 30;
  BothLogs logs(bench, "append_batch100", {});
  InputMaker ours_input(1);
  InputMaker raw_input(1);
  const auto make = [](InputMaker& maker) {
    std::vector<std::vector<Input>> made;
    while (made.size() < batches) made.push_back(maker.of_one_stream(batch));
    return made;
  };
  const auto ours = [&] {
    const auto inputs = make(ours_input);
    return logs.ours_rate(batch * batches, [&] {
      for (const auto& one : inputs) logs.ours.append(one);
    });
  };
  const auto raw = [&] {
    const auto inputs = make(raw_input);
    return logs.raw_rate(batch * batches, [&] {
      for (const auto& one : inputs) logs.raw.append(one);
    });
  };
  line("append_batch100", compare(bench.rounds, ours, raw), "events/s");
}

void import(StoreBench& bench) {
  constexpr std::size_t batch = 1'000;
  constexpr std::size_t batches = 8;
  BothLogs logs(bench, "import", {});
  InputMaker ours_input(1);
  InputMaker raw_input(1);
  const auto make = [](InputMaker& maker) {
    std::vector<std::vector<Input>> made;
    while (made.size() < batches) made.push_back(maker.several(batch));
    return made;
  };
  const auto ours = [&] {
    const auto inputs = make(ours_input);
    return logs.ours_rate(batch * batches, [&] {
      for (const auto& one : inputs) logs.ours.import(one);
    });
  };
  const auto raw = [&] {
    const auto inputs = make(raw_input);
    return logs.raw_rate(batch * batches, [&] {
      for (const auto& one : inputs) logs.raw.append(one);
    });
  };
  line("import", compare(bench.rounds, ours, raw), "events/s");
}

}  // namespace

std::vector<Case> append_cases() {
  return {{"append_one_full", &append_one_full},
          {"append_one_own_id", &append_one_own_id},
          {"append_one_normal", &append_one_normal},
          {"append_batch100", &append_batch100},
          {"import", &import}};
}

}  // namespace bench
