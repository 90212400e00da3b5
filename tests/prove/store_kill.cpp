// Kills a process with 16 threads that append, or the server that it appends to, at 200 random
// moments, and compares each time what it was told with what is stored. Prints one finding an
// engine on standard output, progress on the other. Arguments: kills, seed.

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "contract/store/archive_kill.hpp"
#include "contract/store/kill_run.hpp"
#include "contract/store/postgres/server_kill.hpp"
#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

bool prove(const char* what, const KillPlan& plan) {
  const auto result = run_kills(plan, [&](const KillResult& so_far) {
    if (so_far.kills % 10 != 0) return;
    fmt::print(stderr, "{}: {} kills, {} acknowledged, {} events\n", what, so_far.kills,
               so_far.tally.acknowledged, so_far.tally.events);
  });
  for (const auto& difference : result.differences) {
    fmt::print(stderr, "{}: {}\n", what, difference);
  }
  const bool passed = result.differences.empty() && result.while_appending >= plan.kills / 2;
  fmt::print(
      R"({{"check": "{}: acknowledged = stored, whole, without gaps", "passed": {}, "kills": {}, )"
      R"("while_appending": {}, "while_opening": {}, "acknowledged": {}, "lost": {}, )"
      R"("under_way": {}, "of_those_there": {}, "events": {}, "threads": {}, "seed": {}}})"
      "\n",
      what, passed, result.kills, result.while_appending, result.while_opening,
      result.tally.acknowledged, result.differences.size(), result.tally.unknown,
      result.tally.unknown_kept, result.tally.events, plan.threads, plan.seed);
  std::fflush(stdout);
  return passed;
}

}  // namespace
}  // namespace tidemark::store

int main(int argc, char** argv) {
  using namespace tidemark;
  using namespace tidemark::store;
  try {
    const std::uint64_t kills = argc > 1 ? std::stoull(argv[1]) : 200;
    const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : 20261121;
    FileStores file;
    file.open();  // made before, so that the writer finds it
    bool passed = prove("SQLite file, writer killed",
                        {.address = file.address(), .kills = kills, .seed = seed});

    FileStores archived;
    archived.open();
    auto archiving = archiving_kills(archived.address(), archived.folder.file().parent_path());
    archiving.kills = kills;
    archiving.seed = seed;
    passed = prove("SQLite file that is archived meanwhile, writer killed", archiving) && passed;

    // The first to ask for the server says how durable it is.
    test::PostgresServer::running(test::PostgresServer::Durability::full);
    PostgresStores clients;
    clients.open();
    KillPlan plan{.address = clients.address(), .kills = kills, .seed = seed};
    plan.strike = [&](WriterProcess& writer) {
      writer.kill();
      clients.await_end_of_sessions();
    };
    passed = prove("PostgreSQL, writer killed", plan) && passed;

    PostgresStores servers;
    servers.open();
    passed = prove("PostgreSQL, server killed", server_kills(servers, kills, seed)) && passed;
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& exception) {
    fmt::print(stderr, "the proof could not be carried out: {}\n", exception.what());
    return EXIT_FAILURE;
  }
}
