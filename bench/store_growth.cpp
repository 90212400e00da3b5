// What appends, reads and loads cost in a large log beside a small one.
#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/measured_account.hpp"
#include "bench/our_log.hpp"
#include "bench/store_bench.hpp"
#include "bench/stored_logs.hpp"
#include "bench/threads.hpp"
#include "tidemark/base/failure.hpp"

namespace bench {
namespace {

using tidemark::Position;
using tidemark::store::Durability;

/// What this process has in memory now.
std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

/// One log at one size, and what is done to it.
class GrownLog {
 public:
  GrownLog(StoreBench& bench, std::uint64_t events)
      : events_(events / stream_count * stream_count),
        read_max_(std::min<std::uint64_t>(100'000, bench.events_to_read() / 2)),
        load_max_(std::min<std::uint64_t>(250, bench.events_to_read() / stream_count)),
        file_(bench.new_file("growth")) {
    OurLog log(file_, {.durability = Durability::normal});
    fill(log, maker_, events_);
  }

  void open() { log_ = std::make_unique<OurLog>(file_, OurLog::Options{}); }
  void close() { log_.reset(); }
  [[nodiscard]] double bytes_per_event() const {
    return static_cast<double>(bytes_of(file_)) / static_cast<double>(events_);
  }

  double append(std::size_t batch, std::size_t batches) {
    std::vector<std::vector<Input>> inputs;
    while (inputs.size() < batches) inputs.push_back(maker_.of_one_stream(batch));
    const Upkeep upkeep([&] { return log_->store().maintain(); });
    return rate_of(batch * batches, [&] {
      for (const auto& one : inputs) log_->append(one);
    });
  }

  /// Events in a row from a place that is drawn.
  double read() {
    const auto count = read_max_;
    std::uint64_t bytes = 0;
    return rate_of(count, [&] {
      log_->store().read({.from = Position(1 + random_.below(events_ - count)), .limit = count},
                         [&](const tidemark::EventView& event) {
                           bytes += event.data.size() + event.metadata.correlation_id.size();
                           return true;
                         });
      check(bytes == count * (data_size + uuid_text_size));
    });
  }

  /// Some aggregates' newest events, decoded.
  double load() {
    const auto count = load_max_;
    constexpr std::size_t loads = 20;
    return rate_of(loads, [&] {
      for (std::size_t at = 0; at < loads; ++at) {
        Account account;
        log_->store().read_stream({.stream = stream_names()[random_.below(stream_count)],
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

 private:
  static void check(bool holds) {
    if (!holds) throw tidemark::Failure({.code = "bench.growth", .message = "not what was stored"});
  }

  const std::uint64_t events_;
  const std::uint64_t read_max_;
  const std::uint64_t load_max_;
  const std::filesystem::path file_;
  InputMaker maker_{1};
  tidemark::SeededRandom random_{6};
  std::unique_ptr<OurLog> log_;
};

}  // namespace

/// A small log and a large one; made once, because it takes minutes.
struct BothSizes {
  explicit BothSizes(StoreBench& bench)
      : small(bench, bench.events_to_read()), large(bench, bench.events) {
    facts = {{"growth_bytes_per_event",
              {.ours = large.bytes_per_event(), .raw = small.bytes_per_event()}},
             {"growth_resident", {.ours = resident_with(large), .raw = resident_with(small)}}};
    small.open();
    large.open();
  }

  /// What the process has in memory when it has used that log alone.
  static double resident_with(GrownLog& log) {
    log.open();
    log.read();
    log.load();
    log.append(100, 30);
    const auto bytes = static_cast<double>(resident_bytes());
    log.close();
    return bytes;
  }

  GrownLog small;
  GrownLog large;
  std::vector<std::pair<std::string, Compared>> facts;
};

namespace {

BothSizes& both_sizes(StoreBench& bench) {
  if (!bench.made_sizes) bench.made_sizes = std::make_shared<BothSizes>(bench);
  return *bench.made_sizes;
}

void growth_append(StoreBench& bench) {
  auto& both = both_sizes(bench);
  const auto by = [&](std::size_t batch, std::size_t batches) {
    return compare(
        bench.rounds, [&] { return both.large.append(batch, batches); },
        [&] { return both.small.append(batch, batches); });
  };
  line("growth_append", by(100, 30), "events/s");
  line("growth_append_one", by(1, 300), "events/s");
}

void growth_read(StoreBench& bench) {
  auto& both = both_sizes(bench);
  line("growth_read",
       compare(
           bench.rounds, [&] { return both.large.read(); }, [&] { return both.small.read(); }),
       "events/s");
  line("growth_load",
       compare(
           bench.rounds, [&] { return both.large.load(); }, [&] { return both.small.load(); }),
       "loads/s");
  for (const auto& [name, bytes] : both.facts) line(name, bytes, "bytes");
}

}  // namespace

std::vector<Case> growth_cases() {
  return {{"growth_append", &growth_append}, {"growth_read", &growth_read}};
}

}  // namespace bench
