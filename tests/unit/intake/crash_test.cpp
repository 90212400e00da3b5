#include <fmt/format.h>

#include <algorithm>

#include "intake_world.hpp"

using namespace intake_test;

namespace {

/// Lines of all kinds, many of them repeated.
std::string story(std::uint64_t seed, int lines) {
  SeededRandom random(seed);
  std::string text;
  for (int line = 1; line <= lines; ++line) {
    const auto name = static_cast<char>('a' + random.below(5));
    const auto kind = random.below(20);
    // A small number is likely to have been there before.
    const auto id = random.below(4) == 0 ? random.below(static_cast<std::uint64_t>(line))
                                         : static_cast<std::uint64_t>(line);
    if (kind < 9) {
      text += fmt::format("fact {} {} {}\n", name, 2 * id, line);
    } else if (kind < 13) {
      text += fmt::format("add {} {} {}\n", name, 2 * id + 1, random.below(90));
    } else if (kind < 14) {
      text += fmt::format("reset {} {}\n", name, 2 * id + 1);
    } else if (kind < 15) {
      text += fmt::format("noop {} {}\n", name, 2 * id + 1);
    } else if (kind < 16) {
      text += fmt::format("{} {} {}\n", random.below(2) == 0 ? "blow" : "misbehave", name, 2 * id);
    } else if (kind < 18) {
      text += random.below(2) == 0 ? "broken\n" : "no such word\n";
    } else {
      text += random.below(2) == 0 ? "\n" : "time 7\n";
    }
  }
  return text;
}

/// What is left when all is done.
struct Left {
  explicit Left(Process& process) : log(process.log()), counts(process.counts()) {
    for (const auto& event : process.events()) ids.push_back(event.metadata().event_id);
    for (const auto& refused : process.refused()) {
      refusals.push_back(fmt::format("{} {} {} {}", refused.line, refused.offset,
                                     refused.command_id, refused.code));
    }
  }
  Texts log;
  std::vector<EventId> ids;
  intake::Counts counts;
  Texts refusals;
};

void check_same(const Left& expected, const Left& found) {
  CHECK(found.log == expected.log);
  CHECK(found.ids == expected.ids);
  CHECK(found.refusals == expected.refusals);
  CHECK(found.counts.lines == expected.counts.lines);
  CHECK(found.counts.facts_stored == expected.counts.facts_stored);
  CHECK(found.counts.facts_repeated == expected.counts.facts_repeated);
  CHECK(found.counts.commands_accepted == expected.counts.commands_accepted);
  CHECK(found.counts.commands_nothing == expected.counts.commands_nothing);
  CHECK(found.counts.commands_rejected == expected.counts.commands_rejected);
  CHECK(found.counts.commands_repeated == expected.counts.commands_repeated);
  CHECK(found.counts == expected.counts);
}

Left undisturbed(const MemoryFile& file) {
  Ground ground;
  return Left(*read(ground, file));
}

intake::IntakeOptions small_steps(SeededRandom& random) {
  return {.lines_per_step = 1 + random.below(40),
          .facts_in_flight_max = 1 + random.below(60),
          .commands_in_flight_max = 1 + random.below(8)};
}

}  // namespace

