#include <fmt/format.h>

#include <algorithm>

#include "intake_world.hpp"
#include "tidemark/sql/transaction.hpp"

using namespace intake_test;
using Did = runtime::Step::Did;

namespace {

std::uint64_t counted(Process& process, const std::string& became) {
  return process.metrics
      .counter("tidemark_intake_lines_total", "Lines of the input, by what became of them.",
               {{"input", "input"}, {"became", became}})
      .value();
}

}  // namespace

TEST_SUITE("intake/facts") {
  TEST_CASE("facts are stored in the order of their lines whatever streams they go to") {
    Ground ground;
    MemoryFile file;
    SeededRandom random(3);
    Texts expected;
    std::map<std::string, int> versions;
    for (int line = 1; line <= 5'000; ++line) {
      const auto stream = "s" + std::to_string(random.below(1 + random.below(40)));
      file.append(fmt::format("fact {} {} {}\n", stream, line, line));
      expected.push_back(fmt::format("traffic-{} Added {}", stream, line));
    }
    const auto process = read(ground, file);
    CHECK(process->log() == expected);
    CHECK(process->counts() == intake::Counts{.lines = 5'000, .facts_stored = 5'000});
  }

  TEST_CASE("a fact carries what its line says and when it came in") {
    Ground ground;
    const auto process = read(ground, MemoryFile("fact a 7 70 @1600000000\n"));
    const auto events = process->events();
    REQUIRE(events.size() == 1);
    const auto& metadata = events[0].metadata();
    CHECK(metadata.event_id == EventId(id_of(7)));
    CHECK(metadata.stream == "traffic-a");
    CHECK(metadata.event_time == UtcTime::from_micros(1'600'000'000'000'000));
    REQUIRE(metadata.ingested_at);
    CHECK(*metadata.ingested_at >= UtcTime::from_micros(1'800'000'000'000'000));
    CHECK(events[0].view().schema == 1);
  }

  TEST_CASE("all kinds of lines are counted and their sum is the number of lines") {
    Ground ground;
    const auto process = read(ground, MemoryFile("fact a 1\n\n  \r\ntime 5\nbroken\nfact a 1\n"
                                                 "add c 2 5\nadd c 2 5\nadd c 3 500\nnoop c 4\n"
                                                 "what is this\nfact b 5"));
    const intake::Counts expected{.lines = 12,
                                  .blank = 2,
                                  .time_only = 1,
                                  .facts_stored = 2,
                                  .facts_repeated = 1,
                                  .commands_accepted = 1,
                                  .commands_nothing = 1,
                                  .commands_rejected = 1,
                                  .commands_repeated = 1,
                                  .mismatches = {{"test.no_id", 1}, {"test.short", 1}}};
    CHECK(process->counts() == expected);
    CHECK(counted(*process, "blank") == 2);
    CHECK(counted(*process, "fact_stored") == 2);
    CHECK(counted(*process, "command_repeated") == 1);
  }

  TEST_CASE("a fact that comes again is left out and counted wherever it comes") {
    Ground ground;
    MemoryFile file("fact a 1 10\nfact a 1 10\n");       // in one batch
    file.append("fact b 2\nfact a 1 99\nfact b 2 7\n");  // a changed body
    for (int line = 0; line < 1'500; ++line) file.append(fmt::format("fact a {}\n", 100 + line));
    file.append("fact a 1 10\nfact z 1 10\n");  // in another batch, and of another stream
    intake::Counts expected{.lines = 1'507, .facts_stored = 1'502, .facts_repeated = 5};
    {
      const auto process = read(ground, file);
      CHECK(process->counts() == expected);
      CHECK(process->log().size() == 1'502);
      CHECK(process->log().front() == "traffic-a Added 10");
    }
    file.append("fact a 1\nfact new 3000\n");  // in another process
    const auto process = read(ground, file);
    expected.lines += 2;
    ++expected.facts_stored;
    ++expected.facts_repeated;
    CHECK(process->counts() == expected);
    CHECK(process->log().size() == 1'503);
  }

  TEST_CASE("of facts some of which are stored the new ones keep their order") {
    Ground ground;
    MemoryFile file("fact a 2 2\nfact b 4 4\n");
    read(ground, file);
    MemoryFile other("fact a 1 1\nfact a 2 2\nfact b 3 3\nfact b 4 4\nfact a 5 5\nfact b 6 6\n");
    Process process(ground, intake::file_source({.file = other.path()}));
    CHECK_THROWS_AS(process.step(), Failure);  // not the file that was read
    ground.open_file().execute("DELETE FROM intake_state");
    Process again(ground, intake::file_source({.file = other.path()}));
    again.run();
    CHECK(again.log() == Texts{"traffic-a Added 2", "traffic-b Added 4", "traffic-a Added 1",
                               "traffic-b Added 3", "traffic-a Added 5", "traffic-b Added 6"});
  }

  TEST_CASE("an input that is read to its end is done, and again when nothing is new") {
    Ground ground;
    const MemoryFile file("fact a 1\n");
    Process process(ground, intake::file_source({.file = file.path()}));
    CHECK_FALSE(process.worker.done());
    CHECK_FALSE(process.worker.settled());
    process.run();
    CHECK(process.step().did == Did::nothing);
    CHECK(process.worker.settled());
    CHECK(process.worker.report().done == 9);
    CHECK(process.worker.report().tail == 9);
    const auto again = read(ground, file);
    CHECK(again->counts() == intake::Counts{.lines = 1, .facts_stored = 1});
    const auto empty = std::make_unique<Ground>();
    CHECK(read(*empty, MemoryFile())->counts() == intake::Counts());
  }

  TEST_CASE("what others store meanwhile is not looked through again") {
    Ground ground;
    const MemoryFile nothing;
    Process process(ground, intake::file_source({.file = nothing.path()}));
    const MemoryFile file("fact a 1\n");
    read(ground, file);
    const auto position = [&] {
      auto own = ground.open_file();
      auto row = own.statement("SELECT position FROM intake_state");
      return row.next() ? row.integer(0) : -1;
    };
    CHECK(position() == 1);
    for (std::uint64_t id = 10; id < 20; ++id) {
      REQUIRE(process.dispatcher.execute(counter::v1::add("c", 1), {.id = CommandId(id_of(id))}));
    }
    MemoryFile more("fact a 1\n\n");
    read(ground, more);
    CHECK(position() == 11);
  }

  TEST_CASE("a followed file is never done and gives what comes") {
    Ground ground;
    MemoryFile file("fact a 1\nfact a");
    Process process(ground, intake::file_source({.file = file.path(), .follow = true}));
    process.settle();
    CHECK(process.counts().facts_stored == 1);
    CHECK(process.worker.settled());
    file.append(" 2\n");
    CHECK(process.step().did == Did::work);
    CHECK_FALSE(process.worker.settled());
    process.settle();
    CHECK(process.counts().facts_stored == 2);
    CHECK_FALSE(process.worker.done());
  }

  TEST_CASE("standard input that is sent again adds nothing, and moves no place of a file") {
    Ground ground;
    MemoryFile file("fact a 1\nbroken\nfact b 2\n");
    read(ground, file);
    for (int time = 1; time <= 2; ++time) {
      int ends[2] = {-1, -1};
      REQUIRE(::pipe(ends) == 0);
      const std::string text = "fact a 1\nbroken\nfact c 3\nfact d 4\nfact e 5\n";
      REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
      ::close(ends[1]);
      Process process(ground, intake::standard_input(ends[0]));
      process.run();
      ::close(ends[0]);
      CHECK(process.worker.report().done == text.size());
      CHECK(process.counts().facts_stored == 5);
      CHECK(process.counts().facts_repeated == (time == 1 ? 1 : 5));
      CHECK(process.mismatches().size() == 1);
    }
    file.append("fact f 6\n");
    const auto process = read(ground, file);
    CHECK(process->counts().facts_stored == 6);
    CHECK(process->counts().lines == 14);
  }

  TEST_CASE("what is under way is bounded and nothing is read meanwhile") {
    Ground ground;
    MemoryFile file;
    for (int line = 0; line < 3'000; ++line) file.append(fmt::format("fact a {}\n", line));
    Process process(ground, intake::file_source({.file = file.path()}),
                    {.lines_per_step = 100, .facts_in_flight_max = 250});
    process.store.hold_back = true;
    for (int step = 0; step < 50; ++step) process.step();
    CHECK(process.store.events_waiting == 300);  // the bound is looked at before each line
    CHECK(process.step().did == Did::waiting);
    CHECK_FALSE(process.worker.settled());
    process.store.hold_back = false;
    process.run();
    CHECK(process.store.events_waiting_max <= 350);
    CHECK(process.counts().facts_stored == 3'000);
  }

  TEST_CASE("lines that store nothing are bounded behind a commit that takes long") {
    Ground ground;
    MemoryFile file("fact a 1\n" + std::string(100'000, '\n'));
    Process process(ground, intake::file_source({.file = file.path()}));
    process.store.hold_back = true;
    int worked = 0;
    for (int step = 0; step < 1'000; ++step) worked += process.step().did == Did::work ? 1 : 0;
    CHECK(worked < 20);
    process.store.hold_back = false;
    process.run();
    CHECK(process.counts() ==
          intake::Counts{.lines = 100'001, .blank = 100'000, .facts_stored = 1});
  }

  TEST_CASE("a file of its own that cannot be written stops the reading and loses nothing") {
    Ground ground;
    MemoryFile file;
    for (int line = 0; line < 60'000; ++line) file.append(fmt::format("fact a {}\n", line));
    Process process(ground, intake::file_source({.file = file.path()}));
    for (int step = 0; step < 3; ++step) process.step();
    auto locked = sqlite::Database::open({.file = "intake.db", .vfs = ground.files.vfs()});
    {
      sql::Transaction writer(locked);
      int failures = 0;
      for (int step = 0; step < 200; ++step) {
        try {
          process.step();
        } catch (const Failure& failure) {
          CHECK(failure.code() == "intake.busy");
          CHECK(failure.retryable());
          ++failures;
        }
      }
      CHECK(failures > 100);
      CHECK(process.log().size() < 20'000);
    }
    process.run();
    CHECK(process.counts() == intake::Counts{.lines = 60'000, .facts_stored = 60'000});
  }
}

TEST_SUITE("intake/mismatches") {
  TEST_CASE("a line that breaks the rules is stored with its place and its bytes") {
    Ground ground;
    const std::string bytes = "bro\xffken\r";
    const auto process = read(ground, MemoryFile("fact a 1\n" + bytes + "\nfact a 2\n"));
    CHECK(process->log() ==
          Texts{"traffic-a Added 1", "intake-input SchemaMismatch", "traffic-a Added 1"});
    const auto mismatches = process->mismatches();
    REQUIRE(mismatches.size() == 1);
    const auto& found = mismatches[0];
    CHECK(found.source() == "input");
    CHECK(found.partition().empty());
    CHECK(found.offset() == 9);
    CHECK(found.line() == 2);
    CHECK(found.size() == bytes.size());
    CHECK(found.reason() == "test.short");
    CHECK(found.message() == "words are missing");
    CHECK(found.raw() == bytes);
  }

  TEST_CASE("of a line that is too long the beginning is stored") {
    Ground ground;
    const auto process =
        read(ground, MemoryFile(fmt::format("{:x>{}}\nfact a 1\n", "", intake::line_size_max + 1)));
    const auto mismatches = process->mismatches();
    REQUIRE(mismatches.size() == 1);
    CHECK(mismatches[0].reason() == "intake.line_too_long");
    CHECK(mismatches[0].size() == intake::line_size_max + 1);
    CHECK(mismatches[0].raw() == std::string(intake::kept_size_max, 'x'));
    CHECK(process->counts().facts_stored == 1);
  }

  TEST_CASE("the id of a mismatch follows from its place and its bytes and from nothing else") {
    const MemoryFile file("fact a 1\nbroken\n\nbroken\n");
    std::vector<EventId> ids;
    for (const std::uint64_t lines_per_step : {1U, 2U, 512U}) {
      Ground ground;
      ground.clock.advance(std::chrono::hours(lines_per_step));
      const auto process = read(ground, file, {.lines_per_step = lines_per_step});
      std::vector<EventId> own;
      for (const auto& event : process->events()) own.push_back(event.metadata().event_id);
      CHECK(own.size() == 3);
      CHECK(own[1] != own[2]);
      if (ids.empty()) ids = own;
      CHECK(own == ids);
    }
  }

  TEST_CASE("broken lines and repeated facts in one batch are not taken for one another") {
    Ground ground;
    MemoryFile file("broken\nfact a 1\nbroken\nfact a 2\n");
    read(ground, file);
    ground.open_file().execute("DELETE FROM intake_state");
    ground.open_file().execute("DELETE FROM intake_counts");
    file.append("fact a 1\nfact a 3\n");
    const auto process = read(ground, file);  // it has forgotten what it read
    CHECK(process->counts() == intake::Counts{.lines = 6,
                                              .facts_stored = 3,
                                              .facts_repeated = 1,
                                              .mismatches = {{"test.short", 2}}});
    CHECK(process->mismatches().size() == 2);
  }
}

TEST_SUITE("intake/time_gate") {
  /// Admits what is not later than it was told.
  struct Gate final : runtime::TimeGate {
    bool admit(UtcTime event_time) override {
      asked.push_back(event_time.micros() / 1'000'000);
      return event_time <= until;
    }
    UtcTime until;
    std::vector<std::int64_t> asked;
  };

  TEST_CASE("a line waits until its time is admitted and the lines behind it wait with it") {
    Ground ground;
    const MemoryFile file("fact a 1 1 @10\nfact a 2 2 @20\nfact a 3 3 @5\nbroken\ntime 30\n");
    Gate gate;
    gate.until = UtcTime::from_micros(10'000'000);
    Process process(ground, intake::file_source({.file = file.path()}), {}, &gate);
    for (int step = 0; step < 10; ++step) process.step();
    CHECK(process.log() == Texts{"traffic-a Added 1"});
    CHECK(process.worker.settled());
    CHECK_FALSE(process.worker.done());
    CHECK(process.step().did == Did::waiting);
    gate.until = UtcTime::from_micros(20'000'000);
    for (int step = 0; step < 10; ++step) process.step();
    CHECK(process.log().size() == 4);
    CHECK_FALSE(process.worker.done());
    gate.until = UtcTime::from_micros(30'000'000);
    process.run();
    CHECK(process.counts().time_only == 1);
    CHECK(process.counts().mismatches_total() == 1);
    CHECK(std::ranges::count(gate.asked, 5) == 1);
  }

  TEST_CASE("it is not settled while anything is under way") {
    Ground ground;
    const MemoryFile file("fact a 1 1 @10\nfact a 2 2 @20\nadd c 3 5 @20\n");
    Gate gate;
    gate.until = UtcTime::from_micros(10'000'000);
    Process process(ground, intake::file_source({.file = file.path()}), {}, &gate);
    process.store.hold_back = true;
    for (int step = 0; step < 5; ++step) {
      process.step();
      CHECK_FALSE(process.worker.settled());
    }
    process.store.hold_back = false;
    for (int step = 0; step < 3; ++step) process.step();
    CHECK(process.worker.settled());
    gate.until = UtcTime::from_micros(20'000'000);
    process.step();
    CHECK_FALSE(process.worker.settled());
    process.run();
    process.step();
    CHECK(process.worker.settled());
  }
}
