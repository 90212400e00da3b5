#include <fmt/format.h>

#include "intake_world.hpp"
#include "tidemark/kafka/loopback.hpp"

using namespace intake_test;
using Found = intake::LineSource::Found;

namespace {

constexpr const char* topic = "traffic";

/// A loopback broker with a topic of lines.
struct Topic {
  explicit Topic(Ground& ground_of, std::int32_t partitions = 1)
      : ground(ground_of), broker(kafka::LoopbackBroker::create(ground.clock)) {
    broker->ensure_topics({{.name = topic, .partitions = partitions}});
    producer = broker->producer();
  }
  void send(std::optional<std::string> line, std::int32_t partition = 0) {
    const kafka::ProducerRecord record{.topic = topic,
                                       .key = "",
                                       .value = std::move(line),
                                       .partition = partition,
                                       .time = ground.clock.now()};
    for (int tries = 0; producer->send(record, 0) == kafka::Progress::pending; ++tries) {
      REQUIRE(tries < 100);
    }
    producer->poll();
  }
  std::unique_ptr<intake::LineSource> source(bool end = false) {
    return intake::kafka_lines(*broker, {.topic = topic, .group = "tidemark", .end = end});
  }
  std::optional<std::int64_t> copy(std::int32_t partition = 0) {
    return broker->committed_copy("tidemark", {topic, partition});
  }

  Ground& ground;
  std::unique_ptr<kafka::LoopbackBroker> broker;
  std::unique_ptr<kafka::Producer> producer;
};

/// A process that reads the topic; whoever read it before and died has left the group by now.
struct Reader : Process {
  explicit Reader(Topic& topic_of, intake::IntakeOptions options = {}, bool end = false)
      : Process((topic_of.ground.clock.advance(std::chrono::seconds(11)), topic_of.ground),
                topic_of.source(end), std::move(options)) {}
};

}  // namespace

