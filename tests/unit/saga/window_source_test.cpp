#include "tidemark/saga/window_source.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "failure_code.hpp"
#include "tidemark/saga/window.pb.h"
#include "tidemark/sql/transaction.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/sqlite_store.hpp"

using namespace tidemark;
using test::failure_code;
using Texts = std::vector<std::string>;

namespace {

/// A folder with a log, read models that were built by hand, and a reaction's file.
struct World {
  World() { std::filesystem::create_directories(folder); }
  ~World() { std::filesystem::remove_all(folder); }

  void open_log(const std::string& name = "log.db") {
    store = store::SqliteStore::open({.file = folder / name}, clock, random);
  }
  void append(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      NewEvent event{.event_id = EventId(Uuid::version7(clock.now(), random)), .type = "t"};
      store::Append append{.id = AppendId(Uuid::version7(clock.now(), random)),
                           .streams = {{.stream = StreamId("a", "1"), .events = {event}}}};
      REQUIRE(store->append(std::move(append)).has_value());
    }
  }
  /// Begins another build of the read model.
  void build() {
    const auto file = folder / ("model" + std::to_string(live.generation + 1) + ".db");
    live = {.generation = live.generation + 1, .open = [file] {
              return std::make_unique<sqlite::Database>(sqlite::Database::open({.file = file}));
            }};
    live.open()->execute(R"(
      CREATE TABLE model_state(model_id BLOB, late_events INTEGER);
      INSERT INTO model_state VALUES (randomblob(16), 0);
      CREATE TABLE closed_windows(
        seq INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL, revision INTEGER NOT NULL,
        window_start INTEGER NOT NULL, window_end INTEGER NOT NULL, row BLOB NOT NULL,
        previous BLOB, late INTEGER NOT NULL, position INTEGER NOT NULL,
        UNIQUE (key, revision)) STRICT;)");
  }
  /// The next closing of a window in the live model.
  void close(const std::string& key, const std::string& row, std::uint64_t position = 1) {
    const auto file = live.open();
    auto insert = file->statement(
        "INSERT INTO closed_windows(key, revision, window_start, window_end, row, late, position)"
        " SELECT ?1, count(*) + 1, 0, 60, ?2, 0, ?3 FROM closed_windows WHERE key = ?1");
    insert.bind(1, sqlite::Blob{key}).bind(2, sqlite::Blob{row}).bind(3, position).run();
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tidemark-windows-" + std::to_string(::getpid()));
  ManualClock clock{UtcTime::from_micros(1'700'000'000'000'000)};
  SeededRandom random{1};
  std::unique_ptr<store::SqliteStore> store;
  saga::LiveModel live;
};

/// A reaction's source and file; making another one is a restart.
struct Reaction {
  explicit Reaction(World& world, ReactTo start = ReactTo::everything)
      : file(sqlite::Database::open({.file = world.folder / "reaction.db"})),
        source(saga::window_source({.projection = "minutes",
                                    .live = [&world]() -> std::optional<saga::LiveModel> {
                                      if (world.live.generation == 0) return std::nullopt;
                                      return world.live;
                                    },
                                    .start = start,
                                    .store = *world.store})) {
    source->open(file, {});
  }

  /// What it is told and commits, each as "<key> <revision> <row> <row before>".
  Texts hear(std::uint64_t max = 100) {
    Texts heard = hear_without_commit(max);
    for (int i = 0; i < 100 && source->moved(); ++i) {
      sql::in_transaction(file, [&] { REQUIRE(source->save(file)); });
      source->saved();
      for (auto& more : hear_without_commit(max)) heard.push_back(std::move(more));
    }
    return heard;
  }
  Texts hear_without_commit(std::uint64_t max = 100) {
    Texts heard;
    source->fetch(max, [&](const feed::Delivery& delivery) {
      saga::v1::WindowClosed closed;
      REQUIRE(closed.ParseFromArray(delivery.event.data.data(),
                                    static_cast<int>(delivery.event.data.size())));
      heard.push_back(closed.key() + " " + std::to_string(closed.revision()) + " " + closed.row() +
                      " " + (closed.has_previous() ? closed.previous() : "-"));
      ids.push_back(to_string(delivery.event.metadata.event_id));
      return true;
    });
    return heard;
  }

  sqlite::Database file;
  std::unique_ptr<feed::Source> source;
  Texts ids;
};

}  // namespace

TEST_SUITE("saga/window_source") {
  TEST_CASE("closings are told once, in order, with the row before, across restarts") {
    World world;
    world.open_log();
    world.build();
    world.close("a", "1");
    world.close("b", "1");
    world.close("a", "2");
    CHECK(Reaction(world).hear(2) == Texts{"a 1 1 -", "b 1 1 -", "a 2 2 1"});
    CHECK(Reaction(world).source->extent().done == 3);
    world.close("a", "3");
    Reaction again(world);
    CHECK(again.hear() == Texts{"a 3 3 2"});
    CHECK(again.hear().empty());
    CHECK(again.source->extent().done == 4);
    CHECK(again.source->extent().tail == 4);
  }

  TEST_CASE("a model that is built anew tells nothing, however often its windows closed") {
    World world;
    world.open_log();
    world.build();
    for (const char* row : {"1", "2", "3"}) world.close("a", row);
    world.close("b", "1");
    Reaction reaction(world);
    CHECK(reaction.hear().size() == 4);
    world.build();
    world.close("a", "3");  // nothing was late this time
    world.close("b", "0");
    world.close("b", "1");
    CHECK(reaction.hear().empty());
    CHECK(reaction.source->extent().done == 3);
    world.close("b", "2");
    CHECK(Reaction(world).hear() == Texts{"b 2 2 1"});
  }

  TEST_CASE("where a model that is built anew says another thing, that is told as it stands") {
    World world;
    world.open_log();
    world.build();
    world.close("a", "part");
    world.close("b", "1");
    Reaction reaction(world);
    reaction.hear();
    world.build();
    world.close("a", "half");
    world.close("b", "1");
    world.close("a", "whole");
    world.close("c", "new");
    CHECK(reaction.hear() == Texts{"a 2 whole part", "c 1 new -"});
  }

  TEST_CASE("what was to be told when everything stopped is told in the same words") {
    World world;
    world.open_log();
    world.build();
    world.close("a", "1");
    Reaction stopped(world);
    CHECK(stopped.hear_without_commit() == Texts{"a 1 1 -"});
    world.build();
    world.close("a", "2");
    Reaction again(world);
    CHECK(again.hear() == Texts{"a 1 1 -", "a 2 2 1"});
    CHECK(again.ids.front() == stopped.ids.front());
  }

  TEST_CASE("going back tells again what was not committed") {
    World world;
    world.open_log();
    world.build();
    world.close("a", "1");
    Reaction reaction(world);
    reaction.hear_without_commit();
    reaction.source->rewind(reaction.file);
    CHECK(reaction.hear() == Texts{"a 1 1 -"});
  }

  TEST_CASE("a file that was used with another log is refused") {
    World world;
    world.open_log();
    world.append(3);
    world.build();
    world.close("a", "1");
    Reaction(world).hear();
    SUBCASE("a new one") {
      world.open_log("other.db");
      CHECK(failure_code([&] { Reaction{world}; }) == "store.diverged");
    }
    SUBCASE("an older copy of its own") {
      world.store.reset();
      std::filesystem::copy_file(world.folder / "log.db", world.folder / "older.db");
      world.open_log();
      world.append(1);
      world.close("a", "2");
      Reaction(world).hear();
      world.open_log("older.db");
      CHECK(failure_code([&] { Reaction{world}; }) == "store.diverged");
    }
    SUBCASE("its own is not") {
      world.append(1);
      CHECK(failure_code([&] { Reaction{world}; }) == "no failure");
    }
  }

  TEST_CASE("a reaction to news is not told what was closed before, but knows it") {
    World world;
    world.open_log();
    world.append(5);
    world.build();
    world.close("a", "1", 3);
    world.close("b", "1", 5);
    Reaction reaction(world, ReactTo::news);
    CHECK(reaction.hear().empty());
    world.append(1);
    world.close("a", "2", 6);
    world.close("c", "1", 6);
    CHECK(reaction.hear() == Texts{"a 2 2 1", "c 1 1 -"});
  }

  TEST_CASE("news from a model of topics begin behind what was closed at the start") {
    World world;
    world.open_log();
    world.append(5);
    world.build();
    world.close("a", "1", 0);
    CHECK(Reaction(world, ReactTo::news).hear().empty());
    world.close("b", "1", 0);
    CHECK(Reaction(world, ReactTo::news).hear() == Texts{"b 1 1 -"});
  }
}
