#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/failure_code.hpp"
#include "tidemark/admin/feeds.hpp"
#include "tidemark/admin/projection_reports.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/app/assembly.hpp"
#include "tidemark/app/wiring.hpp"
#include "tidemark/projection/model_reader.hpp"
#include "tidemark/projection/projection_worker.hpp"
#include "unit/projection/projection_fixture.hpp"

using namespace projection_test;

namespace {

Wiring wiring() { return Wiring("tally").aggregates<>().projections<Scores>(); }

/// An application on an arena's log, with its read models where the arena has them.
struct Running {
  explicit Running(Arena& arena)
      : assembly(wiring(), {.store = *arena.store,
                            .clock = arena.clock,
                            .machine = arena.clock,
                            .random = arena.random,
                            .directory = folder,
                            .read_models = arena.storage.place}) {}
  ~Running() { std::filesystem::remove_all(folder); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void work() {
    for (int round = 0; round < 100; ++round) {
      for (auto* worker : assembly.workers()) worker->step();
    }
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tidemark-models-" + std::to_string(::getpid()));
  app::Assembly assembly;
};

}  // namespace

TEST_SUITE("projection/application") {
  TEST_CASE(
      "an application keeps its read models in the place it is given, and so its tool finds them") {
    Arena arena;
    for (int i = 0; i < 10; ++i) arena.score("ann", i, 1);
    Running running(arena);
    running.work();
    projection::ModelReader reader({.elsewhere = arena.storage.place});
    const auto answer = reader.query("minute_scores", "SELECT sum(points) FROM minute_scores");
    CHECK(answer.rows.at(0).at(0) == projection::Value(std::int64_t{10}));
    CHECK(answer.position == Position(10));
    CHECK_FALSE(std::filesystem::exists(running.folder / "models.db"));

    const admin::Site site(*arena.store, arena.clock,
                           {.directory = running.folder, .read_models = arena.storage.place});
    const auto feed = admin::find_feed(site, "projection/minute_scores");
    REQUIRE(feed.has_value());
    const auto file = site.open(feed->file);
    REQUIRE(file != nullptr);
    CHECK(admin::reach_of(site, *file).done == 10);
    REQUIRE(admin::projection_show(site, "minute_scores").has_value());
    feed::FeedDesk(*site.open_for_writing(feed->file)).pause("a test");
    arena.score("ann", 11, 1);
    running.work();
    CHECK(reader.where("minute_scores")->position == Position(10));
  }

  TEST_CASE("of two that share a place one feeds, and the other takes over when that one ends") {
    Arena arena;
    arena.score("ann", 1, 1);
    projection::ModelReader reader({.elsewhere = arena.storage.place});
    const auto worker = [&] {
      return std::make_unique<projection::ProjectionWorker>(
          make_projection<Scores>(),
          projection::ProjectionWorkerOptions{
              .folder = {.elsewhere = arena.storage.place},
              .source = projection::from_store(*arena.store, arena.catalogue)},
          arena.clock);
    };
    auto first = worker();
    auto second = worker();
    while (!rests(first->step())) continue;
    CHECK(test::failure_code([&] { second->step(); }) == "projection.locked");
    CHECK(second->report().problem->code == "projection.locked");
    arena.score("ann", 2, 1);
    first.reset();
    while (!rests(second->step())) continue;
    CHECK(reader.where("minute_scores")->position == Position(2));
  }
}
