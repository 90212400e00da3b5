// Does random operations to a store and to a plain model of it and compares every answer, for each
// engine: a million where one is a call, fewer where it is round trips or makes files. Prints one
// finding an engine on standard output; progress, and the short program that shows a difference, on
// the other. Arguments: operations at most, first seed.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>

#include "contract/store/model_check.hpp"
#include "contract/store/postgres/postgres_stores.hpp"
#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

/// Long enough for several of the stretches in which a file notes where types occur.
constexpr std::uint64_t program_size = 4000;
constexpr std::uint64_t programs_told = 25;

/// About a quarter of an hour each.
constexpr std::uint64_t archived_operations = 200'000;
constexpr std::uint64_t postgres_operations = 300'000;

struct Plan {
  std::uint64_t operations = 1'000'000;
  std::uint64_t first_seed = 20261121;
};

template <typename Place>
bool prove(const char* engine, const Plan& plan, std::uint64_t operations_max = UINT64_MAX) {
  const auto operations = std::min(plan.operations, operations_max);
  const FreshStore fresh = [] { return std::make_unique<TestedPlace<Place>>(); };
  ModelTally tally;
  std::optional<ModelFailure> failure;
  std::uint64_t programs = 0;
  while (tally.operations < operations && !failure) {
    failure = check_model(fresh, plan.first_seed + programs, program_size, tally);
    if (++programs % programs_told != 0) continue;
    fmt::print(stderr, "{}: {} operations, {} events stored, {} shown\n", engine, tally.operations,
               tally.stored, tally.shown);
  }
  if (failure) fmt::print(stderr, "{}: {}", engine, to_string(*failure));
  for (const auto& [name, count] : tally.kinds) {
    fmt::print(stderr, "{}: {:>9} {}\n", engine, count, name);
  }
  fmt::print(
      R"({{"check": "{}: every answer is that of the model", "passed": {}, "operations": {}, )"
      R"("differences": {}, "events_stored": {}, "events_shown": {}, "refused": {}, )"
      R"("programs": {}, "first_seed": {}}})"
      "\n",
      engine, !failure, tally.operations, failure ? 1 : 0, tally.stored, tally.shown, tally.refused,
      programs, plan.first_seed);
  std::fflush(stdout);
  return !failure;
}

}  // namespace
}  // namespace tidemark::store

int main(int argc, char** argv) {
  using namespace tidemark::store;
  try {
    Plan plan;
    if (argc > 1) plan.operations = std::stoull(argv[1]);
    if (argc > 2) plan.first_seed = std::stoull(argv[2]);
    const bool memory = prove<MemoryStores>("SQLite in memory", plan);
    const bool file = prove<FileStores>("SQLite file", plan);
    const bool archived =
        prove<ArchivedStores>("SQLite file with archives", plan, archived_operations);
    const bool postgres = prove<PostgresStores>("PostgreSQL", plan, postgres_operations);
    return memory && file && archived && postgres ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& exception) {
    fmt::print(stderr, "the proof could not be carried out: {}\n", exception.what());
    return EXIT_FAILURE;
  }
}
