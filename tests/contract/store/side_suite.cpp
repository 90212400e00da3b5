#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "contract/store/stores.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::store {
namespace {

using Positions = std::vector<std::uint64_t>;

/// A log with a side store, in a file.
struct SideStores : FileStores {
  std::uint64_t number = 0;

  /// Ten events at a time to the streams 0 to 4, in turn; each fifth of them is in conversation c.
  void fill(SqliteStore& store, int appends) {
    for (int i = 0; i < appends; ++i) {
      StreamWrite write{.stream = stream(std::to_string(i % 5))};
      for (int at = 0; at < 10; ++at) {
        auto added = event(++number, std::string(100, 'x'));
        if (number % 5 == 0) added.correlation_id = "c";
        if (number % 3 == 0) added.tags = {"third"};
        if (number % 7 == 0) added.ingested_at = UtcTime::from_micros(5);
        write.events.push_back(std::move(added));
      }
      REQUIRE(
          store.append({.id = append_id(number, 2), .streams = {std::move(write)}}).has_value());
    }
  }
  static void follow(SqliteStore& store) {
    for (int round = 0; round < 1000; ++round) {
      if (!store.maintain()) return;
    }
    FAIL("upkeep does not end");
  }
  [[nodiscard]] std::filesystem::path side() const { return folder.file("log.side.db"); }
  [[nodiscard]] sqlite::Database side_database() const {
    return sqlite::Database::open({.file = side(), .mode = sqlite::OpenMode::read_write});
  }
  [[nodiscard]] std::int64_t number_in_side(const std::string& sql) const {
    auto side = side_database();
    auto select = side.prepare(sql);
    return select.next() ? select.integer(0) : -1;
  }
  void hide(SqliteStore& store, decltype(LifeCycleChange::what) what) const {
    REQUIRE(store.change({.what = std::move(what), .who = "ann", .reason = "test"}).has_value());
  }
};

bool same(const RecordedEvent& one, const RecordedEvent& other) {
  const auto& a = one.metadata();
  const auto& b = other.metadata();
  return a.position == b.position && a.version == b.version && a.event_id == b.event_id &&
         a.append_id == b.append_id && a.stream == b.stream && a.event_time == b.event_time &&
         a.recorded_at == b.recorded_at && a.ingested_at == b.ingested_at &&
         a.correlation_id == b.correlation_id && a.causation_id == b.causation_id &&
         a.traceparent == b.traceparent && a.tenant == b.tenant && a.extra == b.extra &&
         one.type() == other.type() && one.view().schema == other.view().schema &&
         one.data() == other.data() && one.view().tombstone == other.view().tombstone;
}

/// What two stores over the same log tell of stream 2 and of conversation c, from everywhere.
void check_same(SqliteStore& one, SqliteStore& other) {
  const auto compare = [](const Page& a, const Page& b) {
    REQUIRE(a.events.size() == b.events.size());
    CHECK(a.end.at_end == b.end.at_end);
    for (std::size_t at = 0; at < a.events.size(); ++at) {
      if (!same(a.events[at], b.events[at])) CHECK(a.events[at].metadata().position.value() == 0);
    }
  };
  for (const std::uint64_t from : {0U, 1U, 2U, 63U, 100U, 101U, 250U, 399U, 400U, 401U}) {
    for (const std::uint64_t limit : {1U, 70U, 100'000U}) {
      for (const auto direction : {Direction::forward, Direction::backward}) {
        const StreamQuery query{.stream = stream("2"),
                                .from = StreamVersion(from),
                                .direction = direction,
                                .limit = limit};
        compare(read_stream(one, query), read_stream(other, query));
        const ReadQuery conversation{.from = Position(4 * from),
                                     .direction = direction,
                                     .correlation_id = "c",
                                     .limit = limit};
        const auto a = read(one, conversation);
        const auto b = read(other, conversation);
        compare(a, b);
        CHECK(a.end.scanned == b.end.scanned);
      }
    }
  }
}

TEST_SUITE("store/side") {
  TEST_CASE_FIXTURE(SideStores, "reads come out the same with and without a side store") {
    const auto store = open();
    options.side_store = false;
    const auto plain = open();
    fill(*store, 150);
    follow(*store);
    REQUIRE(std::filesystem::file_size(side()) > 50'000);
    check_same(*store, *plain);
    fill(*store, 50);  // the side store is behind
    check_same(*store, *plain);
    follow(*store);
    check_same(*store, *plain);
  }

  TEST_CASE_FIXTURE(SideStores, "what is hidden is hidden there too and goes") {
    const auto store = open();
    options.side_store = false;
    const auto plain = open();
    fill(*store, 200);
    follow(*store);
    const auto change = [&](decltype(LifeCycleChange::what) what) {
      REQUIRE(store->change({.what = std::move(what), .who = "ann", .reason = "test"}).has_value());
    };
    const auto middle = read_stream(*store, {.stream = stream("2"), .from = StreamVersion(200)});
    change(SkipEvent{.event = middle.events[0].metadata().event_id});
    check_same(*store, *plain);
    change(TruncateStream{.stream = stream("2"), .before = StreamVersion(100)});
    check_same(*store, *plain);
    while (store->compact(30).more) check_same(*store, *plain);
    follow(*store);
    check_same(*store, *plain);
    change(DeleteStream{.stream = stream("2")});
    check_same(*store, *plain);
    CHECK(read_stream(*store, {.stream = stream("2")}).events.empty());
    fill(*store, 200);
    follow(*store);
    check_same(*store, *plain);
    CHECK(read_stream(*store, {.stream = stream("2")}).events.size() == 400);
  }

  TEST_CASE_FIXTURE(SideStores, "verify finds a correlation id that hides an event") {
    const auto store = open();
    fill(*store, 100);
    follow(*store);
    CHECK_FALSE(store->verify({}).damage.has_value());
    fill(*store, 1);  // what it has not yet is not missing
    CHECK_FALSE(store->verify({}).damage.has_value());
    side_database().execute("UPDATE correlations SET position = 6 WHERE position = 5");
    REQUIRE(read(*store, {.correlation_id = "c"}).events.size() == 201);
    const auto damage = store->verify({}).damage;
    REQUIRE(damage.has_value());
    CHECK(damage->code == "verify.index");
    for (int look = 0; look < 2; ++look) follow(*store);  // it comes anew when the log stands still
    CHECK_FALSE(store->verify({}).damage.has_value());
    CHECK(read(*store, {.correlation_id = "c"}).events.size() == 202);
  }

  TEST_CASE_FIXTURE(SideStores, "a side store that is lost or damaged comes anew") {
    {
      const auto store = open();
      fill(*store, 100);
      follow(*store);
    }
    const auto count = [&](SqliteStore& store) {
      return read_stream(store, {.stream = stream("2")}).events.size();
    };
    SUBCASE("lost") { std::filesystem::remove(side()); }
    SUBCASE("no database") { std::ofstream(side()) << std::string(50'000, 'x'); }
    SUBCASE("another format") {
      std::filesystem::copy_file(folder.file(), side(),
                                 std::filesystem::copy_options::overwrite_existing);
    }
    SUBCASE("bytes of chunks") {
      std::fstream file(side(), std::ios::in | std::ios::out | std::ios::binary);
      for (std::streamoff at = 3 * 16'384 + 100; at < 12 * 16'384; at += 500) {
        file.seekp(at);
        file << "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
      }
    }
    const auto store = open();
    CHECK(count(*store) == 200);
    follow(*store);
    CHECK(count(*store) == 200);
    CHECK(read(*store, {.correlation_id = "c"}).events.size() == 200);
  }

  TEST_CASE_FIXTURE(SideStores, "a chunk in the place of another is damage") {
    const auto store = open();
    fill(*store, 150);
    follow(*store);
    const auto one = number_in_side("SELECT min(key) FROM chunks");
    const auto other = number_in_side("SELECT max(key) FROM chunks");
    auto swap = side_database();
    for (const auto& [from, to] : {std::pair{one, std::int64_t{1}}, {other, one}, {1, other}}) {
      swap.prepare("UPDATE chunks SET key = ?2 WHERE key = ?1").bind_all(from, to).run();
    }
    options.side_store = false;
    const auto plain = open();
    for (const auto* name : {"0", "1", "2", "3", "4"}) {
      const auto expected = read_stream(*plain, {.stream = stream(name)});
      const auto found = read_stream(*store, {.stream = stream(name)});
      CHECK(std::ranges::equal(found.events, expected.events, same));
    }
  }

  TEST_CASE_FIXTURE(SideStores, "data that are hidden before they are packed stay out") {
    options.side_store = false;
    auto store = open();
    for (number = 1; number <= 60; ++number) {
      auto append = append_of(number, stream("a"), {number});
      append.streams[0].events[0].data = "secret " + std::to_string(number);
      REQUIRE(store->append(std::move(append)).has_value());
    }
    const ArchiveRequest request{.before = Position(56), .file_events = 55};
    while (store->archive(request)->more) continue;
    hide(*store, TruncateStream{.stream = stream("a"), .before = StreamVersion(50)});
    for (; number <= 130; ++number) {
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
    }
    options.side_store = true;
    store = open();
    follow(*store);
    follow(*store);  // the log did not grow since the last look
    CHECK(number_in_side("SELECT count(*) FROM chunks") > 0);
    CHECK(number_in_side("SELECT min(key) & 0xFFFF FROM chunks") == 50);
    store = nullptr;
    std::ifstream file(side(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CHECK(bytes.find("secret 50") != std::string::npos);
    CHECK(bytes.find("secret 49") == std::string::npos);
    CHECK(bytes.find("secret 1") == std::string::npos);
  }

  TEST_CASE_FIXTURE(SideStores, "all streams of one change are forgotten, however many they are") {
    options.durability = Durability::normal;
    const auto store = open();
    for (int part = 0; part < 10; ++part) {
      Append append{.id = append_id(1 + static_cast<std::uint64_t>(part)), .streams = {}};
      for (int at = 0; at < 100; ++at) {
        number += 2;
        append.streams.push_back({.stream = stream(std::to_string(100 * part + at), "short"),
                                  .events = {event(number), event(number + 1)}});
      }
      REQUIRE(store->append(std::move(append)).has_value());
    }
    ++number;
    fill(*store, 50);  // streams 0 to 4
    follow(*store);
    REQUIRE(number_in_side("SELECT count(*) FROM chunks") > 0);
    for (int at = 0; at < 1000; ++at) {
      hide(*store, TruncateStream{.stream = stream(std::to_string(at), "short"),
                                  .before = StreamVersion(2)});
    }
    for (int at = 0; at < 5; ++at) {
      hide(*store, Retention{.stream = stream(std::to_string(at)), .count_max = 1});
    }
    follow(*store);
    CHECK(store->compact(1000).events == 1000);
    follow(*store);
    CHECK(number_in_side("SELECT count(*) FROM chunks") == 0);
  }

  TEST_CASE_FIXTURE(SideStores, "a new side store stays when an old one is found to be damaged") {
    const auto store = open();
    fill(*store, 150);
    follow(*store);
    // Two reads at a time, so that two connections have it open.
    const auto read_twice = [&] {
      bool first = true;
      store->read_stream({.stream = stream("2")}, [&](const EventView&) {
        if (std::exchange(first, false)) read_stream(*store, {.stream = stream("3")});
        return true;
      });
    };
    read_twice();
    side_database().execute("UPDATE chunks SET bytes = zeroblob(length(bytes))");
    read_stream(*store, {.stream = stream("2")});  // one of them finds it
    clock.advance(std::chrono::minutes(1));
    follow(*store);
    const auto kept = folder.file("kept");
    std::filesystem::create_hard_link(side(), kept);
    read_twice();
    clock.advance(std::chrono::minutes(1));
    follow(*store);
    CHECK(std::filesystem::equivalent(side(), kept));
    CHECK(number_in_side("SELECT count(*) FROM chunks WHERE bytes = zeroblob(length(bytes))") == 0);
  }

  TEST_CASE_FIXTURE(SideStores, "a side store of another log or of another history is not used") {
    {
      const auto store = open();
      fill(*store, 100);
      follow(*store);
    }
    const auto kept = folder.file("kept.side.db");
    std::filesystem::copy_file(side(), kept);
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(folder.file().string() + suffix);
      std::filesystem::remove(side().string() + suffix);
    }
    std::filesystem::copy_file(kept, side());
    const auto store = open();
    number = 0;
    fill(*store, 20);
    CHECK(read_stream(*store, {.stream = stream("2")}).events.size() == 40);
    CHECK(read(*store, {.correlation_id = "c"}).events.size() == 40);
    follow(*store);
    fill(*store, 180);
    follow(*store);
    CHECK(read_stream(*store, {.stream = stream("2")}).events.size() == 400);
  }
}

}  // namespace
}  // namespace tidemark::store
