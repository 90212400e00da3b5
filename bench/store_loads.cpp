// An aggregate from the log: all of its events, which lie scattered, or a snapshot.
#include <sqlite3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/measured_account.hpp"
#include "bench/raw_log.hpp"
#include "bench/store_bench.hpp"
#include "bench/stored_logs.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace bench {
namespace {

using tidemark::command::DispatcherOptions;

void check(bool holds, const char* what) {
  if (!holds) throw tidemark::Failure({.code = "bench.load", .message = what});
}

/// Loads as an application does: a command that changes nothing, to a dispatcher that remembers no
/// state.
class OurLoads {
 public:
  OurLoads(OurLog& log, std::uint64_t snapshot_every)
      : model_(tidemark::command::aggregate_model<Account>()),
        catalogue_(catalogue()),
        dispatcher_(log.store(), catalogue_, {model_.get()}, clock_, random_,
                    {.cached_states_max = 0, .snapshot_every = snapshot_every}) {}

  void load(std::uint32_t stream, std::uint64_t events) {
    command_.set_account_id(std::string(stream_names()[stream].id()));
    command_.set_charges(events);
    const auto outcome = dispatcher_.execute(command_);
    check(outcome && outcome->kind == tidemark::command::Outcome::Kind::nothing, "an account");
  }

 private:
  static tidemark::Catalogue catalogue() {
    tidemark::Catalogue made;
    made.add<v1::Charged>();
    return made;
  }

  tidemark::SystemClock clock_;
  tidemark::SeededRandom random_{2};
  std::unique_ptr<const tidemark::command::AggregateModel> model_;
  tidemark::Catalogue catalogue_;
  tidemark::command::Dispatcher dispatcher_;
  v1::LookAtAccount command_;
};

/// The same in C: the columns that it takes, by the index of streams.
class RawLoads {
 public:
  explicit RawLoads(StoredLogs& logs)
      : database_(open_raw(logs.raw_file(), true)),
        select_(prepare_raw(*database_,
                            "SELECT version, type_id, data FROM events WHERE stream_id = ?1 "
                            "ORDER BY version")) {}

  void load(std::uint32_t stream, std::uint64_t events) {
    Account account;
    auto* row = select_.get();
    sqlite3_bind_int64(row, 1, stream + 1);
    while (sqlite3_step(row) == SQLITE_ROW) {
      check(sqlite3_column_int64(row, 1) == 1, "a type");
      v1::Charged event;
      const void* data = sqlite3_column_blob(row, 2);
      check(event.ParseFromArray(data, sqlite3_column_bytes(row, 2)), "an event");
      evolve(account, event);
    }
    sqlite3_reset(row);
    check(account.charges == events, "an account");
  }

 private:
  RawDatabase database_;
  RawStatement select_;
};

void load_1000(StoreBench& bench) {
  constexpr std::size_t loads = 20;
  auto& logs = bench.logs();
  OurLog log(logs.our_file(), {});
  OurLoads ours(log, 0);
  RawLoads raw(logs);
  tidemark::SeededRandom ours_random(3);
  tidemark::SeededRandom raw_random(3);
  const auto by = [&](auto& side, tidemark::Random& random) {
    return rate_of(loads, [&] {
      for (std::size_t at = 0; at < loads; ++at) {
        side.load(static_cast<std::uint32_t>(random.below(stream_count)), logs.events_of_stream());
      }
    });
  };
  const auto rates = compare(
      bench.rounds, [&] { return by(ours, ours_random); }, [&] { return by(raw, raw_random); });
  line("load_1000", rates, "loads/s");
}

/// Of streams that have that many events, drawn for each load.
void print_times(OurLoads& ours, std::uint64_t events, unsigned rounds, const std::string& name) {
  constexpr std::size_t loads = 500;
  const tidemark::SystemClock clock;
  tidemark::SeededRandom random(4);
  std::vector<double> micros;
  for (std::size_t at = 0; at < loads * rounds; ++at) {
    const auto stream = static_cast<std::uint32_t>(random.below(stream_count));
    const auto began = clock.monotonic();
    ours.load(stream, events);
    micros.push_back(static_cast<double>((clock.monotonic() - began).count()));
  }
  line(name, {.ours = percentile(micros, 0.5)}, "us");
  line(name + "_p99", {.ours = percentile(micros, 0.99)}, "us");
}

void make_snapshots(OurLoads& ours, std::uint64_t events) {
  for (std::uint32_t stream = 0; stream < stream_count; ++stream) ours.load(stream, events);
}

void load_snapshot(StoreBench& bench) {
  const auto& logs = bench.logs();
  OurLog log(logs.our_file(), {});
  OurLoads ours(log, logs.events_of_stream() / 2);
  make_snapshots(ours, logs.events_of_stream());
  print_times(ours, logs.events_of_stream(), bench.rounds, "load_snapshot");
}

void load_snapshot_behind(StoreBench& bench) {
  constexpr std::uint64_t in_snapshot = 100;
  constexpr std::uint64_t behind = 10;
  OurLog log(bench.new_file("behind"), {.durability = tidemark::store::Durability::normal});
  InputMaker maker(1);
  OurLoads ours(log, in_snapshot);
  fill(log, maker, in_snapshot * stream_count);
  make_snapshots(ours, in_snapshot);
  fill(log, maker, behind * stream_count);
  print_times(ours, in_snapshot + behind, bench.rounds, "load_snapshot_behind");
}

}  // namespace

std::vector<Case> load_cases() {
  return {{"load_1000", &load_1000},
          {"load_snapshot", &load_snapshot},
          {"load_snapshot_behind", &load_snapshot_behind}};
}

}  // namespace bench
