#include <filesystem>
#include <string>
#include <vector>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::store {
namespace {

namespace fs = std::filesystem;

/// Events of stream a, a second apart and with ids that grow with time, of which the first cold
/// file comes to be missing.
struct MissingFile : FileStores {
  std::unique_ptr<SqliteStore> store = open();
  std::uint64_t appends = 0;

  NewEvent event_now() {
    auto made = event(0);
    made.event_id = EventId(Uuid::version7(clock.now(), random));
    return made;
  }
  Append append_now(const StreamId& to, std::uint64_t events = 1) {
    StreamWrite write{.stream = to};
    while (write.events.size() < events) write.events.push_back(event_now());
    return {.id = append_id(++appends), .streams = {std::move(write)}};
  }
  void fill(std::uint64_t events) {
    for (std::uint64_t number = 0; number < events; ++number) {
      clock.advance(std::chrono::seconds(1));
      REQUIRE(store->append(append_now(stream("a"))).has_value());
    }
  }
  /// Archives the first `events` into one file, which is lost.
  void lose(std::uint64_t events) {
    const ArchiveRequest request{.before = Position(events + 1), .file_events = events};
    while (store->archive(request)->more) continue;
    store = nullptr;
    for (const auto& entry : fs::directory_iterator(folder.file().parent_path())) {
      if (entry.path().filename().string().starts_with("log.cold-")) lost = entry.path();
    }
    fs::rename(lost, folder.file("lost"));
    store = open();
    REQUIRE(test::failure_code([&] { read(*store); }) == "store.cold_missing");
  }
  void find() const { fs::rename(folder.file("lost"), lost); }
  void settle() const {
    // The side store goes on when the log did not grow since the last look.
    for (int look = 0; look < 2; ++look) {
      while (store->maintain()) continue;
    }
  }
  Compacted compact() const {
    Compacted all{.more = true};
    while (all.more) {
      const auto round = store->compact(100);
      all.events += round.events;
      all.waits_for = round.waits_for;
      all.more = round.more;
    }
    return all;
  }
  [[nodiscard]] std::int64_t data_in_cold_files() const {
    std::int64_t events = 0;
    for (const auto& entry : fs::directory_iterator(folder.file().parent_path())) {
      if (!entry.path().filename().string().starts_with("log.cold-")) continue;
      auto file =
          sqlite::Database::open({.file = entry.path(), .mode = sqlite::OpenMode::read_only});
      auto count = file.prepare("SELECT count(data) FROM events");
      if (count.next()) events += count.integer(0);
    }
    return events;
  }

