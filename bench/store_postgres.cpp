// The engine in PostgreSQL beside a plain C loop over libpq.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "bench/our_log.hpp"
#include "bench/processes.hpp"
#include "bench/raw_postgres.hpp"
#include "bench/store_bench.hpp"
#include "bench/threads.hpp"
#include "support/postgres_server.hpp"
#include "tidemark/store_postgres/postgres_store.hpp"

namespace bench {
namespace {

using tidemark::store_postgres::PostgresStore;
using tidemark::test::PostgresServer;

constexpr unsigned process_count = 4;
constexpr unsigned threads_each = 4;
constexpr unsigned writer_count = process_count * threads_each;

std::string server() {
  return PostgresServer::running(PostgresServer::Durability::full).connection();
}

/// A store and what it needs, opened anew.
class OurPostgres {
 public:
  explicit OurPostgres(const std::string& schema)
      : store_(PostgresStore::open({.conninfo = server(), .schema = schema}, clock_, random_)) {}

  /// One event, at the version that its stream is expected to have.
  void append(const Input& input, std::int64_t expected, bool tagged = false) {
    namespace store = tidemark::store;
    store::Append append{.id = tidemark::AppendId(input.event_id.uuid())};
    append.streams.push_back({.stream = stream_names()[input.stream],
                              .expected = store::ExpectedState::exact(
                                  tidemark::StreamVersion(static_cast<std::uint64_t>(expected))),
                              .events = {event_of(input, tagged)}});
    stored(store_->append(std::move(append)));
  }

 private:
  tidemark::SystemClock clock_;
  tidemark::SystemRandom random_;
  std::unique_ptr<PostgresStore> store_;
};

/// One writer that counts the versions of its streams.
class Versions {
 public:
  std::int64_t next(std::uint32_t stream) { return versions_[stream]++; }

 private:
  std::vector<std::int64_t> versions_ = std::vector<std::int64_t>(stream_count);
};

constexpr std::size_t events_of_one = 300;

void pg_append_one(StoreBench& bench) {
  make_raw_table(server(), {.name = "raw_one"});
  OurPostgres ours("ours_one");
  RawPostgres raw(server(), "raw_one");
  InputMaker ours_input(1);
  InputMaker raw_input(1);
  Versions ours_versions;
  Versions raw_versions;
  // Every stream has its first event: raw writers know theirs from the beginning.
  for (const auto& input : ours_input.one_of_each_stream()) {
    ours.append(input, ours_versions.next(input.stream));
  }
  for (const auto& input : raw_input.one_of_each_stream()) {
    raw.append(input, raw_versions.next(input.stream) + 1);
  }
  const auto by_us = [&] {
    const auto inputs = ours_input.several(events_of_one);
    return rate_of(events_of_one, [&] {
      for (const auto& input : inputs) ours.append(input, ours_versions.next(input.stream));
    });
  };
  const auto by_c = [&] {
    const auto inputs = raw_input.several(events_of_one);
    return rate_of(events_of_one, [&] {
      for (const auto& input : inputs) raw.append(input, raw_versions.next(input.stream) + 1);
    });
  };
  line("pg_append_one", compare(bench.rounds, by_us, by_c), "events/s");
}

/// The events of the threads of one process, round after round: each thread has its own streams.
class ProcessInputs {
 public:
  explicit ProcessInputs(unsigned process) : process_(process), maker_(process + 1) {}

  std::vector<std::vector<Input>> next(std::size_t count) {
    constexpr auto share = static_cast<std::uint32_t>(stream_count / writer_count);
    std::vector<std::vector<Input>> made(threads_each);
    for (unsigned thread = 0; thread < threads_each; ++thread) {
      const auto first = (process_ * threads_each + thread) * share;
      for (std::uint32_t at = 0; at < count; ++at) {
        made[thread].push_back(maker_.next(first + at * 7 % share));
      }
    }
    return made;
  }

