#include <atomic>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"

namespace tidemark::store {
namespace {

/// What several writers of one store in PostgreSQL owe each other, and the server.

using test::failure_code;
using namespace std::chrono_literals;

/// Fails when told to.
class FailingClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override {
    if (good_calls-- == 0) throw std::runtime_error("no memory");
    return UtcTime::from_micros(1'790'000'000'000'000);
  }
  [[nodiscard]] Micros monotonic() const override { return clock_.monotonic(); }
  mutable std::atomic<int> good_calls{1'000'000};

 private:
  SystemClock clock_;
};

/// Appends to one stream, which takes a single statement each, for as long as it is there.
class BusyWriter {
 public:
  explicit BusyWriter(EventStore& store) : thread_([this, &store] { run(store); }) {
    go_on_alone();
  }
  BusyWriter(const BusyWriter&) = delete;
  BusyWriter& operator=(const BusyWriter&) = delete;
  ~BusyWriter() {
    stop_ = true;
    thread_.join();
    CHECK(failed_ == "no failure");
  }
  /// Returns when it has taken itself for the only one for a while.
  void go_on_alone() const {
    const SystemClock timer;
    const auto since = timer.monotonic();
    const auto before = appended_.load();
    while (!ended_ && (appended_ < before + 100 || timer.monotonic() - since < 300ms)) {
      std::this_thread::yield();
    }
  }

