#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tidemark/projection/projection_worker.hpp"
#include "unit/projection/projection_fixture.hpp"

using namespace projection_test;

namespace {

/// The storage's place, with what was asked of it counted.
class WatchedPlace final : public sql::Place {
 public:
  explicit WatchedPlace(std::shared_ptr<sql::Place> place) : place_(std::move(place)) {}
  [[nodiscard]] std::unique_ptr<sql::Database> open(const std::string& name,
                                                    sql::OpenMode mode) override {
    return place_->open(name, mode);
  }
  [[nodiscard]] bool exists(const std::string& name) override { return place_->exists(name); }
  void remove(const std::string& name) override {
    ++removals[name];
    place_->remove(name);
  }
  [[nodiscard]] bool is_shared() const override { return place_->is_shared(); }
  [[nodiscard]] std::unique_ptr<sql::Lock> lock(const std::string& name) override {
    return place_->lock(name);
  }
  void show(const std::string& table, const std::string& name) override {
    if (busy) throw Failure({.code = "projection.busy", .message = "it is read"});
    place_->show(table, name);
    shown = name;
  }

  std::map<std::string, int> removals;
  std::string shown;
  bool busy = false;

 private:
  const std::shared_ptr<sql::Place> place_;
};

struct Watched {
  Watched() { arena.score("ann", 1, 1); }
  void catch_up() {
    while (!rests(worker.step())) continue;
  }
  void rebuild() {
    REQUIRE(projection::Rebuild(folder, arena.clock).start("minute_scores", "a test").has_value());
    catch_up();
  }

  Arena arena;
  std::shared_ptr<WatchedPlace> place = std::make_shared<WatchedPlace>(arena.storage.place);
  projection::ModelFolder folder{.elsewhere = place};
  projection::ProjectionWorker worker{
      make_projection<Scores>(),
      {.folder = folder, .source = projection::from_store(*arena.store, arena.catalogue)},
      arena.clock};
};

TEST_SUITE("projection/place") {
  TEST_CASE_FIXTURE(Watched, "what was removed is not removed again with each change") {
    catch_up();
    for (int count = 0; count < 4; ++count) rebuild();
    CHECK(place->removals["minute_scores.v1.g1.db"] == 1);
    CHECK(place->removals["minute_scores.v1.g2.db"] == 1);
    CHECK_FALSE(place->exists("minute_scores.v1.g1.db"));
    CHECK_FALSE(place->removals.contains("minute_scores.v1.g5.db"));
  }

  TEST_CASE_FIXTURE(Watched, "what a build stopped at is kept as text") {
    projection::Models models(folder);
    const auto build = models.add({.projection = "others", .created_at = arena.clock.now()});
    models.set_problem(build, "event 7 failed: \xFF");
    CHECK(models.list("others").at(0).problem == "event 7 failed: ?");
  }

  TEST_CASE_FIXTURE(Watched, "what could not be shown is shown later") {
    catch_up();
    CHECK(place->shown == "minute_scores.v1.g1.db");
    place->busy = true;
    rebuild();
    CHECK(place->shown == "minute_scores.v1.g1.db");
    place->busy = false;
    arena.clock.advance(minute);
    catch_up();
    CHECK(place->shown == "minute_scores.v1.g2.db");
  }
}

}  // namespace
