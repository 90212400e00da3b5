#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::store {
namespace {

namespace fs = std::filesystem;
using Positions = std::vector<std::uint64_t>;

/// Archives what it can before `before`; what it came to.
Archived archive(SqliteStore& store, std::uint64_t before, std::uint64_t file_events = 5) {
  Archived all{.more = true};
  while (all.more) {
    const auto round = store.archive({.before = Position(before), .file_events = file_events});
    REQUIRE(round.has_value());
    all.files += round->files;
    all.events += round->events;
    all.bytes += round->bytes;
    all.forced = all.forced || round->forced;
    all.more = round->more;
  }
  return all;
}

void compact(SqliteStore& store) {
  while (store.compact(100).more) continue;
  while (store.maintain()) continue;
}

/// Twelve events of three streams in turn, in a file.
struct TwelveEvents : FileStores {
  std::unique_ptr<SqliteStore> store;
  TwelveEvents() {
    options.side_store = false;
    store = open();
    for (std::uint64_t number = 1; number <= 12; ++number) {
      clock.advance(std::chrono::seconds(1));
      REQUIRE(store->append(append_of(number, stream(std::to_string(number % 3)), {number}))
                  .has_value());
    }
  }
  /// The names of cold files, in order.
  [[nodiscard]] std::vector<std::string> cold_files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder.file().parent_path())) {
      const auto name = entry.path().filename().string();
      if (name.starts_with("log.cold-")) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
  }
  [[nodiscard]] std::int64_t rows_in(const std::string& name, const std::string& condition) const {
    auto database =
        sqlite::Database::open({.file = folder.file(name), .mode = sqlite::OpenMode::read_only});
    auto select = database.prepare("SELECT count(*) FROM events WHERE " + condition);
    return select.next() ? select.integer(0) : -1;
  }
  void change_file(const std::string& name, const std::string& sql) const {
    sqlite::Database::open({.file = folder.file(name), .mode = sqlite::OpenMode::read_write})
        .execute(sql);
  }
  std::string damage() {
    const auto verified = store->verify({});
    if (!verified.damage) return "none";
    return verified.damage->code + " " + std::to_string(verified.damage->position.value());
  }
};

