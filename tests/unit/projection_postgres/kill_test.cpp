#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "support/postgres_server.hpp"
#include "tidemark/postgres/connection.hpp"
#include "tidemark/projection/model_reader.hpp"
#include "tidemark/projection/projection_worker.hpp"
#include "tidemark/sql/transaction.hpp"
#include "unit/projection/projection_fixture.hpp"

using namespace projection_test;

namespace {

constexpr int events = 4000;

/// A log of `events` scores of one point each, a twelfth of them late.
void play(Arena& arena) {
  for (int i = 0; i < events; ++i) {
    const auto behind = i % 12 == 0 ? 200 : 0;
    arena.score(std::string(1, static_cast<char>('a' + i % 7)), std::max(0, i / 3 - behind), 1);
  }
}

struct Standing {
  std::int64_t position = 0;
  std::int64_t points = 0;
  std::int64_t hits = 0;
};

/// Checkpoint and rows in one state of the model.
Standing standing_of(sql::Database& file) {
  const sql::Transaction snapshot(file, sql::Access::read);
  auto row = file.statement(
      "SELECT (SELECT position FROM feed_checkpoint), coalesce(sum(points), 0),"
      " coalesce(sum(hits), 0) FROM minute_scores");
  REQUIRE(row.next());
  return {.position = row.integer(0), .points = row.integer(1), .hits = row.integer(2)};
}

/// Each event is a point and a hit: the fold of all up to a position is that position.
void check_fold(const Arena& arena) {
  const auto file = arena.storage.place->open("model.db", sql::OpenMode::read_only);
  const auto standing = standing_of(*file);
  CHECK(standing.points == standing.position);
  CHECK(standing.hits == standing.position);
}

/// What each kill must come to, compared with a model that was never disturbed.
void check_end(Arena& arena) {
  Model<Scores> disturbed(arena);
  disturbed.catch_up();
  Model<Scores> calm(arena, {}, "calm.db");
  calm.catch_up();
  CHECK(disturbed.worker.checkpoint() == Position(events));
  CHECK(disturbed.scores() == calm.scores());
  CHECK(disturbed.closed() == calm.closed());
  CHECK(disturbed.late_events() == calm.late_events());
  check_fold(arena);
}

/// Cuts all connections but this one, from the server's side.
void cut_all(postgres::Connection& outside) {
  outside.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
}

feed::FeedOptions small_batches() { return {.batch_max = 7, .commit_events_max = 20}; }

/// Steps to the end, through whatever the server does; answers how often it was disturbed.
int feed_through(Model<Scores>& model, std::atomic<int>& steps) {
  int disturbed = 0;
  while (model.worker.checkpoint() != Position(events)) {
    ++steps;
    try {
      model.worker.step();
    } catch (const Failure& failure) {
      INFO(failure.what());
      CHECK(failure.retryable());
      ++disturbed;
    }
  }
  return disturbed;
}

/// Waits until the feed has taken `count` steps more; false when it is at its end.
bool wait_for_steps(const std::atomic<int>& steps, const std::atomic<bool>& done, int count) {
  for (const auto target = steps + count; steps < target;) {
    if (done) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_SUITE("projection/kill") {
  TEST_CASE(
      "rows at the checkpoint are the fold of the events up to it, wherever a connection is cut") {
    Arena arena;
    play(arena);
    Model<Scores> model(arena, small_batches());
    std::atomic<int> steps = 0;
    std::atomic<bool> done = false;
    std::jthread cutter([&] {
      auto outside = postgres::Connection::open(
          {.conninfo = test::PostgresServer::running().connection(), .area = "test"});
      for (int cut = 0; wait_for_steps(steps, done, 3 + cut % 5); ++cut) {
        cut_all(outside);
      }
    });
    const auto disturbed = feed_through(model, steps);
    done = true;
    cutter.join();
    CHECK(disturbed > 10);
    check_end(arena);
  }

  TEST_CASE(
      "rows at the checkpoint are the fold of the events up to it, when the server is killed") {
    Arena arena;
    play(arena);
    std::atomic<int> steps = 0;
    int disturbed = 0;
    {
      Model<Scores> model(arena, small_batches());
      for (int kill = 0; kill < 5; ++kill) {
        std::atomic<bool> done = false;
        std::jthread killer([&] {
          if (!wait_for_steps(steps, done, 25)) return;
          test::PostgresServer::running().kill();
        });
        while (model.worker.checkpoint() != Position(events)) {
          ++steps;
          try {
            model.worker.step();
          } catch (const Failure& failure) {
            CHECK(failure.retryable());
            ++disturbed;
            break;
          }
        }
        done = true;
        killer.join();
        test::PostgresServer::running().start();
        check_fold(arena);
      }
      CHECK(disturbed == 5);
      feed_through(model, steps);
    }
    check_end(arena);
  }

  TEST_CASE(
      "rows at the checkpoint are the fold of the events up to it, when the client is killed") {
    Arena arena;
    play(arena);
    {
      const Model<Scores> made(arena);
    }
    for (std::int64_t target = 300; target <= 3000; target += 300) {
      const auto child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        Model<Scores> model(arena, small_batches());
        for (;;) model.worker.step();
      }
      const auto file = arena.storage.place->open("model.db", sql::OpenMode::read_only);
      while (standing_of(*file).position < target) REQUIRE(::waitpid(child, nullptr, WNOHANG) == 0);
      REQUIRE(::kill(child, SIGKILL) == 0);
      REQUIRE(::waitpid(child, nullptr, 0) == child);
      check_fold(arena);
    }
    check_end(arena);
  }

  TEST_CASE("a rebuild comes to its end and its swap, wherever connections are cut") {
    Arena arena;
    play(arena);
    const projection::ModelFolder folder{.elsewhere = arena.storage.place};
    projection::ProjectionWorker worker(
        make_projection<Scores>(),
        {.folder = folder,
         .source = projection::from_store(*arena.store, arena.catalogue),
         .feed = small_batches()},
        arena.clock);
    while (!rests(worker.step())) continue;
    REQUIRE(projection::Rebuild(folder, arena.clock).start("minute_scores", "a test").has_value());
    std::atomic<int> steps = 0;
    std::atomic<bool> done = false;
    std::jthread cutter([&] {
      auto outside = postgres::Connection::open(
          {.conninfo = test::PostgresServer::running().connection(), .area = "test"});
      for (int cut = 0; wait_for_steps(steps, done, 20 + cut % 7); ++cut) cut_all(outside);
    });
    int disturbed = 0;
    std::uint64_t live = 1;
    for (std::optional<projection::ModelReader> reader; live == 1;) {
      ++steps;
      arena.clock.advance(second);
      try {
        worker.step();
        if (!reader) reader.emplace(folder);
        live = reader->where("minute_scores")->generation;
      } catch (const Failure& failure) {
        INFO(failure.what());
        CHECK(failure.retryable());
        reader.reset();
        ++disturbed;
      }
    }
    done = true;
    cutter.join();
    CHECK(disturbed > 3);
    projection::ModelReader reader(folder);
    const auto answer =
        reader.query("minute_scores", "SELECT sum(points), sum(hits) FROM minute_scores");
    CHECK(answer.position == Position(events));
    CHECK(answer.rows.at(0).at(0) == projection::Value(std::int64_t{events}));
    CHECK(answer.rows.at(0).at(1) == projection::Value(std::int64_t{events}));
  }
}