  fs::path lost;
};

TEST_SUITE("store/archive/missing") {
  TEST_CASE_FIXTURE(MissingFile, "upkeep goes on and the side store waits for the file") {
    fill(70);
    lose(50);
    settle();
    CHECK(store->facts(false).side == Position(0));
    REQUIRE(store->append(append_now(stream("a"))).has_value());
    settle();
    find();
    clock.advance(std::chrono::seconds(20));
    settle();
    CHECK(store->facts(false).side == Position(71));
    CHECK(read_stream(*store, {.stream = stream("a")}).events.size() == 71);
  }

  TEST_CASE_FIXTURE(MissingFile, "upkeep goes on and the tree over the log waits for the file") {
    options.side_store = false;
    store = open();
    for (int round = 0; round < 5; ++round) {
      REQUIRE(store->append(append_now(stream("a"), 4000)).has_value());
    }
    lose(100);
    settle();
    CHECK(store->issued_checkpoints(1).empty());
    find();
    settle();
    CHECK(store->issue_checkpoint().checkpoint.position == Position(20'000));
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(MissingFile, "compaction passes over what lies in the file and names it") {
    fill(70);
    REQUIRE(
        store
            ->change({.what = Retention{.stream = stream("a"), .age_max = std::chrono::seconds(40)},
                      .who = "ann"})
            .has_value());
    REQUIRE(store->append(append_now(stream("b"))).has_value());
    lose(50);
    CHECK(compact().waits_for.empty());
    clock.advance(std::chrono::seconds(20));  // versions 51 to 70 are kept
    CHECK(compact().events == 0);
    clock.advance(std::chrono::seconds(100));
    const auto passed = compact();
    CHECK(passed.events == 0);
    CHECK(passed.waits_for == lost.filename());
    find();
    CHECK(compact().events == 70);
    settle();
    CHECK(data_in_cold_files() == 0);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(MissingFile, "data in other files are erased meanwhile") {
    fill(10);
    REQUIRE(store->append(append_now(stream("b"), 10)).has_value());
    fill(1);
    lose(10);
    const ArchiveRequest request{.before = Position(21), .file_events = 10};
    while (store->archive(request)->more) continue;
    for (const auto* name : {"a", "b"}) {
      REQUIRE(
          store->change({.what = DeleteStream{.stream = stream(name)}, .who = "ann"}).has_value());
    }
    const auto passed = compact();
    CHECK(passed.events == 10);
    CHECK(passed.waits_for == lost.filename());
    settle();
    CHECK(data_in_cold_files() == 0);
    find();
    CHECK(compact().events == 11);
  }

  TEST_CASE_FIXTURE(MissingFile, "many streams that wait for the file keep no other waiting") {
    constexpr std::uint64_t many = 1001;  // more than are looked at together
    auto append = append_now(stream("0"));
    while (append.streams.size() < many) {
      append.streams.push_back(
          {.stream = stream(std::to_string(append.streams.size())), .events = {event_now()}});
    }
    REQUIRE(store->append(std::move(append)).has_value());
    REQUIRE(store->append(append_now(stream("archived"), 10)).has_value());
    fill(1);
    for (std::uint64_t name = 0; name < many; ++name) {
      const auto changed =
          store->change({.what = DeleteStream{.stream = stream(std::to_string(name))}, .who = "a"});
      REQUIRE(changed.has_value());
    }
    lose(many);
    const ArchiveRequest request{.before = Position(many + 11), .file_events = 10};
    while (store->archive(request)->more) continue;
    for (const auto* name : {"archived", "a"}) {
      REQUIRE(
          store->change({.what = DeleteStream{.stream = stream(name)}, .who = "ann"}).has_value());
    }
    const auto passed = compact();
    CHECK(passed.events == 11);
    CHECK(passed.waits_for == lost.filename());
    find();
    CHECK(compact().events == many);
    settle();
    CHECK(data_in_cold_files() == 0);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(MissingFile, "a stream is read where it does not lie in the file") {
    fill(70);
    REQUIRE(
        store
            ->change({.what = Retention{.stream = stream("a"), .age_max = std::chrono::seconds(15)},
                      .who = "ann"})
            .has_value());
    lose(50);
    CHECK(store->stream_state(stream("a")).first == StreamVersion(55));
    CHECK(read_stream(*store, {.stream = stream("a")}).events.size() == 16);
  }

  TEST_CASE_FIXTURE(MissingFile, "a side store that ends in the file is done without") {
    fill(50);
    settle();
    REQUIRE(store->facts(false).side == Position(50));
    REQUIRE(store->append(append_now(stream("b"), 100)).has_value());
    lose(60);
    const auto page = read_stream(*store, {.stream = stream("b"), .from = StreamVersion(11)});
    CHECK(page.events.size() == 90);
    CHECK(store->facts(false).side == Position(0));
  }

  TEST_CASE_FIXTURE(MissingFile, "an append that needs the file fails and those beside it do not") {
    fill(10);
    auto old = append_now(stream("b"));
    auto older = append_now(stream("b"));
    fill(20);
    lose(20);
    auto tickets = std::vector<Ticket>();
    tickets.push_back(store->submit(append_now(stream("b"))));
    tickets.push_back(store->submit(std::move(old)));
    tickets.push_back(store->submit(append_now(stream("c"))));
    tickets.push_back(store->submit(std::move(older)));
    const auto last = tickets[2].wait();
    REQUIRE(last.has_value());
    CHECK(last->first == Position(32));
    CHECK(tickets[0].wait()->first == Position(31));
    CHECK(test::failure_code([&] { (void)tickets[1].wait(); }) == "store.cold_missing");
    CHECK(test::failure_code([&] { (void)tickets[3].wait(); }) == "store.cold_missing");
    CHECK(store->stream_state(stream("b")).version == StreamVersion(1));
    find();
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
}

}  // namespace
}  // namespace tidemark::store