TEST_SUITE("intake/crash") {
  TEST_CASE("a process that ends after any number of steps leaves what an undisturbed one leaves") {
    const MemoryFile file(story(1, 300));
    const auto expected = undisturbed(file);
    REQUIRE(expected.counts.commands_repeated > 0);
    REQUIRE(expected.counts.facts_repeated > 0);
    for (int steps = 1; steps <= 60; ++steps) {
      CAPTURE(steps);
      Ground ground;
      {
        Process process(ground, intake::file_source({.file = file.path()}), {.lines_per_step = 10});
        for (int step = 0; step < steps; ++step) process.step();
      }
      Process process(ground, intake::file_source({.file = file.path()}), {});
      process.run();
      check_same(expected, Left(process));
    }
  }

  TEST_CASE("processes that end again and again leave what an undisturbed one leaves") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      CAPTURE(seed);
      SeededRandom random(seed);
      const MemoryFile file(story(seed, 250));
      const auto expected = undisturbed(file);
      Ground ground;
      int processes = 0;
      for (bool done = false; !done; ++processes) {
        REQUIRE(processes < 3'000);
        Process process(ground, intake::file_source({.file = file.path()}), small_steps(random));
        // Sometimes time passes quickly, and much is remembered; sometimes nothing is.
        const auto tick = Micros(random.below(2) == 0 ? 0 : random.below(60'000));
        for (auto steps = random.below(30); steps > 0 && !process.worker.done(); --steps) {
          process.worker.step();
          ground.clock.advance(tick);
        }
        done = process.worker.done();
        if (done) check_same(expected, Left(process));
      }
    }
  }

  TEST_CASE("a line repeated behind a crash counts as repeated though its event was found again") {
    Ground ground;
    MemoryFile file("fact a 1\nfact a 2\n");
    {
      Process process(ground, intake::file_source({.file = file.path()}));
      process.worker.step();  // handed in
      process.store.hold_back = true;
      for (int step = 0; step < 3; ++step) process.worker.step();
      process.store.hold_back = false;
      // Somebody else's commit takes them along; the process ends before it hears of it.
      REQUIRE(process.dispatcher.execute(counter::v1::add("c", 1)));
    }
    CHECK(read(ground, file)->counts() == intake::Counts{.lines = 2, .facts_stored = 2});
    file.append("fact a 1\n");
    CHECK(read(ground, file)->counts() ==
          intake::Counts{.lines = 3, .facts_stored = 2, .facts_repeated = 1});
  }

  TEST_CASE("a refusal that was not remembered is listed by the next process") {
    Ground ground;
    const MemoryFile file("add c 1 101\nadd c 1 101\nnoop c 2\n");
    {
      Process process(ground, intake::file_source({.file = file.path()}), {.lines_per_step = 1});
      for (int step = 0; step < 2; ++step) process.worker.step();  // answered, not remembered
      CHECK(process.counts().lines == 0);
      CHECK(process.store.find_append(AppendId(id_of(1))));
    }
    const auto process = read(ground, file);
    CHECK(process->counts() ==
          intake::Counts{
              .lines = 3, .commands_nothing = 1, .commands_rejected = 1, .commands_repeated = 1});
    REQUIRE(process->refused().size() == 1);
    CHECK(process->refused()[0].line == 1);
  }

  TEST_CASE("a log that is not the one of the file stops the worker and says what to do") {
    Ground ground;
    MemoryFile file("fact a 1\nfact a 2\n");
    read(ground, file);
    Ground restored;  // a log of another history
    read(restored, MemoryFile("fact b 3\nfact b 4\nfact b 5\n"));
    SeededRandom random(1);
    auto store = restored.open_store();
    auto own_file = ground.open_file();
    command::Dispatcher dispatcher(*store, ground.catalogue, {ground.counter.get()}, ground.clock,
                                   random);
    intake::IntakeWorker worker({}, intake::file_source({.file = file.path()}),
                                std::make_unique<Words>(),
                                {.store = *store,
                                 .dispatcher = dispatcher,
                                 .file = own_file,
                                 .clock = ground.clock,
                                 .random = random});
    try {
      worker.step();
      FAIL("it went on");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "store.diverged");
      CHECK_FALSE(failure.retryable());
      CHECK_FALSE(failure.hint().empty());
    }
    CHECK_FALSE(worker.done());
    CHECK_FALSE(worker.settled());
  }
}

TEST_SUITE("intake/store_failure") {
  TEST_CASE("a store that fails at any submit or poll loses nothing and counts nothing twice") {
    const MemoryFile file(story(2, 300));
    const auto expected = undisturbed(file);
    for (const auto at : {Fault::At::submit, Fault::At::before_poll, Fault::At::after_poll}) {
      for (std::uint64_t first = 1; first <= 80; ++first) {
        CAPTURE(static_cast<int>(at));
        CAPTURE(first);
        Ground ground;
        Process process(ground, intake::file_source({.file = file.path()}), {.lines_per_step = 30});
        process.store.fault = {.at = at, .first = first, .count = 1 + first % 3};
        process.run();
        // A submit that failed once goes through in the next step.
        CHECK((process.failures > 0) == (at != Fault::At::submit || first % 3 > 0));
        check_same(expected, Left(process));
      }
    }
  }

  TEST_CASE("a store that fails and a process that ends leave what an undisturbed one leaves") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      CAPTURE(seed);
      SeededRandom random(seed);
      const MemoryFile file(story(seed, 200));
      const auto expected = undisturbed(file);
      Ground ground;
      int processes = 0;
      for (bool done = false; !done; ++processes) {
        REQUIRE(processes < 3'000);
        Process process(ground, intake::file_source({.file = file.path()}), small_steps(random));
        process.store.fault = {.at = static_cast<Fault::At>(random.below(3)),
                               .first = 1 + random.below(20),
                               .count = 1 + random.below(4)};
        for (auto steps = random.below(40); steps > 0 && !process.worker.done(); --steps) {
          try {
            process.step();
          } catch (const Failure& failure) {
            REQUIRE(failure.retryable());
          }
        }
        done = process.worker.done();
        if (done) check_same(expected, Left(process));
      }
    }
  }

  TEST_CASE("a full disk stops the run until there is space") {
    const MemoryFile file(story(3, 2'000));
    const auto expected = undisturbed(file);
    Ground ground;
    Process process(ground, intake::file_source({.file = file.path()}), {.lines_per_step = 50});
    for (int step = 0; step < 5; ++step) process.step();
    ground.files.limit_size(ground.files.size() + 8'192);
    int failures = 0;
    for (int step = 0; step < 60; ++step) {
      try {
        process.step();
      } catch (const Failure& failure) {
        REQUIRE(failure.retryable());
        ++failures;
      }
    }
    CHECK(failures > 10);
    CHECK_FALSE(process.worker.done());
    ground.files.limit_size(UINT64_MAX);
    process.run();
    check_same(expected, Left(process));
  }
}
