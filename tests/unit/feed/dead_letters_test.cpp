#include "tidemark/feed/dead_letters.hpp"

#include <doctest/doctest.h>

#include "feed_fixture.hpp"
#include "tidemark/kafka/loopback.hpp"

using namespace feed_test;

namespace {

std::vector<feed::FedFile> fed(const std::shared_ptr<sql::Place>& place, const std::string& name) {
  return {{.feed = "feed test", .file = name, .open = [place, name] {
             return place->open(name, sql::OpenMode::read_write);
           }}};
}

/// A world with one parked entry, one that is retried and one that is queued.
struct Graveyard {
  Graveyard()
      : feed(world, {.attempts_max = 1}), broker(kafka::LoopbackBroker::create(world.clock)) {
    world.add("counter-b", 1);
    world.add("counter-b", 2);
    feed.scribe.bad = {"counter-b:1"};
    feed.settle_down();
  }
  std::vector<kafka::ConsumerRecord> copies() { return broker->committed({"counter.dlq", 0}); }
  feed::DeadLetterWorker worker() { return {options, *broker, world.clock}; }

  World world;
  Feed feed;
  std::unique_ptr<kafka::LoopbackBroker> broker;
  feed::DeadLetterOptions options{
      .feeds = [this] { return fed(world.storage.place, "feed.db"); },
      .topic_of = [](std::string_view stream) { return std::string(stream.substr(0, 7)); }};
};

std::string header(const kafka::ConsumerRecord& record, const std::string& name) {
  for (const auto& [known, value] : record.headers) {
    if (known == name) return value;
  }
  return "(none)";
}

void settle(feed::DeadLetterWorker& worker, ManualClock& clock) {
  for (int i = 0; i < 20; ++i) {
    try {
      worker.step();
    } catch (const Failure& failure) {
      CHECK(failure.retryable());
    }
    clock.advance(std::chrono::seconds(1));
  }
}

}  // namespace

TEST_SUITE("feed/dead_letters") {
  TEST_CASE("an entry that waits for a person is published once, with where it came from and why") {
    Graveyard yard;
    auto worker = yard.worker();
    settle(worker, yard.world.clock);
    const auto copies = yard.copies();
    REQUIRE(copies.size() == 1);
    CHECK(copies[0].key == "counter-b");
    CHECK(copies[0].value == yard.feed.parking().show(1)->data);
    CHECK(header(copies[0], "ce_id") == "position 1");
    CHECK(header(copies[0], "ce_type") == "counter.v1.Added");
    CHECK(header(copies[0], "tidemark-reason") == "cannot take counter-b:1");
    CHECK(header(copies[0], "tidemark-attempts") == "1");
    CHECK(yard.feed.parking().show(1)->copied);
    CHECK_FALSE(yard.feed.parking().show(2)->copied);
    CHECK(worker.report().done == 1);
  }

  TEST_CASE("a copy changes nothing: the entry can still be retried") {
    Graveyard yard;
    auto worker = yard.worker();
    settle(worker, yard.world.clock);
    yard.feed.scribe.bad.clear();
    yard.feed.parking().retry(1, "corrected");
    yard.feed.settle_down();
    CHECK(yard.feed.seen() == Texts{"counter-b:1", "counter-b:2"});
  }

  TEST_CASE("a broker that is down loses no copy and stops no feed") {
    Graveyard yard;
    yard.broker->set_down(true);
    auto worker = yard.worker();
    settle(worker, yard.world.clock);
    CHECK_FALSE(yard.feed.parking().show(1)->copied);
    yard.broker->set_down(false);
    settle(worker, yard.world.clock);
    CHECK(yard.feed.parking().show(1)->copied);
    CHECK_FALSE(yard.copies().empty());
  }

  TEST_CASE("copies that cannot be noted for a while are noted later") {
    Graveyard yard;
    yard.world.add("counter-c", 3);
    yard.feed.scribe.bad.insert("counter-c:3");
    yard.feed.settle_down();
    yard.options.feeds = [&] { return fed(yard.world.storage.impatient, "feed.db"); };
    auto worker = yard.worker();
    worker.step();
    const auto other = yard.world.open_file();
    sql::Database& busy = other;
    busy.begin(sql::Access::write);
    busy.flush();
    CHECK(failure_code([&] {
            for (int i = 0; i < 20; ++i) worker.step();
          }) == "feed.busy");
    busy.rollback();
    settle(worker, yard.world.clock);
    for (const auto& entry : yard.feed.parking().list(10)) {
      CHECK(entry.copied == (entry.state == feed::ParkState::parked));
    }
  }

  TEST_CASE("a file that its owner is only making is left alone") {
    Graveyard yard;
    const test::File owner(*yard.world.storage.place, "new.db");
    owner.execute("CREATE TABLE begun(id INTEGER)");
    yard.options.feeds = [&] { return fed(yard.world.storage.place, "new.db"); };
    auto worker = yard.worker();
    settle(worker, yard.world.clock);
    sql::Database& file = owner;
    CHECK_FALSE(file.has_table("feed_parked"));
  }

  TEST_CASE("an entry from a topic goes to the topic's own dead letters") {
    Graveyard yard;
    auto file = yard.world.open_file();
    file.execute("UPDATE feed_parked SET topic = 'clicks', partition = 3, place = 17 WHERE id = 1");
    auto worker = yard.worker();
    settle(worker, yard.world.clock);
    const auto copies = yard.broker->committed({"clicks.dlq", 0});
    REQUIRE(copies.size() == 1);
    CHECK(header(copies[0], "ce_id") == "clicks/3@17");
  }
}