TEST_SUITE("store/archive") {
  TEST_CASE_FIXTURE(TwelveEvents, "whole files of old events move out of the log") {
    const auto moved = archive(*store, 12);
    CHECK(moved.files == 2);
    CHECK(moved.events == 10);
    CHECK(cold_files() == std::vector<std::string>{"log.cold-1-5.1.db", "log.cold-6-10.2.db"});
    CHECK(rows_in("log.db", "position <= 10") == 0);
    CHECK(rows_in("log.cold-6-10.2.db", "position BETWEEN 6 AND 10") == 5);
    const auto facts = store->facts(true);
    CHECK(facts.archives == 2);
    CHECK(facts.archived_events == 10);
    CHECK(facts.archived_bytes == moved.bytes);
    CHECK(facts.events == 12);
    CHECK(facts.appends == 12);
    CHECK(facts.per_category.at(0).events == 12);
    CHECK(read(*store).positions() == Positions{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    CHECK(damage() == "none");
    CHECK(archive(*store, 12).files == 0);
  }

  TEST_CASE_FIXTURE(TwelveEvents, "the newest event never leaves the log's file") {
    CHECK(archive(*store, 1000, 1).events == 11);
    CHECK(rows_in("log.db", "1") == 1);
    store.reset();
    store = open();
    CHECK(store->high_water() == Position(12));
    REQUIRE(store->append(append_of(13, stream("0"), {13})).has_value());
    CHECK(read_stream(*store, {.stream = stream("0")}).positions() == Positions{3, 6, 9, 12, 13});
    CHECK(damage() == "none");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "nothing passes a registered consumer without force") {
    store->report_consumers(
        {{.name = "feed",
          .checkpoint = {.position = Position(7), .chain = *store->chain_at(Position(7))},
          .reported_at = clock.now()}});
    ArchiveRequest request{.before = Position(11), .file_events = 5};
    const auto refused = store->archive(request);
    REQUIRE_FALSE(refused.has_value());
    CHECK(to_string(refused.error()).starts_with("store.consumer_behind: "));
    const auto allowed = archive(*store, 7);
    CHECK(allowed.events == 5);
    CHECK_FALSE(allowed.forced);
    request.force = true;
    const auto unexplained = store->archive(request);
    REQUIRE_FALSE(unexplained.has_value());
    CHECK(std::get<BadChange>(unexplained.error()).field == "reason");
    request.reason = "the consumer is gone";
    bool forced = false;
    for (bool more = true; more;) {
      const auto moved = store->archive(request);
      REQUIRE(moved.has_value());
      forced = forced || moved->forced;
      more = moved->more;
    }
    CHECK(forced);
    CHECK(store->facts(false).archived_events == 10);
  }

  TEST_CASE_FIXTURE(TwelveEvents, "what is archived stays unique") {
    archive(*store, 12);
    CHECK(error_of<DuplicateEvents>(store->append(append_of(50, stream("x"), {3}))).event_ids ==
          std::vector{event_id(3)});
    CHECK(store->append(append_of(4, stream("x"), {99}))->repeated);
    CHECK(error_of<Conflict>(
              store->append(append_of(51, stream("1"), {51}, ExpectedState::no_stream())))
              .actual == StreamVersion(4));
    auto skipping = append_of(52, stream("x"), {2, 60, 8});
    skipping.on_duplicate = OnDuplicate::skip;
    CHECK(store->append(skipping)->skipped == 2);
    CHECK(damage() == "none");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "ids that grow with time are found by the range of an archive") {
    std::vector<EventId> ids;
    for (int number = 0; number < 9; ++number) {
      clock.advance(std::chrono::milliseconds(1));
      ids.emplace_back(Uuid::version7(clock.now(), random));
      auto append = append_of(100 + static_cast<std::uint64_t>(number), stream("v7"), {1});
      append.streams[0].events[0].event_id = ids.back();
      REQUIRE(store->append(append).has_value());
    }
    archive(*store, 21, 4);
    CHECK(damage() == "none");
    for (const auto& id : ids) {
      CHECK(store->find_event(id).has_value());
      auto again = append_of(200, stream("w"), {1});
      again.streams[0].events[0].event_id = id;
      CHECK(error_of<DuplicateEvents>(store->append(again)).event_ids == std::vector{id});
    }
    change_file("log.db", "UPDATE archives SET id_greatest = id_least WHERE first = 17");
    CHECK(damage() == "none");  // nobody was told of a change
    store = open();
    CHECK(damage() == "verify.archive 18");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "another process sees events move and misses none") {
    options.read_only = true;
    const auto reader = open();
    for (std::uint64_t before = 2; before <= 12; ++before) {
      CHECK(read(*reader).positions().size() == 12);
      archive(*store, before, 1);
      CHECK(read(*reader).positions().size() == 12);
      CHECK(read_stream(*reader, {.stream = stream("1")}).positions() == Positions{1, 4, 7, 10});
      CHECK(reader->chain_at(Position(before - 1)) == store->chain_at(Position(before - 1)));
      CHECK(reader->facts(false).archives == before - 1);
    }
    CHECK_FALSE(reader->verify({}).damage.has_value());
    CHECK(test::failure_code([&] {
            static_cast<void>(reader->archive({.before = Position(3)}));
          }) == "store.read_only");
  }
}

TEST_SUITE("store/archive/erasure") {
  TEST_CASE_FIXTURE(TwelveEvents, "data that have to go leave cold files, which are made anew") {
    archive(*store, 12);
    const auto chain = store->chain_at(Position(12));
    REQUIRE(store
                ->change({.what = TruncateStream{.stream = stream("1"), .before = StreamVersion(3)},
                          .who = "ann"})
                .has_value());
    CHECK(store->find_event(event_id(4))->view().tombstone);
    compact(*store);
    // Versions 1 and 2 of the stream were at positions 1 and 4, and the first file had both.
    CHECK(cold_files() == std::vector<std::string>{"log.cold-1-5.3.db", "log.cold-6-10.2.db"});
    CHECK(rows_in("log.cold-1-5.3.db", "data IS NULL AND position IN (1, 4)") == 2);
    CHECK(rows_in("log.cold-1-5.3.db", "data IS NULL") == 2);
    CHECK(store->chain_at(Position(12)) == chain);
    CHECK(read_stream(*store, {.stream = stream("1")}).positions() == Positions{7, 10});
    CHECK(damage() == "none");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "a stream that is deleted goes from every file it is in") {
    archive(*store, 12);
    REQUIRE(store
                ->change({.what = DeleteStream{.stream = stream("1"), .deletion = Deletion::hard},
                          .who = "ann"})
                .has_value());
    const auto before = store->facts(false).archived_bytes;
    CHECK(before > 0);
    std::uint64_t erased = 0;
    for (bool more = true; more;) {
      const auto round = store->compact(100);
      erased += round.events;
      more = round.more;
    }
    while (store->maintain()) continue;
    CHECK(erased == 4);
    for (const auto& name : cold_files()) CHECK(rows_in(name, "data IS NULL") == 2);
    CHECK(cold_files().size() == 2);
    CHECK(damage() == "none");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "a file that was replaced stays until no reader knows it") {
    archive(*store, 12);
    const auto other = open();
    bool looked = false;
    other->read({}, [&](const EventView& event) {
      if (event.metadata.position != Position(7)) return true;
      looked = true;
      REQUIRE(
          store->change({.what = DeleteStream{.stream = stream("1")}, .who = "ann"}).has_value());
      compact(*store);
      CHECK(cold_files().size() == 4);
      return true;
    });
    CHECK(looked);
    compact(*store);
    CHECK(cold_files().size() == 2);
    CHECK(damage() == "none");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "what was erased while it was archived is not brought back") {
    const ArchiveRequest request{.before = Position(12), .file_events = 10};
    REQUIRE(store->archive(request)->more);  // begun
    REQUIRE(store->archive(request)->more);  // copied
    REQUIRE(store->change({.what = DeleteStream{.stream = stream("1")}, .who = "ann"}).has_value());
    CHECK(store->compact(100).events == 4);
    archive(*store, 12, 10);
    for (const auto& event : read(*store).events) {
      CHECK(event.view().tombstone == (event.metadata().position.value() % 3 == 1));
    }
    compact(*store);
    REQUIRE(cold_files().size() == 1);
    CHECK(rows_in(cold_files()[0], "data IS NULL") == 4);
  }
}

TEST_SUITE("store/archive/damage") {
  TEST_CASE_FIXTURE(TwelveEvents, "a cold file that is missing is named by who needs it") {
    archive(*store, 12);
    store = nullptr;
    fs::remove(folder.file("log.cold-1-5.1.db"));
    store = open();
    CHECK(read(*store, {.from = Position(6)}).events.size() == 7);
    CHECK(store->find_event(event_id(12)).has_value());
    REQUIRE(store->append(append_of(13, stream("0"), {13})).has_value());
    CHECK(test::failure_code([&] { read(*store); }) == "store.cold_missing");
    CHECK(test::failure_code([&] { store->find_event(event_id(2)); }) == "store.cold_missing");
    try {
      read(*store);
    } catch (const Failure& failure) {
      CHECK(failure.message().find("log.cold-1-5.1.db") != std::string::npos);
      CHECK(failure.message().find("from position 1 to 5") != std::string::npos);
    }
    CHECK(damage() == "verify.archive 1");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "a file in the place of another is refused") {
    archive(*store, 12);
    store = nullptr;
    const auto place = folder.file("log.cold-1-5.1.db");
    const auto code_with = [&](const auto& put) {
      fs::remove(place);
      put();
      store = open();
      const auto code = test::failure_code([&] { read(*store); });
      store = nullptr;
      return code;
    };
    fs::copy_file(place, folder.file("kept"));
    CHECK(code_with([&] { fs::copy_file(folder.file("log.cold-6-10.2.db"), place); }) ==
          "store.cold_foreign");
    CHECK(code_with([&] { std::ofstream(place) << std::string(9000, 'x'); }) ==
          "store.cold_foreign");
    CHECK(code_with([&] { fs::copy_file(folder.file(), place); }) == "store.cold_foreign");
    CHECK(code_with([&] {
            fs::copy_file(folder.file("kept"), place);
            change_file("log.cold-1-5.1.db", "UPDATE about SET value = 9 WHERE name = 'last'");
          }) == "store.cold_foreign");
    CHECK(code_with([&] {
            fs::copy_file(folder.file("kept"), place);
            change_file("log.cold-1-5.1.db", "CREATE TABLE more(n)");
          }) == "store.cold_damaged");
    CHECK(code_with([&] { fs::copy_file(folder.file("kept"), place); }) == "no failure");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "verify names the first event that was altered in a cold file") {
    archive(*store, 12);
    store = nullptr;
    change_file("log.cold-6-10.2.db", "UPDATE events SET data = x'00' WHERE position = 8");
    store = open();
    CHECK(damage() == "verify.chain 8");
    store = nullptr;
    change_file("log.cold-1-5.1.db", "DELETE FROM events WHERE position = 3");
    store = open();
    CHECK(damage() == "verify.gap 3");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "verify checks what the log says of its archives") {
    archive(*store, 12);
    const auto damage_after = [&](const std::string& sql) {
      change_file("log.db", sql);
      store = open();
      return damage();
    };
    CHECK(damage_after("UPDATE archived_streams SET version = 9 WHERE position = 10") ==
          "verify.version 10");
    CHECK(damage_after("UPDATE archived_streams SET version = 4 WHERE position = 10") == "none");
    // In another file than it says: who asks for the id looks there, and does not find it.
    CHECK(damage_after("UPDATE archived_ids SET position = 8 WHERE position = 4") ==
          "verify.archive 4");
    CHECK(damage_after("DELETE FROM archived_ids WHERE position = 8") == "verify.archive 4");
  }
}

TEST_SUITE("store/archive/leftovers") {
  TEST_CASE_FIXTURE(TwelveEvents, "a file that was not finished is cleared away") {
    const ArchiveRequest request{.before = Position(12), .file_events = 5};
    REQUIRE(store->archive(request)->more);
    REQUIRE(store->archive(request)->more);
    CHECK(cold_files() == std::vector<std::string>{"log.cold-1-5.1.db"});
    store = open();
    while (store->maintain()) continue;
    CHECK(cold_files().empty());
    archive(*store, 12);
    CHECK(cold_files() == std::vector<std::string>{"log.cold-1-5.2.db", "log.cold-6-10.3.db"});
  }

  TEST_CASE_FIXTURE(TwelveEvents, "what lies in the way of a new file is left alone") {
    std::ofstream(folder.file("log.cold-1-5.1.db")) << "somebody's";
    archive(*store, 12);
    CHECK(fs::file_size(folder.file("log.cold-1-5.1.db")) == 10);
    CHECK(cold_files().size() == 3);
    CHECK(damage() == "none");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "upkeep takes out of the log what is archived already") {
    const ArchiveRequest request{.before = Position(12), .file_events = 5};
    while (store->facts(false).archives == 0) static_cast<void>(store->archive(request));
    CHECK(rows_in("log.db", "1") == 12);
    CHECK(read(*store).positions().size() == 12);
    CHECK(damage() == "none");
    store = open();
    while (store->maintain()) continue;
    CHECK(rows_in("log.db", "1") == 7);
    CHECK(damage() == "none");
  }

  TEST_CASE_FIXTURE(TwelveEvents, "a log behind a symbolic link has its cold files beside it") {
    store = nullptr;
    fs::create_directory(folder.file("links"));
    auto by_link = options;
    by_link.file = folder.file("links") / "other.db";
    fs::create_symlink(fs::path("..") / "log.db", by_link.file);
    store = SqliteStore::open(by_link, clock, random);
    CHECK(archive(*store, 6).files == 1);
    CHECK(cold_files() == std::vector<std::string>{"log.cold-1-5.1.db"});
    CHECK(read(*store).events.size() == 12);
    const auto by_name = open();
    CHECK(read(*by_name).events.size() == 12);
  }

  TEST_CASE("a log is made where a symbolic link says") {
    FileStores place;
    fs::create_directory(place.folder.file("far"));
    fs::create_symlink(place.folder.file("far") / "real.db", place.folder.file());
    const auto store = place.open();
    for (std::uint64_t number = 1; number <= 2; ++number) {
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
    }
    CHECK(archive(*store, 2, 1).files == 1);
    CHECK(fs::exists(place.folder.file("far") / "real.cold-1-1.1.db"));
    CHECK(read(*place.open()).events.size() == 2);
  }

  TEST_CASE_FIXTURE(TwelveEvents, "a cold file may lie elsewhere behind a symbolic link") {
    archive(*store, 12);
    const auto moved = folder.file("cheap.db");
    store = nullptr;
    fs::rename(folder.file("log.cold-1-5.1.db"), moved);
    fs::create_symlink(moved, folder.file("log.cold-1-5.1.db"));
    store = open();
    CHECK(damage() == "none");
    REQUIRE(store->change({.what = DeleteStream{.stream = stream("1")}, .who = "ann"}).has_value());
    compact(*store);
    CHECK(cold_files() == std::vector<std::string>{"log.cold-1-5.3.db", "log.cold-6-10.4.db"});
    CHECK_FALSE(fs::exists(moved));
  }
}

}  // namespace
}  // namespace tidemark::store
