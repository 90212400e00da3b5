#include <doctest/doctest.h>

#include "projection_fixture.hpp"
#include "tidemark/sql/transaction.hpp"

using namespace projection_test;

namespace {

/// Hands scores to a read model as if they came from partitions of a topic.
struct Partitions {
  Partitions()
      : model(make_projection<Scores>()),
        file((create(), arena.open("model.db"))),
        handler(*model, file, arena.clock) {}

  void create() {
    auto fresh = arena.open("model.db");
    projection::prepare_model_file(fresh, *model);
  }
  void score(std::int32_t partition, const std::string& player, std::int64_t seconds) {
    Scored scored;
    scored.set_player(player);
    scored.set_points(1);
    const auto data = scored.SerializeAsString();
    EventView event{.type = "tally.v1.Scored", .data = data};
    event.metadata.event_time = at(seconds);
    handler.handle({.event = event,
                    .key = player,
                    .place = feed::KafkaPlace{"scores", partition, next_offset++}});
  }
  Texts closed() {
    sql::in_transaction(file, [&] { handler.write(file); });
    Texts lines;
    for (const auto& window : projection::ClosedWindows(file).read(0, 100)) {
      MinuteScore row;
      row.ParseFromString(window.row);
      lines.push_back(row.player() + " " + std::to_string((window.window.start - origin) / minute));
    }
    return lines;
  }

  Arena arena;
  std::unique_ptr<const projection::ProjectionModel> model;
  test::File file;
  projection::ProjectionHandler handler;
  std::int64_t next_offset = 0;
};

}  // namespace

TEST_SUITE("projection/partition_windows") {
  TEST_CASE("windows wait for the partition that is furthest behind") {
    Partitions feed;
    feed.score(0, "ann", 10);
    feed.score(1, "bob", 20);
    feed.score(0, "ann", 500);
    CHECK(feed.closed().empty());
    feed.score(1, "bob", 95);
    CHECK(feed.closed() == Texts{"ann 0", "bob 0"});
  }

  TEST_CASE("a partition that has been silent for long holds up nothing") {
    Partitions feed;
    feed.score(0, "ann", 10);
    feed.score(1, "bob", 20);
    feed.arena.clock.advance(std::chrono::seconds(59));
    feed.score(0, "ann", 200);
    CHECK(feed.closed().empty());
    feed.arena.clock.advance(std::chrono::seconds(1));
    feed.score(0, "ann", 201);
    CHECK(feed.closed() == Texts{"ann 0", "bob 0"});
  }

  TEST_CASE("the watermark never goes back, and a restart knows those of all partitions") {
    Partitions feed;
    feed.score(0, "ann", 95);
    feed.score(1, "bob", 10);
    CHECK(feed.closed() == Texts{"bob 0"});
    feed.score(1, "cid", 40);
    CHECK(feed.closed() == Texts{"bob 0", "cid 0"});
    projection::ProjectionHandler after_restart(*feed.model, feed.file, feed.arena.clock);
    CHECK(feed.file.statement("SELECT count(*) FROM model_watermarks").next());
    Scored scored;
    scored.set_player("ann");
    scored.set_points(1);
    const auto data = scored.SerializeAsString();
    EventView event{.type = "tally.v1.Scored", .data = data};
    event.metadata.event_time = at(400);
    after_restart.handle({.event = event, .key = "ann", .place = feed::KafkaPlace{"scores", 0, 9}});
    sql::in_transaction(feed.file, [&] { after_restart.write(feed.file); });
    CHECK(projection::ClosedWindows(feed.file).last() == 2);
  }
}