TEST_SUITE("intake/kafka_lines") {
  TEST_CASE("the records of a topic are lines in order per partition") {
    Ground ground;
    Topic traffic(ground, 2);
    for (int line = 1; line <= 50; ++line) {
      traffic.send(fmt::format("fact {} {} {}", line % 2, line, line), line % 2);
    }
    Reader reader(traffic);
    reader.settle();
    CHECK(reader.counts() == intake::Counts{.lines = 50, .facts_stored = 50});
    for (int partition = 0; partition < 2; ++partition) {
      int last = 0;
      for (const auto& text : reader.log()) {
        const auto prefix = fmt::format("traffic-{} Added ", partition);
        if (!text.starts_with(prefix)) continue;
        const int amount = std::stoi(text.substr(prefix.size()));
        CHECK(amount == (last == 0 ? 2 - partition : last + 2));
        last = amount;
      }
    }
    CHECK(traffic.copy(0) == 25);
    CHECK(traffic.copy(1) == 25);
    CHECK(reader.worker.report().done == 50);
    CHECK(reader.worker.report().tail == 50);
    CHECK_FALSE(reader.worker.done());
  }

  TEST_CASE("it goes on at the offsets of the file whatever the group was told") {
    Ground ground;
    Topic traffic(ground);
    for (int line = 1; line <= 10; ++line) traffic.send(fmt::format("fact a {}", line));
    {
      Reader reader(traffic);
      reader.settle();
      CHECK(reader.counts().lines == 10);
    }
    traffic.send("fact a 11");
    {
      Reader reader(traffic);
      reader.settle();
      CHECK(reader.counts() == intake::Counts{.lines = 11, .facts_stored = 11});
    }
    Ground other;  // another file of progress, the same group
    Reader reader(traffic);
    CHECK(traffic.copy() == 11);
    ground.open_file().execute("UPDATE intake_places SET next_offset = 4");
    reader.settle();
    CHECK(reader.counts() == intake::Counts{.lines = 18, .facts_stored = 11, .facts_repeated = 7});
  }

  TEST_CASE("a mismatch names topic, partition and offset, and its id follows from them") {
    Ground ground;
    Topic traffic(ground, 2);
    traffic.send("broken", 0);
    traffic.send("fact a 1", 1);
    traffic.send("broken", 1);
    Reader reader(traffic);
    reader.settle();
    auto mismatches = reader.mismatches();
    REQUIRE(mismatches.size() == 2);
    if (mismatches[0].partition() != "traffic/0") std::swap(mismatches[0], mismatches[1]);
    CHECK(mismatches[0].partition() == "traffic/0");
    CHECK(mismatches[0].offset() == 0);
    CHECK(mismatches[0].line() == 0);
    CHECK(mismatches[1].partition() == "traffic/1");
    CHECK(mismatches[1].offset() == 1);
    const auto told = reader.log_sink->lines("intake.mismatch");
    REQUIRE(told.size() == 1);
    CHECK(told[0].field("topic") == "traffic");
    CHECK(told[0].field("partition") == mismatches[0].partition().substr(8));
    CHECK(told[0].field("offset") == std::to_string(mismatches[0].offset()));
    CHECK_FALSE(told[0].field("line"));
  }

  TEST_CASE("a topic that ends is done when every partition is read to its end") {
    Ground ground;
    Topic traffic(ground, 3);  // one of them empty
    for (int line = 1; line <= 30; ++line) {
      traffic.send(fmt::format("fact a {}", line), line % 2);
    }
    {
      Reader reader(traffic, {.lines_per_step = 3}, true);
      reader.run();
      CHECK(reader.counts().facts_stored == 30);
      CHECK(reader.worker.report().done == reader.worker.report().tail);
    }
    Reader again(traffic, {}, true);
    again.run();
    CHECK(again.counts().lines == 30);
  }

  TEST_CASE("a topic has not ended while others of its group hold partitions") {
    Ground ground;
    Topic traffic(ground, 3);
    for (int line = 0; line < 30; ++line) traffic.send(fmt::format("fact a {}", line), line % 3);
    {
      Reader killed(traffic, {.lines_per_step = 1}, true);
      for (int step = 0; step < 5; ++step) killed.step();
    }
    const Micros session = std::chrono::seconds(10);
    Process reader(ground, traffic.source(true));
    for (int step = 0; step < 50; ++step) {
      reader.step();
      ground.clock.advance(session / 200);
      CHECK_FALSE(reader.worker.done());
    }
    ground.clock.advance(session);
    reader.run();
    CHECK(reader.counts().lines == 30);
    CHECK_FALSE(reader.worker.report().problem);
  }

  TEST_CASE("a topic whose other partitions are held for good says what it waits for") {
    Ground ground;
    Topic traffic(ground, 2);
    const auto other = traffic.broker->consumer({.group = "tidemark", .topics = {topic}});
    Reader reader(traffic, {}, true);
    std::size_t given = 0;
    for (int step = 0; step < 100; ++step) {
      for (const auto& event : other->poll(100)) {
        if (const auto* revoked = std::get_if<kafka::Revoked>(&event)) {
          other->release(revoked->partitions);
          ++given;
        }
      }
      reader.step();
    }
    CHECK(given == 1);
    CHECK_FALSE(reader.worker.done());
    REQUIRE(reader.worker.report().problem);
    CHECK(reader.worker.report().problem->code == "intake.partitions_elsewhere");
    CHECK(reader.worker.report().problem->message.starts_with("1 of 2 partitions"));
  }

  TEST_CASE("a topic ends where it ended first although its producer goes on") {
    Ground ground;
    Topic traffic(ground);
    for (int line = 1; line <= 10; ++line) traffic.send(fmt::format("fact a {}", line));
    Reader reader(traffic, {.lines_per_step = 2}, true);
    for (int line = 11; !reader.worker.done(); ++line) {
      REQUIRE(line < 5'000);
      traffic.send(fmt::format("fact a {}", line));
      reader.step();
    }
    const auto lines = reader.counts().lines;
    CHECK(lines >= 10);
    CHECK(lines < 100);
    reader.settle();
    CHECK(reader.counts().lines == lines);
  }

  TEST_CASE("marks of transactions behind the last record are no lines to wait for") {
    Ground ground;
    Topic traffic(ground);
    const auto writer = traffic.broker->transactional_producer("outside", std::chrono::minutes(1));
    const auto until_done = [&](auto&& call) {
      for (int tries = 0; call() == kafka::Progress::pending; ++tries) REQUIRE(tries < 100);
    };
    until_done([&] { return writer->init(); });
    writer->begin();
    until_done([&] {
      return writer->send({.topic = topic,
                           .key = "",
                           .value = "fact a 1",
                           .partition = 0,
                           .time = ground.clock.now()});
    });
    until_done([&] { return writer->commit(); });
    Reader reader(traffic, {}, true);
    reader.run();
    CHECK(reader.counts().facts_stored == 1);
    CHECK(reader.worker.report().done == reader.worker.report().tail);
  }

  TEST_CASE("a topic that does not exist is a problem until it does, and no end") {
    Ground ground;
    Topic traffic(ground);
    Process process(ground,
                    intake::kafka_lines(*traffic.broker,
                                        {.topic = "missing", .group = "tidemark", .end = true}));
    const auto step = [&] {
      try {
        process.step();
      } catch (const Failure& failure) {
        CHECK(failure.code() == "kafka.unknown_topic");
        CHECK(failure.retryable());
        ++process.failures;
      }
    };
    for (int steps = 0; steps < 20; ++steps) step();
    CHECK(process.failures > 0);
    CHECK_FALSE(process.worker.done());
    traffic.broker->ensure_topics({{.name = "missing", .partitions = 1}});
    for (int steps = 0; steps < 200 && !process.worker.done(); ++steps) step();
    CHECK(process.worker.done());
    CHECK_FALSE(process.worker.report().problem);
  }

  TEST_CASE("tombstones are blank and records that are too long are broken") {
    Ground ground;
    Topic traffic(ground);
    traffic.send(std::nullopt);
    traffic.send("");
    traffic.send(std::string(intake::line_size_max, ' '));
    traffic.send(std::string(intake::line_size_max + 1, 'x'));
    Reader reader(traffic);
    reader.settle();
    CHECK(reader.counts() ==
          intake::Counts{.lines = 4, .blank = 3, .mismatches = {{"intake.line_too_long", 1}}});
    CHECK(reader.mismatches().at(0).raw().size() == intake::kept_size_max);
  }

  TEST_CASE("a partition that is taken away is given back when what it gave is remembered") {
    Ground ground;
    Topic traffic(ground, 2);
    for (int line = 1; line <= 40; ++line) {
      traffic.send(fmt::format("fact a {}", line), line % 2);
    }
    Reader first(traffic, {.lines_per_step = 5});
    for (int step = 0; step < 5; ++step) first.step();
    first.store.hold_back = true;
    for (int step = 0; step < 3; ++step) first.step();
    const auto second = traffic.broker->consumer({.group = "tidemark", .topics = {topic}});
    const auto assigned = [&] {
      std::size_t count = 0;
      for (const auto& event : second->poll(100)) {
        if (const auto* got = std::get_if<kafka::Assigned>(&event)) count += got->partitions.size();
      }
      return count;
    };
    for (int step = 0; step < 50; ++step) {
      first.step();
      CHECK(assigned() == 0);
    }
    const auto lines_before = first.counts().lines;
    CHECK(lines_before < 40);
    first.store.hold_back = false;
    std::size_t given = 0;
    for (int step = 0; step < 200 && given == 0; ++step) {
      first.step();
      given = assigned();
    }
    CHECK(given == 1);
    // What it was told is what is remembered: the other one goes on there.
    const auto copies = traffic.copy(0).value_or(0) + traffic.copy(1).value_or(0);
    first.settle();
    CHECK(static_cast<std::int64_t>(first.counts().lines) >= copies);
    CHECK(first.counts().facts_repeated == 0);
  }

  TEST_CASE("a partition that was lost and comes back goes on behind what it gave") {
    Ground ground;
    Topic traffic(ground);
    for (int line = 1; line <= 30; ++line) traffic.send(fmt::format("fact a {}", line));
    Reader reader(traffic, {.lines_per_step = 4});
    for (int step = 0; step < 3; ++step) reader.step();
    reader.store.hold_back = true;
    for (int step = 0; step < 100; ++step) reader.step();
    ground.clock.advance(std::chrono::minutes(6));  // nobody asked for so long: it is put out
    for (int step = 0; step < 20; ++step) reader.step();
    traffic.send("fact a 31");
    for (int step = 0; step < 20; ++step) reader.step();
    reader.store.hold_back = false;
    reader.settle();
    CHECK(reader.counts() == intake::Counts{.lines = 31, .facts_stored = 31});
  }

  TEST_CASE("processes that end again and again leave what an undisturbed one leaves") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      CAPTURE(seed);
      SeededRandom random(seed);
      Ground ground;
      Topic traffic(ground, 3);
      intake::Counts expected;
      std::set<std::uint64_t> ids;
      for (int line = 0; line < 200; ++line) {
        const auto id = random.below(150);
        const auto partition = id % 3;  // so that the first of two is the first everywhere
        ++expected.lines;
        ++(ids.insert(id).second ? expected.facts_stored : expected.facts_repeated);
        traffic.send(fmt::format("fact a {}", id), static_cast<std::int32_t>(partition));
      }
      int processes = 0;
      for (bool done = false; !done; ++processes) {
        REQUIRE(processes < 1'000);
        Reader reader(traffic, {.lines_per_step = 1 + random.below(20)});
        const auto tick = Micros(random.below(2) == 0 ? 0 : random.below(60'000));
        for (auto steps = random.below(40); steps > 0; --steps) {
          reader.worker.step();
          ground.clock.advance(tick);
        }
        done = reader.counts().lines >= expected.lines;
        CHECK(reader.counts().lines <= expected.lines);
        if (done) CHECK(reader.counts() == expected);
      }
    }
  }

  TEST_CASE("a broker that is down stops nothing but the coming of lines") {
    Ground ground;
    Topic traffic(ground);
    traffic.send("fact a 1");
    Reader reader(traffic);
    reader.settle();
    traffic.broker->set_down(true);
    reader.settle();
    CHECK(reader.worker.settled());
    traffic.broker->set_down(false);
    traffic.send("fact a 2");
    reader.settle();
    CHECK(reader.counts().facts_stored == 2);
  }

  TEST_CASE("an input that is given no partitions says so") {
    Ground ground;
    Topic traffic(ground);
    traffic.broker->set_down(true);
    Reader reader(traffic);
    reader.settle();
    REQUIRE(reader.worker.report().problem);
    CHECK(reader.worker.report().problem->code == "intake.no_partitions");
    traffic.broker->set_down(false);
    reader.settle();
    CHECK_FALSE(reader.worker.report().problem);
  }
}
