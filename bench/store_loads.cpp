// An aggregate from the log: all of its events, which lie scattered, or a snapshot.
#include <sqlite3.h>

#include <memory>
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
  OurLoads(StoredLogs& logs, std::uint64_t snapshot_every)
      : events_of_stream_(logs.events_of_stream()),
        log_(logs.our_file(), {}),
        model_(tidemark::command::aggregate_model<Account>()),
        catalogue_(catalogue()),
        dispatcher_(log_.store(), catalogue_, {model_.get()}, clock_, random_,
                    {.cached_states_max = 0, .snapshot_every = snapshot_every}) {}

  void load(std::uint32_t stream) {
    command_.set_account_id(std::string(stream_names()[stream].id()));
    command_.set_charges(events_of_stream_);
    const auto outcome = dispatcher_.execute(command_);
    check(outcome && outcome->kind == tidemark::command::Outcome::Kind::nothing, "an account");
  }

 private:
  static tidemark::Catalogue catalogue() {
    tidemark::Catalogue made;
    made.add<v1::Charged>();
    return made;
  }

  const std::uint64_t events_of_stream_;
  tidemark::SystemClock clock_;
  tidemark::SeededRandom random_{2};
  OurLog log_;
  std::unique_ptr<const tidemark::command::AggregateModel> model_;
  tidemark::Catalogue catalogue_;
  tidemark::command::Dispatcher dispatcher_;
  v1::LookAtAccount command_;
};

/// The same in C: the columns that it takes, by the index of streams.
class RawLoads {
 public:
  explicit RawLoads(StoredLogs& logs)
      : events_of_stream_(logs.events_of_stream()),
        database_(open_raw(logs.raw_file(), true)),
        select_(prepare_raw(*database_,
                            "SELECT version, type_id, data FROM events WHERE stream_id = ?1 "
                            "ORDER BY version")) {}

  void load(std::uint32_t stream) {
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
    check(account.charges == events_of_stream_, "an account");
  }

 private:
  const std::uint64_t events_of_stream_;
  RawDatabase database_;
  RawStatement select_;
};

void load_1000(StoreBench& bench) {
  constexpr std::size_t loads = 20;
  auto& logs = bench.logs();
  OurLoads ours(logs, 0);
  RawLoads raw(logs);
  tidemark::SeededRandom ours_random(3);
  tidemark::SeededRandom raw_random(3);
  const auto by = [&](auto& side, tidemark::Random& random) {
    return rate_of(loads, [&] {
      for (std::size_t at = 0; at < loads; ++at) {
        side.load(static_cast<std::uint32_t>(random.below(stream_count)));
      }
    });
  };
  const auto rates = compare(
      bench.rounds, [&] { return by(ours, ours_random); }, [&] { return by(raw, raw_random); });
  line("load_1000", rates, "loads/s");
}

void load_snapshot(StoreBench& bench) {
  constexpr std::size_t loads = 500;
  auto& logs = bench.logs();
  OurLoads ours(logs, logs.events_of_stream() / 2);
  const tidemark::SystemClock clock;
  tidemark::SeededRandom random(4);
  std::vector<double> micros;
  for (std::uint32_t stream = 0; stream < stream_count; ++stream) ours.load(stream);  // makes them
  for (std::size_t at = 0; at < loads * bench.rounds; ++at) {
    const auto stream = static_cast<std::uint32_t>(random.below(stream_count));
    const auto began = clock.monotonic();
    ours.load(stream);
    micros.push_back(static_cast<double>((clock.monotonic() - began).count()));
  }
  line("load_snapshot", {.ours = percentile(micros, 0.5)}, "us");
  line("load_snapshot_p99", {.ours = percentile(micros, 0.99)}, "us");
}

}  // namespace

std::vector<Case> load_cases() {
  return {{"load_1000", &load_1000}, {"load_snapshot", &load_snapshot}};
}

}  // namespace bench