 private:
  void run(EventStore& store) {
    failed_ = failure_code([&] {
      for (; !stop_; ++appended_) {
        const auto number = 1'000'000 + appended_;
        if (!store.append(append_of(number, stream("busy"), {number})).has_value()) return;
      }
    });
    ended_ = true;
  }
  std::atomic<bool> stop_{false};
  std::atomic<bool> ended_{false};
  std::atomic<std::uint64_t> appended_{0};
  std::string failed_;
  std::thread thread_;
};

Import batch_of(std::uint64_t id, std::uint64_t first, std::uint64_t count) {
  Import batch{.id = append_id(id)};
  for (auto number = first; number < first + count; ++number) {
    batch.events.push_back({.stream = stream("imported"), .event = event(number)});
  }
  return batch;
}

/// An append of 45 events that have 40 MB together.
Append large_append(std::uint64_t id) {
  Append append{.id = append_id(id), .streams = {{.stream = stream(std::to_string(id))}}};
  for (std::uint64_t number = 1; number <= 45; ++number) {
    append.streams[0].events.push_back(event(1000 * id + number, std::string(900 * 1024, 'x')));
  }
  return append;
}

/// Whether the query answers `true` within a time that is shorter than any time-out.
bool comes_true(const PostgresStores& place, const std::string& sql) {
  auto connection = place.connect();
  const SystemClock timer;
  const auto deadline = timer.monotonic() + 3s;
  while (timer.monotonic() < deadline) {
    if (connection.query(sql).boolean(0, 0)) return true;
  }
  return false;
}

TEST_SUITE("store/postgres/writers") {
  TEST_CASE_FIXTURE(PostgresStores, "who has something to look up is not starved by who has not") {
    const auto busy = open();
    options.busy_timeout = 1s;
    const auto store = open();
    const BusyWriter writer(*busy);
    for (std::uint64_t round = 1; round <= 3; ++round) {
      std::vector<std::uint64_t> numbers(1000);
      std::iota(numbers.begin(), numbers.end(), 1000 * round);
      const auto append = append_of(round, stream(std::to_string(round)), numbers);
      CHECK(failure_code([&] { CHECK(store->append(append).has_value()); }) == "no failure");
      writer.go_on_alone();
    }
  }

  TEST_CASE_FIXTURE(PostgresStores, "an import succeeds while somebody appends all the time") {
    const auto busy = open();
    const auto store = open();
    const BusyWriter writer(*busy);
    for (std::uint64_t batch = 1; batch <= 5; ++batch) {
      CHECK(failure_code([&] {
              CHECK(store->import(batch_of(batch, 1000 * batch, 500)).has_value());
            }) == "no failure");
    }
  }

  TEST_CASE_FIXTURE(PostgresStores, "an import that was committed and cut off is no repetition") {
    const auto store = open();
    execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    execute("SELECT pg_reload_conf()");
    std::atomic<bool> done{false};
    std::atomic<int> repeated{0};
    std::thread importer([&] {
      for (std::uint64_t batch = 1; !done; ++batch) {
        const auto result = store->import(batch_of(batch, 1000 * batch, 1));
        if (!result.has_value() || result->repeated) ++repeated;
      }
    });
    // It has committed, and waits for a standby before it says so.
    CHECK(comes_true(*this,
                     "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"));
    execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    done = true;
    execute("ALTER SYSTEM RESET synchronous_standby_names");
    execute("SELECT pg_reload_conf()");
    importer.join();
    CHECK(repeated == 0);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(PostgresStores, "nothing is remembered of a history that was taken back") {
    const auto store = open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    execute(
        "DELETE FROM events; DELETE FROM streams; DELETE FROM types; DELETE FROM categories;"
        "DELETE FROM type_blocks; DELETE FROM category_blocks");
    connect().query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    CHECK(failure_code([&] { (void)store->append(append_of(2, stream("b"), {2})); }) ==
          "store.diverged");
    const auto anew = open();
    REQUIRE(anew->append(append_of(2, stream("b"), {2})).has_value());
    CHECK(read(*anew, {.types = {"test.Happened"}}).positions() == std::vector<std::uint64_t>{1});
    CHECK(read(*anew, {.category = "thing"}).positions() == std::vector<std::uint64_t>{1});
  }

  TEST_CASE_FIXTURE(PostgresStores, "what goes wrong in a writer leaves no lock behind") {
    const FailingClock failing;
    const auto store = PostgresStore::open(options, failing, random);
    const auto other = open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    REQUIRE(other->append(append_of(2, stream("a"), {2})).has_value());
    failing.good_calls = 1;  // the next one is under the lock
    CHECK(failure_code([&] { (void)store->append(append_of(3, stream("a"), {3})); }) ==
          "store.memory");
    failing.good_calls = 1'000'000;
    CHECK(comes_true(*this, "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'"));
    CHECK(other->append(append_of(4, stream("b"), {4})).has_value());
    CHECK(store->append(append_of(3, stream("a"), {3}))->last == Position(4));
  }

  TEST_CASE_FIXTURE(PostgresStores, "large appends that wait together are not one transaction") {
    const auto store = open();
    auto first = store->submit(large_append(1));
    auto second = store->submit(large_append(2));
    REQUIRE(first.wait().has_value());
    REQUIRE(second.wait().has_value());
    CHECK(connect().query("SELECT count(DISTINCT xmin::text) FROM events").integer(0, 0) == 2);
  }

  TEST_CASE_FIXTURE(PostgresStores, "the number of a schema has all its bits") {
    constexpr std::uint32_t largest = 4'294'967'295;
    const auto store = open();
    auto one = append_of(1, stream("a"), {1});
    one.streams[0].events[0].schema = largest;
    auto two = append_of(2, stream("a"), {2, 3});
    two.streams[0].events[1].schema = largest;
    REQUIRE(store->append(one).has_value());
    REQUIRE(store->append(two).has_value());
    const auto events = read(*store).events;
    REQUIRE(events.size() == 3);
    CHECK(events[0].view().schema == largest);
    CHECK(events[2].view().schema == largest);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
}

TEST_SUITE("store/postgres/compaction") {
  TEST_CASE_FIXTURE(PostgresStores, "appends do not wait for what is taken out") {
    const auto store = open();
    REQUIRE(store->append(append_of(1, stream("a"), {1, 2, 3})).has_value());
    REQUIRE(store
                ->change({.what = TruncateStream{.stream = stream("a"), .before = StreamVersion(3)},
                          .who = "ann"})
                .has_value());
    auto outside = connect();
    outside.execute("BEGIN; SELECT * FROM lives FOR UPDATE");
    Compacted taken_out;
    std::thread round([&] { failure_code([&] { taken_out = store->compact(100); }); });
    CHECK(comes_true(
        *this, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'transactionid'"));
    const auto other = open();
    CHECK(failure_code([&] { CHECK(other->append(append_of(2, stream("b"), {4})).has_value()); }) ==
          "no failure");
    outside.execute("COMMIT");
    round.join();
    CHECK(taken_out.events == 2);
  }

  TEST_CASE_FIXTURE(PostgresStores,
                    "a round takes out no more bytes than fit into the time for it") {
    const auto store = open();
    for (std::uint64_t id = 1; id <= 2; ++id) {
      REQUIRE(store->append(large_append(id)).has_value());
      REQUIRE(store
                  ->change({.what = TruncateStream{.stream = stream(std::to_string(id)),
                                                   .before = StreamVersion(46)},
                            .who = "ann"})
                  .has_value());
    }
    const auto first = store->compact(1000);
    CHECK(first.more);
    CHECK(first.events > 45);
    CHECK(first.events < 90);
    const auto second = store->compact(1000);
    CHECK_FALSE(second.more);
    CHECK(first.events + second.events == 90);
    CHECK(read(*store).events.back().view().tombstone);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
}

TEST_SUITE("store/postgres/criteria") {
  TEST_CASE_FIXTURE(PostgresStores,
                    "a page of a type is found without looking at all of its events") {
    REQUIRE(open()->append(append_of(1, stream("a"), {1})).has_value());
    // One event in each block, as those of a rare type lie.
    execute(
        "INSERT INTO events(position, stream_id, version, category_id, type_id, event_time, "
        "recorded_at, event_id, append_id, schema, chain, data) "
        "SELECT 1024 * n + 1, stream_id, n + 1, category_id, type_id, event_time, recorded_at, "
        "gen_random_uuid(), gen_random_uuid(), schema, chain, data "
        "FROM events, generate_series(1, 20000) AS n;"
        "INSERT INTO type_blocks SELECT type_id, n FROM type_blocks, generate_series(1, 20000) n");
    const auto fetched = [&] {
      await_end_of_sessions();  // when a session ends, it says what it did
      return connect()
          .query("SELECT idx_tup_fetch FROM pg_stat_all_tables WHERE relid = 'events'::regclass")
          .integer(0, 0);
    };
    const auto before = fetched();
    const std::vector<Criterion> criteria{{.types = {"test.Happened"}}};
    CHECK(read(*open(), {.criteria = criteria, .limit = 3}).positions() ==
          std::vector<std::uint64_t>{1, 1025, 2049});
    CHECK(read(*open(), {.direction = Direction::backward, .criteria = criteria, .limit = 2})
              .positions() == std::vector<std::uint64_t>{20'480'001, 20'478'977});
    CHECK(fetched() - before < 10'000);
  }
}

}  // namespace
}  // namespace tidemark::store
