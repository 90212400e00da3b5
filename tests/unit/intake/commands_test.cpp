#include <fmt/format.h>

#include "intake_world.hpp"

using namespace intake_test;
using Did = runtime::Step::Did;

TEST_SUITE("intake/commands") {
  TEST_CASE("a line that comes twice is one command") {
    Ground ground;
    MemoryFile file("add c 1 5\nadd c 1 5\nadd c 1 7\nadd d 1 5\nfact a 2\nadd c 1 5\n");
    {
      const auto process = read(ground, file);
      CHECK(process->log() == Texts{"counter-c Added 5", "traffic-a Added 1"});
      CHECK(process->counts() ==
            intake::Counts{
                .lines = 6, .facts_stored = 1, .commands_accepted = 1, .commands_repeated = 4});
    }
    file.append("add c 1 5\n");
    CHECK(read(ground, file)->counts().commands_repeated == 5);
  }

  TEST_CASE("the events of a command carry its id and the time of its line") {
    Ground ground;
    const auto process = read(ground, MemoryFile("add c 1 5 @1600000000\n"));
    const auto events = process->events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].metadata().append_id == AppendId(id_of(1)));
    CHECK(events[0].metadata().event_time == UtcTime::from_micros(1'600'000'000'000'000));
    CHECK_FALSE(events[0].metadata().ingested_at);
  }

  TEST_CASE("facts and commands are stored in the order of their lines") {
    Ground ground;
    MemoryFile file;
    Texts expected;
    SeededRandom random(5);
    for (int line = 1; line <= 2'000; ++line) {
      const auto name = static_cast<char>('a' + random.below(12));
      if (random.below(3) == 0) {
        file.append(fmt::format("add {} {} 0\n", name, line));
        expected.push_back(fmt::format("counter-{} Added 0", name));
      } else {
        file.append(fmt::format("fact {} {} {}\n", name, line, line));
        expected.push_back(fmt::format("traffic-{} Added {}", name, line));
      }
    }
    CHECK(read(ground, file)->log() == expected);
    Ground another;
    CHECK(read(another, file, {.lines_per_step = 7, .commands_in_flight_max = 1})->log() ==
          expected);
  }

  TEST_CASE("a command waits for the one before it on its stream and sees what that one did") {
    Ground ground;
    const auto process =
        read(ground, MemoryFile("add c 1 60\nadd c 2 60\nreset c 3\nadd c 4 60\nadd c 5 60\n"));
    CHECK(process->log() ==
          Texts{"counter-c Added 60", "counter-c WasReset", "counter-c Added 60"});
    CHECK(process->counts() ==
          intake::Counts{.lines = 5, .commands_accepted = 3, .commands_rejected = 2});
  }

  TEST_CASE("commands to different streams go out together") {
    Ground ground;
    MemoryFile file;
    for (int line = 1; line <= 100; ++line) file.append(fmt::format("add c{} {} 1\n", line, line));
    Process process(ground, intake::file_source({.file = file.path()}),
                    {.commands_in_flight_max = 40});
    process.store.hold_back = true;
    for (int step = 0; step < 10; ++step) process.step();
    CHECK(process.store.submits == 40);
    CHECK_FALSE(process.worker.settled());
    process.store.hold_back = false;
    process.run();
    CHECK(process.counts().commands_accepted == 100);
  }

  TEST_CASE("with one command at a time no line overtakes it") {
    Ground ground;
    const MemoryFile file("add c 1 1\nfact a 2\nadd d 3 1\n");
    Process process(ground, intake::file_source({.file = file.path()}),
                    {.commands_in_flight_max = 1});
    process.store.hold_back = true;
    for (int step = 0; step < 10; ++step) process.step();
    CHECK(process.store.submits == 1);
    process.store.hold_back = false;
    process.run();
    CHECK(process.log() == Texts{"counter-c Added 1", "traffic-a Added 1", "counter-d Added 1"});
  }

  TEST_CASE("a command that lost a race is decided again") {
    Ground ground;
    const MemoryFile file("add c 1 60\n");
    Process process(ground, intake::file_source({.file = file.path()}));
    process.store.overtake = [&] {
      REQUIRE(process.dispatcher.execute(counter::v1::add("c", 50), {.id = CommandId(id_of(9))}));
    };
    process.run();
    CHECK(process.counts().commands_rejected == 1);
    CHECK(process.log() == Texts{"counter-c Added 50"});
  }

  TEST_CASE("commands that are refused are listed with their lines, the newest first") {
    Ground ground;
    const auto process =
        read(ground, MemoryFile("add c 1 60\nadd c 2 60 @1600000000\nnoop c 3\nadd d 4 101\n"));
    const auto refused = process->refused();
    REQUIRE(refused.size() == 2);
    CHECK(refused[0].stream == "counter-d");
    CHECK(refused[1].line == 2);
    CHECK(refused[1].offset == 11);
    CHECK(refused[1].partition.empty());
    CHECK(refused[1].command_id == to_string(id_of(2)));
    CHECK(refused[1].type == "counter.v1.Add");
    CHECK(refused[1].stream == "counter-c");
    CHECK(refused[1].code == "counter.full");
    CHECK(refused[1].detail == "at most 100");
    CHECK(refused[1].event_time == UtcTime::from_micros(1'600'000'000'000'000));
    CHECK(process->refused(1).size() == 1);
  }

  TEST_CASE("of refused commands the newest ten thousand are kept") {
    Ground ground;
    MemoryFile file;
    for (int line = 1; line <= 10'500; ++line) {
      file.append(fmt::format("add c{} {} 101\n", line % 200, line));
    }
    const auto process = read(ground, file);
    const auto refused = process->refused();
    CHECK(process->counts().commands_rejected == 10'500);
    REQUIRE(refused.size() == 10'000);
    CHECK(refused.front().line == 10'500);
    CHECK(refused.back().line == 501);
  }

  TEST_CASE("a command whose decision throws is listed as failed and does not stop the run") {
    Ground ground;
    const auto process = read(ground, MemoryFile("blow f 1\nfact a 2\nblow f 3\nadd c 4 5\n"));
    CHECK(process->counts() ==
          intake::Counts{
              .lines = 4, .facts_stored = 1, .commands_accepted = 1, .commands_failed = 2});
    const auto refused = process->refused();
    REQUIRE(refused.size() == 2);
    CHECK(refused[0].kind == intake::RefusedCommand::Kind::failed);
    CHECK(refused[0].code == "command.crashed");
    CHECK(refused[0].detail == "it blew");
    CHECK(refused[0].stream == "fuse-f");
  }

  TEST_CASE("a command that decides what it may not is listed and does not stop the run") {
    Ground ground;
    const auto process = read(ground, MemoryFile("misbehave c 1\nadd c 2 5\n"));
    CHECK(process->counts().commands_failed == 1);
    CHECK(process->counts().commands_rejected == 0);
    CHECK(process->refused().at(0).code == "command.foreign_event");
    CHECK(process->log() == Texts{"counter-c Added 5"});
    CHECK(process->metrics
              .counter("tidemark_intake_lines_total", "Lines of the input, by what became of them.",
                       {{"input", "input"}, {"became", "command_failed"}})
              .value() == 1);
  }

  TEST_CASE("the log is told of the first and of each tenfold command that failed") {
    Ground ground;
    MemoryFile file("add c 1 500\nmisbehave c 2\n");
    for (int line = 0; line < 120; ++line)
      file.append(fmt::format("blow f{} {}\n", line, 10 + line));
    const auto process = read(ground, file);
    const auto failed = process->log_sink->lines("intake.command_failed");
    REQUIRE(failed.size() == 4);
    CHECK(failed[0].level == observe::Level::warn);
    CHECK(failed[0].field("input") == "input");
    CHECK(failed[0].field("line") == "2");
    CHECK(failed[0].field("code") == "command.foreign_event");
    CHECK(failed[0].field("command") == "counter.v1.Misbehave");
    CHECK(failed[0].field("all") == "input refused --failed");
    CHECK(failed[1].field("code") == "command.crashed");
    CHECK(failed[1].field("count") == "1");
    CHECK(failed[2].field("count") == "10");
    CHECK(failed[3].field("count") == "100");
    const auto rejected = process->log_sink->lines("intake.command_rejected");
    REQUIRE(rejected.size() == 1);
    CHECK(rejected[0].level == observe::Level::info);
    CHECK(rejected[0].field("code") == "counter.full");
  }

  TEST_CASE("refused commands are read page by page, and failed ones by themselves") {
    Ground ground;
    const auto process =
        read(ground, MemoryFile("add c 1 500\nblow f 2\nadd c 3 500\nblow f 4\nadd c 5 500\n"));
    auto file = ground.open_file();
    const auto lines = [&](const intake::RefusedQuery& query) {
      std::vector<std::uint64_t> found;
      for (const auto& each : intake::refused_in(file, query)) found.push_back(each.line);
      return found;
    };
    using Lines = std::vector<std::uint64_t>;
    CHECK(lines({.limit = 2}) == Lines{4, 5});
    CHECK(lines({.after = 0, .limit = 2}) == Lines{1, 2});
    CHECK(lines({.after = intake::refused_in(file, {})[1].id, .limit = 2}) == Lines{3, 4});
    CHECK(lines({.failed_only = true}) == Lines{2, 4});
    CHECK(intake::failed_in(file) == 2);
  }

  TEST_CASE("a command that failed and is answered when it comes again is off the list") {
    Ground ground;
    MemoryFile file("misbehave c 1\nblow f 2\nadd c 3 500\n");
    {
      const auto process = read(ground, file);
      CHECK(process->refused().size() == 3);
    }
    file.append("add c 1 5\n");  // what was sent under the same id, now that it is mended
    const auto process = read(ground, file);
    const auto refused = process->refused();
    REQUIRE(refused.size() == 2);
    CHECK(refused[0].line == 3);
    CHECK(refused[1].line == 2);
    CHECK(process->counts().commands_failed == 2);
    CHECK(process->counts().commands_accepted == 1);
  }

  TEST_CASE("rejections do not displace failures from the list") {
    Ground ground;
    MemoryFile file("blow f 1\n");
    for (int line = 2; line <= 10'100; ++line) {
      file.append(fmt::format("add c{} {} 101\n", line % 200, line));
    }
    const auto process = read(ground, file);
    auto own = ground.open_file();
    CHECK(intake::failed_in(own) == 1);
    CHECK(process->refused().size() == 10'001);
  }

  TEST_CASE("intake's file says whose it is and how far its input is read") {
    Ground ground;
    const MemoryFile file("fact a 1\nadd c 2 500\n");
    const auto process = read(ground, file);
    auto own = ground.open_file();
    const auto progress = intake::progress_in(own);
    REQUIRE(progress);
    CHECK(progress->name == "input");
    CHECK(progress->source == "file " + file.path().string());
    CHECK(progress->counts == process->counts());
    REQUIRE(progress->reached.places.size() == 1);
    CHECK(progress->reached.places[0].next == 21);
    auto empty = sqlite::Database::open({.file = "other.db", .vfs = ground.files.vfs()});
    CHECK_FALSE(intake::progress_in(empty));
    CHECK(intake::failed_in(empty) == 0);
  }

  TEST_CASE("each input has a file of its own, whatever its name") {
    CHECK(intake::progress_file_name("input") == "intake.db");
    CHECK(intake::progress_file_name("day-2") == "intake.day-2.db");
    CHECK(intake::progress_file_name("../a b") == "intake...%2Fa%20b.db");
    CHECK(intake::is_progress_file("intake.day-2.db"));
    CHECK_FALSE(intake::is_progress_file("intake.db-wal"));
    CHECK_FALSE(intake::is_progress_file("models.db"));
  }

  TEST_CASE("a file that does not tell failures from rejections is taken over") {
    Ground ground;
    ground.open_file().execute(
        "CREATE TABLE intake_refused(id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " partition TEXT NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL,"
        " command_id TEXT NOT NULL, type TEXT NOT NULL, stream TEXT NOT NULL,"
        " code TEXT NOT NULL, detail TEXT NOT NULL, event_time INTEGER NOT NULL) STRICT;"
        "INSERT INTO intake_refused VALUES (7, '', 1, 1, 'x', 't', 's', 'c', 'd', 0)");
    const auto process = read(ground, MemoryFile("blow f 1\n"));
    const auto refused = process->refused();
    REQUIRE(refused.size() == 2);
    CHECK(refused[1].kind == intake::RefusedCommand::Kind::rejected);
    CHECK(refused[0].kind == intake::RefusedCommand::Kind::failed);
  }

  TEST_CASE("a command whose id names no stream is a broken line") {
    Ground ground;
    const std::string name(300, 'x');
    const auto process = read(ground, MemoryFile("add " + name + " 1 5\nadd c 2 5\n"));
    const auto mismatches = process->mismatches();
    REQUIRE(mismatches.size() == 1);
    CHECK(mismatches[0].reason() == "intake.bad_value");
    CHECK(process->counts().commands_accepted == 1);
  }

  TEST_CASE("a command that no aggregate takes stops the worker and says what to wire") {
    Ground ground;
    const MemoryFile file("fact a 1\nuntaken c 2\n");
    Process process(ground, intake::file_source({.file = file.path()}));
    try {
      for (int step = 0; step < 10; ++step) process.step();
      FAIL("it went on");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "intake.command_not_taken");
      CHECK_FALSE(failure.retryable());
    }
  }
}
