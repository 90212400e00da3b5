#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

#include "failure_code.hpp"
#include "projection_fixture.hpp"
#include "tidemark/projection/model_reader.hpp"
#include "tidemark/projection/projection_worker.hpp"

using namespace projection_test;
using projection::GenerationState;
using tidemark::test::failure_code;

namespace {

/// Scores whose handler may be told to refuse players; the second version counts hits twice.
template <std::uint32_t Version>
struct Totals {
  static constexpr ProjectionSpec spec{.name = "totals", .version = Version};
  using Row = MinuteScore;
  using Key = tidemark::Key<&Row::player, &Row::minute_micros>;
  using Events = List<Scored>;
  static void on(Table<Totals>& rows, const Scored& event, const Metadata&) {
    if (event.points() < 0) throw std::runtime_error("negative points");
    auto& row = rows.at(event.player(), std::int64_t{0});
    row.set_points(row.points() + event.points());
    row.set_hits(row.hits() + Version);
  }
};

struct Changed : Totals<1> {
  using Events = List<Scored, Struck>;
  static void on(Table<Changed>&, const Scored&, const Metadata&) {}
  static void on(Table<Changed>&, const Struck&, const Metadata&) {}
};

/// One step, as soon as a server has let go of what the worker before held: it hears of its end
/// a moment later.
runtime::Step step_when_free(projection::ProjectionWorker& worker) {
  const SystemClock timer;
  const auto deadline = timer.monotonic() + std::chrono::seconds(10);
  for (;;) {
    try {
      return worker.step();
    } catch (const Failure& failure) {
      if (failure.code() != "projection.locked" || timer.monotonic() > deadline) throw;
      std::this_thread::yield();
    }
  }
}

template <typename P>
struct Worker {
  explicit Worker(Arena& arena, projection::ModelFolder where)
      : worker(make_projection<P>(),
               {.folder = where,
                .source = projection::from_store(*arena.store, arena.catalogue),
                .feed = {.batch_max = 10, .commit_events_max = 10}},
               arena.clock),
        verbs(where, arena.clock),
        reader(where),
        models(where) {}

  void catch_up() {
    for (int i = 0; i < 10'000; ++i) {
      if (rests(step_when_free(worker))) return;
    }
    throw std::runtime_error("does not come to an end");
  }
  std::int64_t points() {
    const auto answer = reader.query("totals", "SELECT coalesce(sum(points), 0) FROM totals");
    return std::get<std::int64_t>(answer.rows.at(0).at(0));
  }
  std::uint64_t live() { return models.live("totals")->number; }
  std::optional<GenerationState> state(std::uint64_t number) {
    for (const auto& generation : models.list("totals")) {
      if (generation.number == number) return generation.state;
    }
    return std::nullopt;
  }

  projection::ProjectionWorker worker;
  projection::Rebuild verbs;
  projection::ModelReader reader;
  projection::Models models;
};

projection::ModelFolder folder_of(const Arena& arena) { return {.elsewhere = arena.storage.place}; }

void score_many(Arena& arena, int count) {
  for (int i = 0; i < count; ++i) arena.score("p" + std::to_string(i % 7), i, 1);
}

}  // namespace