 private:
  unsigned process_;
  InputMaker maker_;
};

/// What one process does with its events: `append` gets the thread, the event and the version that
/// its stream has.
using AppendOne = std::function<void(unsigned thread, const Input& input, std::int64_t version)>;
Processes::Prepare rounds_of(unsigned process, std::size_t count, AppendOne append) {
  struct State {
    ProcessInputs inputs;
    Versions versions;
    AppendOne append;
  };
  auto state = std::make_shared<State>(
      State{.inputs = ProcessInputs(process), .versions = {}, .append = std::move(append)});
  return [state, count] {
    auto inputs = state->inputs.next(count);
    return [state, inputs = std::move(inputs)] {
      in_threads(threads_each, [&](unsigned thread) {
        for (const auto& input : inputs[thread]) {
          state->append(thread, input, state->versions.next(input.stream));
        }
      });
    };
  };
}

void pg_append_p4(StoreBench& bench) {
  constexpr std::size_t count = 200;
  const auto connection = server();
  make_raw_table(connection, {.name = "raw_p4"});
  OurPostgres first("ours_p4");  // makes the tables
  Processes ours(process_count, [&](unsigned process) {
    auto log = std::make_shared<OurPostgres>("ours_p4");
    return rounds_of(process, count, [log](unsigned, const Input& input, std::int64_t version) {
      log->append(input, version);
    });
  });
  Processes raw(process_count, [&](unsigned process) {
    auto logs = std::make_shared<std::vector<RawPostgres>>();
    for (unsigned thread = 0; thread < threads_each; ++thread) {
      logs->emplace_back(connection, "raw_p4");
    }
    return rounds_of(process, count,
                     [logs](unsigned thread, const Input& input, std::int64_t version) {
                       (*logs)[thread].append(input, version + 1);
                     });
  });
  const auto rate = [&](Processes& processes) {
    processes.prepare();
    return rate_of(count * writer_count, [&] { processes.run(); });
  };
  line("pg_append_p4",
       compare(bench.rounds, [&] { return rate(ours); }, [&] { return rate(raw); }), "events/s");
}

/// The yardstick with an index more against the yardstick without.
void further(StoreBench& bench, const std::string& name, const RawTable& with,
             const RawTable& without) {
  make_raw_table(server(), with);
  make_raw_table(server(), without);
  const auto rates = [](const RawTable& table) {
    auto raw = std::make_shared<RawPostgres>(server(), table.name);
    auto input = std::make_shared<InputMaker>(1);
    auto versions = std::make_shared<Versions>();
    return [raw, input, versions] {
      const auto inputs = input->several(events_of_one);
      return rate_of(events_of_one, [&] {
        for (const auto& one : inputs) raw->append(one, versions->next(one.stream) + 1);
      });
    };
  };
  line(name, compare(bench.rounds, rates(with), rates(without)), "events/s");
}

/// Ours with two tags to each event against ours without.
void pg_further_tags(StoreBench& bench) {
  const auto rates = [](const std::string& schema, bool tagged) {
    auto log = std::make_shared<OurPostgres>(schema);
    auto input = std::make_shared<InputMaker>(1);
    auto versions = std::make_shared<Versions>();
    return [log, input, versions, tagged] {
      const auto inputs = input->several(events_of_one);
      return rate_of(events_of_one, [&] {
        for (const auto& one : inputs) log->append(one, versions->next(one.stream), tagged);
      });
    };
  };
  line("pg_further_tags",
       compare(bench.rounds, rates("with_tags", true), rates("without_tags", false)), "events/s");
}

void pg_further(StoreBench& bench) {
  further(bench, "pg_further_position", {.name = "with_position"},
          {.name = "without_position", .position_key = false});
  further(bench, "pg_further_correlation", {.name = "with_correlation", .correlation_index = true},
          {.name = "without_correlation"});
  pg_further_tags(bench);
}

}  // namespace

std::vector<Case> postgres_cases() {
  return {{"pg_append_one", &pg_append_one},
          {"pg_append_p4", &pg_append_p4},
          {"pg_further", &pg_further}};
}

}  // namespace bench
