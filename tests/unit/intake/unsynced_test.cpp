#include <doctest/doctest.h>

#include "intake_world.hpp"

using namespace intake_test;

TEST_SUITE("intake/unsynced") {
  TEST_CASE("what power loss may still take is neither remembered nor settled") {
    Ground ground;
    ground.durability = store::Durability::normal;
    const MemoryFile file("fact a 1\nadd c 2 5\nfact b 3\n");
    Process process(ground, intake::file_source({.file = file.path()}));
    for (int steps = 0; steps < 100; ++steps) process.step();
    CHECK(process.counts() == intake::Counts());
    CHECK_FALSE(process.worker.settled());
    CHECK_FALSE(process.worker.done());

    while (process.maintain()) {
    }
    // Others see from now on what lines led to: who asks whether all is quiet has to ask them anew.
    CHECK(process.step().did == runtime::Step::Did::work);
    CHECK_FALSE(process.worker.settled());
    CHECK(process.counts().lines == 3);
    process.step();
    CHECK(process.worker.settled());
    CHECK(process.worker.done());
  }

  TEST_CASE("lines that were not remembered count once after a crash") {
    Ground ground;
    ground.durability = store::Durability::normal;
    const MemoryFile file("fact a 1\nfact a 1\nadd c 2 5\nadd c 2 5\nbroken\n");
    {
      Process process(ground, intake::file_source({.file = file.path()}));
      for (int steps = 0; steps < 100; ++steps) process.step();
    }
    Process process(ground, intake::file_source({.file = file.path()}));
    for (int steps = 0; steps < 100 && !process.worker.done(); ++steps) {
      process.step();
      process.maintain();
    }
    CHECK(process.worker.done());
    const auto counts = process.counts();
    CHECK(counts.lines == 5);
    CHECK(counts.facts_stored == 1);
    CHECK(counts.facts_repeated == 1);
    CHECK(counts.commands_accepted == 1);
    CHECK(counts.commands_repeated == 1);
    CHECK(counts.mismatches_total() == 1);
  }
}