TEST_SUITE("projection/rebuild") {
  TEST_CASE("a model can be read when its first build has reached the log's end, not before") {
    Arena arena;
    score_many(arena, 35);
    Worker<Totals<1>> totals(arena, folder_of(arena));
    CHECK(failure_code([&] { totals.points(); }) == "projection.not_ready");
    CHECK_FALSE(totals.reader.where("totals").has_value());
    totals.worker.step();
    CHECK(failure_code([&] { totals.points(); }) == "projection.not_ready");
    CHECK(totals.worker.progress()->percent() == 28);
    totals.catch_up();
    CHECK(totals.points() == 35);
    CHECK(totals.models.live("totals")->file == "totals.v1.g1.db");
    CHECK(totals.worker.checkpoint() == Position(35));
    CHECK(totals.reader.where("totals")->position == Position(35));
    CHECK_FALSE(totals.worker.progress().has_value());
  }

  TEST_CASE("an empty log has a model at once") {
    Arena arena;
    Worker<Totals<1>> totals(arena, folder_of(arena));
    totals.worker.step();
    CHECK(totals.points() == 0);
  }

  TEST_CASE("readers see a whole model at every moment of a rebuild, and never go back") {
    Arena arena;
    score_many(arena, 200);
    Worker<Totals<1>> totals(arena, folder_of(arena));
    totals.catch_up();
    REQUIRE(totals.verbs.start("totals", "a test").has_value());
    std::int64_t seen = 0;
    for (int i = 0; totals.live() == 1; ++i) {
      REQUIRE(i < 1000);
      arena.score("p1", i, 1);
      totals.worker.step();
      const auto answer = totals.reader.query("totals", "SELECT sum(points) FROM totals");
      const auto points = std::get<std::int64_t>(answer.rows[0][0]);
      CHECK(points == static_cast<std::int64_t>(answer.position.value()));
      CHECK(points >= seen);
      seen = points;
    }
    CHECK(totals.state(1) == GenerationState::previous);
    totals.catch_up();
    CHECK(totals.points() == static_cast<std::int64_t>(arena.store->high_water().value()));
  }

  TEST_CASE("the old model is kept current until it is retired, and a rollback makes it live") {
    Arena arena;
    score_many(arena, 20);
    Worker<Totals<1>> totals(arena, folder_of(arena));
    totals.catch_up();
    REQUIRE(totals.verbs.start("totals", "a test").has_value());
    totals.catch_up();
    REQUIRE(totals.live() == 2);
    score_many(arena, 5);
    totals.catch_up();
    SUBCASE("rollback") {
      REQUIRE(totals.verbs.rollback("totals", "the new one is wrong").has_value());
      CHECK(totals.live() == 1);
      CHECK(totals.points() == 25);
      CHECK(totals.state(2) == GenerationState::previous);
      score_many(arena, 3);
      totals.catch_up();
      CHECK(totals.points() == 28);
    }
    SUBCASE("retire") {
      REQUIRE(totals.verbs.retire("totals", "the new one is fine").has_value());
      totals.catch_up();
      CHECK(totals.state(1) == GenerationState::retired);
      CHECK(totals.verbs.rollback("totals", "too late").error().code == "projection.no_previous");
    }
    SUBCASE("the next rebuild retires it") {
      REQUIRE(totals.verbs.start("totals", "again").has_value());
      totals.catch_up();
      CHECK(totals.live() == 3);
      CHECK(totals.state(1) == GenerationState::retired);
      CHECK(totals.models.live("totals")->file == "totals.v1.g3.db");
    }
  }

  TEST_CASE("a rebuild goes on after a crash at any step") {
    Arena arena;
    score_many(arena, 100);
    {
      Worker<Totals<1>> totals(arena, folder_of(arena));
      totals.catch_up();
      REQUIRE(totals.verbs.start("totals", "a test").has_value());
    }
    std::uint64_t done = 0;
    for (int crashes = 0;; ++crashes) {
      REQUIRE(crashes < 100);
      Worker<Totals<1>> totals(arena, folder_of(arena));
      step_when_free(totals.worker);
      CHECK(totals.points() == 100);
      if (totals.live() == 2) break;
      const auto progress = totals.worker.progress();
      REQUIRE(progress.has_value());
      CHECK(progress->done >= done);
      done = progress->done;
    }
    CHECK(done > 50);
  }

  TEST_CASE("a rebuild can be cancelled, its generation's number is not used again") {
    Arena arena;
    score_many(arena, 100);
    Worker<Totals<1>> totals(arena, folder_of(arena));
    totals.catch_up();
    REQUIRE(totals.verbs.start("totals", "a test").has_value());
    totals.worker.step();
    CHECK(totals.verbs.start("totals", "twice").error().code == "projection.rebuild_running");
    REQUIRE(totals.verbs.cancel("totals", "not needed").has_value());
    totals.catch_up();
    CHECK(totals.live() == 1);
    CHECK_FALSE(totals.worker.progress().has_value());
    CHECK(totals.verbs.cancel("totals", "again").error().code == "projection.no_rebuild");
    CHECK(totals.verbs.start("unknown", "").error().code == "projection.unknown");
    REQUIRE(totals.verbs.start("totals", "another").has_value());
    totals.catch_up();
    CHECK(totals.live() == 3);
  }

  TEST_CASE("poison stops a rebuild, which says so, and leaves the live model alone") {
    Arena arena;
    score_many(arena, 30);
    arena.score("bad", 1, -1);
    score_many(arena, 30);
    Worker<Totals<1>> totals(arena, folder_of(arena));
    totals.catch_up();
    CHECK(totals.worker.report().parked == 1);
    REQUIRE(totals.verbs.start("totals", "a test").has_value());
    totals.catch_up();
    CHECK(totals.live() == 1);
    const auto filling = totals.models.find("totals", GenerationState::filling);
    REQUIRE(filling.has_value());
    CHECK(filling->problem.find("feed.poison") != std::string::npos);
    CHECK(totals.worker.report().problem->code == "feed.poison");
    score_many(arena, 5);
    totals.catch_up();
    CHECK(totals.points() == 65);

    SUBCASE("what a person dropped is left out of the build") {
      {
        auto live = arena.open("totals.v1.g1.db");
        REQUIRE(feed::ParkingDesk(live).drop(1, "a test order"));
      }
      REQUIRE(totals.verbs.retry("totals").has_value());
      totals.catch_up();
      CHECK(totals.live() == 2);
      CHECK(totals.points() == 65);

      arena.score("worse", 1, -1);
      totals.catch_up();
      auto live = arena.open("totals.v1.g2.db");
      const auto parked = feed::ParkingDesk(live).list(10);
      REQUIRE(parked.size() == 1);
      REQUIRE(feed::ParkingDesk(live).drop(parked[0].id, "another one"));
      const auto dropped = feed::ParkingDesk(live).dropped(10);
      REQUIRE(dropped.size() == 2);
      CHECK(dropped[0].why == "a test order");
      CHECK(dropped[1].why == "another one");
    }
    SUBCASE("a retry without a correction stops again") {
      REQUIRE(totals.verbs.retry("totals").has_value());
      totals.catch_up();
      CHECK(totals.live() == 1);
      CHECK_FALSE(totals.models.find("totals", GenerationState::filling)->problem.empty());
    }
  }

  TEST_CASE("a new version is built beside the old one, which answers until the swap") {
    Arena arena;
    score_many(arena, 50);
    {
      Worker<Totals<1>> totals(arena, folder_of(arena));
      totals.catch_up();
    }
    {
      Worker<Totals<2>> totals(arena, folder_of(arena));
      totals.worker.step();
      CHECK(totals.live() == 1);
      CHECK(totals.points() == 50);
      totals.catch_up();
      CHECK(totals.models.live("totals")->file == "totals.v2.g2.db");
      const auto hits = totals.reader.query("totals", "SELECT sum(hits) FROM totals");
      CHECK(std::get<std::int64_t>(hits.rows[0][0]) == 100);
      CHECK(totals.verbs.rollback("totals", "").error().code == "projection.old_version");
    }
    score_many(arena, 5);
    Worker<Totals<1>> back(arena, folder_of(arena));
    back.catch_up();
    CHECK(back.live() == 1);
    CHECK(back.points() == 55);
  }

  TEST_CASE("a changed layout without a new version is refused at start") {
    Arena arena;
    {
      Worker<Totals<1>> totals(arena, folder_of(arena));
      totals.catch_up();
    }
    CHECK(failure_code([&] { Worker<Changed> changed(arena, folder_of(arena)); }) ==
          "projection.layout_changed");
  }

  TEST_CASE("the rate gives the time that is left") {
    Arena arena;
    score_many(arena, 100);
    Worker<Totals<1>> totals(arena, folder_of(arena));
    totals.worker.step();
    arena.clock.advance(std::chrono::seconds(1));
    totals.worker.step();
    const auto progress = totals.worker.progress();
    REQUIRE(progress.has_value());
    CHECK(progress->done == 20);
    CHECK(progress->tail == 100);
    CHECK(progress->events_per_second == 10);
    CHECK(progress->remaining == std::chrono::seconds(8));
  }

  TEST_CASE("a read model can only be read") {
    Arena arena;
    Worker<Totals<1>> totals(arena, folder_of(arena));
    totals.catch_up();
    for (const auto* sql : {"DELETE FROM totals", "ATTACH 'x.db' AS x", "PRAGMA user_version = 3",
                            "CREATE TABLE t(a)"}) {
      CHECK(failure_code([&] { totals.reader.query("totals", sql); }) == "projection.not_a_query");
    }
    score_many(arena, 7);
    totals.catch_up();
    const auto answer = totals.reader.query(
        "totals", "SELECT player, points FROM totals WHERE points >= ?1 ORDER BY player",
        {std::int64_t{1}}, 3);
    CHECK(answer.columns == Texts{"player", "points"});
    CHECK(answer.rows.size() == 3);
    CHECK(answer.more);
    CHECK(answer.position == Position(7));
  }

  TEST_CASE("on disk a model is locked, linked to by its name, and removed when retired") {
    const auto folder =
        std::filesystem::temp_directory_path() / ("tidemark-models-" + to_string(Uuid()));
    std::filesystem::remove_all(folder);
    {
      Arena arena;
      score_many(arena, 10);
      Worker<Totals<1>> totals(arena, {.folder = folder});
      totals.catch_up();
      CHECK(std::filesystem::read_symlink(folder / "totals.db") == "totals.v1.g1.db");
      CHECK(failure_code([&] { Worker<Totals<1>> second(arena, {.folder = folder}); }) ==
            "projection.locked");
      REQUIRE(totals.verbs.start("totals", "a test").has_value());
      totals.catch_up();
      CHECK(std::filesystem::read_symlink(folder / "totals.db") == "totals.v1.g2.db");
      CHECK(std::filesystem::exists(folder / "totals.v1.g1.db"));
      REQUIRE(totals.verbs.retire("totals", "").has_value());
      totals.catch_up();
      CHECK_FALSE(std::filesystem::exists(folder / "totals.v1.g1.db"));
      CHECK(totals.points() == 10);
    }
    std::filesystem::remove_all(folder);
  }

  TEST_CASE("a live model whose file is gone never comes back empty") {
    const auto folder =
        std::filesystem::temp_directory_path() / ("tidemark-gone-" + to_string(Uuid()));
    std::filesystem::remove_all(folder);
    Arena arena;
    score_many(arena, 10);
    {
      Worker<Totals<1>> totals(arena, {.folder = folder});
      totals.catch_up();
      REQUIRE(totals.verbs.start("totals", "a test").has_value());
      totals.catch_up();
    }
    SUBCASE("the one before it takes its place") {
      std::filesystem::remove(folder / "totals.v1.g2.db");
      Worker<Totals<1>> totals(arena, {.folder = folder});
      CHECK(totals.live() == 1);
      CHECK(totals.points() == 10);
      CHECK(totals.state(2) == GenerationState::retired);
    }
    SUBCASE("without one it is built anew, under another name") {
      std::filesystem::remove(folder / "totals.v1.g1.db");
      std::filesystem::remove(folder / "totals.v1.g2.db");
      Worker<Totals<1>> totals(arena, {.folder = folder});
      CHECK(failure_code([&] { totals.points(); }) == "projection.not_ready");
      totals.catch_up();
      CHECK(totals.live() == 3);
      CHECK(totals.points() == 10);
    }
    SUBCASE("a list that was lost takes no file for its own") {
      std::filesystem::remove(folder / "models.db");
      Worker<Totals<1>> totals(arena, {.folder = folder});
      totals.catch_up();
      CHECK(totals.live() == 3);
      CHECK(totals.points() == 10);
    }
    std::filesystem::remove_all(folder);
  }

  TEST_CASE("what a person dropped is left out of the build of a new version too") {
    Arena arena;
    score_many(arena, 10);
    arena.score("bad", 1, -1);
    {
      Worker<Totals<1>> totals(arena, folder_of(arena));
      totals.catch_up();
      auto live = arena.open("totals.v1.g1.db");
      REQUIRE(feed::ParkingDesk(live).drop(1, "a test order"));
      totals.catch_up();
    }
    Worker<Totals<2>> totals(arena, folder_of(arena));
    totals.catch_up();
    CHECK(totals.live() == 2);
    CHECK(totals.points() == 10);
  }

  TEST_CASE("the old model is kept current also while the live one is stopped") {
    Arena arena;
    score_many(arena, 20);
    {
      Worker<Totals<1>> totals(arena, folder_of(arena));
      totals.catch_up();
      REQUIRE(totals.verbs.start("totals", "a test").has_value());
      totals.catch_up();
      REQUIRE(totals.live() == 2);
    }
    constexpr char zeros[32] = {};
    arena.open("totals.v1.g2.db")
        .statement("UPDATE feed_checkpoint SET chain = ?1")
        .bind(1, sql::Blob{std::string_view(zeros, sizeof zeros)})
        .run();
    score_many(arena, 50);
    Worker<Totals<1>> totals(arena, folder_of(arena));
    totals.catch_up();
    CHECK(totals.points() == 20);
    CHECK(totals.worker.report().problem->code == "store.diverged");
    CHECK(totals.worker.report().state == runtime::WorkerState::failed);
    REQUIRE(totals.verbs.rollback("totals", "the new one is stopped").has_value());
    CHECK(totals.points() == 70);
  }

  TEST_CASE("a rebuild takes the place of a model that is ahead of a log put back") {
    Arena arena;
    score_many(arena, 30);
    {
      Worker<Totals<1>> totals(arena, folder_of(arena));
      totals.catch_up();
    }
    arena.store = store::SqliteStore::open({.file = ":memory:"}, arena.clock, arena.random);
    score_many(arena, 20);
    Worker<Totals<1>> totals(arena, folder_of(arena));
    try {
      totals.catch_up();
      FAIL("it went on with another log");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "store.diverged");
      CHECK(failure.retryable());  // or nobody would begin the rebuild
    }
    CHECK(totals.worker.report().state == runtime::WorkerState::failed);
    REQUIRE(totals.verbs.start("totals", "the log was put back").has_value());
    totals.catch_up();
    CHECK(totals.live() == 2);
    CHECK(totals.points() == 20);
  }
}
