// What appends, reads and loads cost in a large log beside a small one.
#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "bench/measured_account.hpp"
#include "bench/our_log.hpp"
#include "bench/store_bench.hpp"
#include "bench/stored_logs.hpp"
#include "bench/threads.hpp"
#include "tidemark/base/failure.hpp"

namespace bench {
namespace {

using tidemark::Position;
using tidemark::StreamVersion;
using tidemark::store::Durability;

/// What this process has in memory now.
std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

/// Figures of one log at one size.
struct Figures {
  double one = 0;
  double batch = 0;
  double read = 0;
  double load = 0;
  std::uint64_t bytes = 0;
  std::uint64_t resident = 0;
};

class GrowingLog {
 public:
  explicit GrowingLog(StoreBench& bench)
      : rounds_(bench.rounds),
        read_max_(std::min<std::uint64_t>(100'000, bench.events_to_read() / 2)),
        load_max_(std::min<std::uint64_t>(250, bench.events_to_read() / stream_count)),
        file_(bench.new_file("growth")) {}

  void grow_to(std::uint64_t events) {
    OurLog log(file_, Durability::normal);
    fill(log, maker_, events - log.store().high_water().value());
  }

  Figures figures() {
    OurLog log(file_, Durability::full);
    const auto events = log.store().high_water().value();
    Figures all{.bytes = bytes_of(file_)};
    const auto median_of = [&](auto&& one) {
      std::vector<double> rates;
      rates.reserve(rounds_);
      one();
      for (unsigned round = 0; round < rounds_; ++round) rates.push_back(one());
      return median(rates);
    };
    all.read = median_of([&] { return read(log.store(), events); });
    all.load = median_of([&] { return load(log.store()); });
    all.one = median_of([&] { return append(log, 1, 300); });
    all.batch = median_of([&] { return append(log, 100, 30); });
    all.resident = resident_bytes();
    return all;
  }

 private:
  double append(OurLog& log, std::size_t batch, std::size_t batches) {
    std::vector<std::vector<Input>> inputs;
    while (inputs.size() < batches) inputs.push_back(maker_.of_one_stream(batch));
    const Upkeep upkeep([&] { return log.store().maintain(); });
    return rate_of(batch * batches, [&] {
      for (const auto& one : inputs) log.append(one);
    });
  }

  /// Events in a row from a place that is drawn.
  double read(tidemark::store::SqliteStore& store, std::uint64_t events) {
    const auto count = read_max_;
    std::uint64_t bytes = 0;
    return rate_of(count, [&] {
      store.read({.from = Position(1 + random_.below(events - count)), .limit = count},
                 [&](const tidemark::EventView& event) {
                   bytes += event.data.size() + event.metadata.correlation_id.size();
                   return true;
                 });
      check(bytes == count * (data_size + uuid_text_size));
    });
  }

  /// Some aggregates' newest events, decoded.
  double load(tidemark::store::SqliteStore& store) {
    const auto count = load_max_;
    constexpr std::size_t loads = 20;
    return rate_of(loads, [&] {
      for (std::size_t at = 0; at < loads; ++at) {
        Account account;
        store.read_stream({.stream = stream_names()[random_.below(stream_count)],
                           .direction = tidemark::store::Direction::backward,
                           .limit = count},
                          [&](const tidemark::EventView& event) {
                            return tidemark::fold(account, event.type, event.data) ==
                                   tidemark::Folded::applied;
                          });
        check(account.charges == count);
      }
    });
  }

  static void check(bool holds) {
    if (!holds) throw tidemark::Failure({.code = "bench.growth", .message = "not what was stored"});
  }

  const unsigned rounds_;
  const std::uint64_t read_max_;
  const std::uint64_t load_max_;
  const std::filesystem::path file_;
  InputMaker maker_{1};
  tidemark::SeededRandom random_{6};
};

/// The figures at both sizes; made once, because it takes minutes.
const std::pair<Figures, Figures>& small_and_large(StoreBench& bench) {
  static std::optional<std::pair<Figures, Figures>> made;
  if (!made) {
    GrowingLog log(bench);
    log.grow_to(bench.events_to_read() / stream_count * stream_count);
    const auto small = log.figures();
    log.grow_to(bench.events / stream_count * stream_count);
    made.emplace(small, log.figures());
  }
  return *made;
}

void growth_append(StoreBench& bench) {
  const auto& [small, large] = small_and_large(bench);
  line("growth_append", {.ours = large.batch, .raw = small.batch}, "events/s");
  line("growth_append_one", {.ours = large.one, .raw = small.one}, "events/s");
}

void growth_read(StoreBench& bench) {
  const auto& [small, large] = small_and_large(bench);
  line("growth_read", {.ours = large.read, .raw = small.read}, "events/s");
  line("growth_load", {.ours = large.load, .raw = small.load}, "loads/s");
  const auto each = [](std::uint64_t bytes, std::uint64_t events) {
    return static_cast<double>(bytes) / static_cast<double>(events);
  };
  line("growth_bytes_per_event",
       {.ours = each(large.bytes, bench.events), .raw = each(small.bytes, bench.events_to_read())},
       "bytes");
  line("growth_resident",
       {.ours = static_cast<double>(large.resident), .raw = static_cast<double>(small.resident)},
       "bytes");
}

}  // namespace

std::vector<Case> growth_cases() {
  return {{"growth_append", &growth_append}, {"growth_read", &growth_read}};
}

}  // namespace bench
