#include "consumer_reports.hpp"

#include <doctest/doctest.h>

#include "tidemark/base/random.hpp"
#include "tidemark/store/sqlite_store.hpp"

using namespace tidemark;

namespace {

struct Reported {
  Reported() {
    for (std::uint64_t number = 1; number <= 9; ++number) {
      store::Append append{.id = AppendId(Uuid::version7(clock.now(), random))};
      append.streams.push_back(
          {.stream = StreamId("thing", "a"),
           .events = {{.event_id = EventId(Uuid::version7(clock.now(), random)),
                       .type = "test.Happened",
                       .event_time = clock.now()}}});
      REQUIRE(log->append(std::move(append)).has_value());
    }
  }
  Position at(const std::string& name) {
    for (const auto& consumer : log->consumers()) {
      if (consumer.name == name) return consumer.checkpoint.position;
    }
    return Position(999);
  }
  /// Reports of a run of the application; `position` is where its consumer is.
  app::ConsumerReports run(Position& position) {
    app::ConsumerReports reports(*log, clock);
    reports.add("feed", [&position] { return position; });
    reports.register_all();
    return reports;
  }

  ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
  SeededRandom random{3};
  std::unique_ptr<store::SqliteStore> log =
      store::SqliteStore::open({.file = ":memory:"}, clock, random);
};

}  // namespace

TEST_SUITE("app/consumer_reports") {
  TEST_CASE_FIXTURE(Reported, "a consumer is registered before it has handled anything") {
    Position position;
    run(position);
    CHECK(at("feed") == Position());
  }

  TEST_CASE_FIXTURE(Reported, "who moved reports at intervals and who stands still does not") {
    Position position;
    auto reports = run(position);
    position = Position(3);
    CHECK(reports.report());
    CHECK(at("feed") == Position(3));
    CHECK(log->consumers().at(0).checkpoint.chain == log->chain_at(Position(3)));
    CHECK(log->consumers().at(0).reported_at == clock.now());
    position = Position(5);
    CHECK_FALSE(reports.report());
    clock.advance(app::ConsumerReports::interval);
    CHECK(reports.report());
    CHECK(at("feed") == Position(5));
    clock.advance(app::ConsumerReports::interval);
    CHECK_FALSE(reports.report());
  }

  TEST_CASE_FIXTURE(Reported, "what was reported stands over a restart until it is known anew") {
    Position position(7);
    run(position);
    CHECK(at("feed") == Position(7));
    Position not_known_yet;
    auto again = run(not_known_yet);
    CHECK_FALSE(again.report());
    CHECK(at("feed") == Position(7));
    not_known_yet = Position(2);  // its file is an older one
    clock.advance(app::ConsumerReports::interval);
    CHECK(again.report());
    CHECK(at("feed") == Position(2));
  }

  TEST_CASE_FIXTURE(Reported, "a forgotten consumer that still reads comes back") {
    Position position(4);
    auto reports = run(position);
    REQUIRE(log->forget_consumer("feed"));
    CHECK_FALSE(reports.report());
    position = Position(6);
    clock.advance(app::ConsumerReports::interval);
    CHECK(reports.report());
    CHECK(at("feed") == Position(6));
  }

  TEST_CASE_FIXTURE(Reported, "of several processes each reports what it has read itself") {
    Position here(3);
    run(here);
    app::ConsumerReports other(*log, clock, "two");
    other.add("feed", [] { return Position(7); });
    other.add_shared("relay", [] { return Position(8); });
    other.register_all();
    CHECK(at("feed") == Position(3));
    CHECK(at("feed@two") == Position(7));
    CHECK(at("relay") == Position(8));
  }

  TEST_CASE_FIXTURE(Reported, "a place that the log does not have is not reported") {
    Position position(50);
    auto reports = run(position);
    CHECK(at("feed") == Position());
    CHECK_FALSE(reports.report());
  }
}
