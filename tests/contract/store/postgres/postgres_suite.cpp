#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/subscription.hpp"

namespace tidemark::store {
namespace {

/// What only the engine in PostgreSQL promises: many processes, a server that comes and goes.

using test::failure_code;
using namespace std::chrono_literals;

/// Appends events to a stream of its own until told to stop; the numbers that were acknowledged.
std::vector<std::uint64_t> append_until(EventStore& store, std::uint64_t writer,
                                        const std::atomic<bool>& stop) {
  std::vector<std::uint64_t> acknowledged;
  for (std::uint64_t number = writer * 1'000'000 + 1; !stop; ++number) {
    const auto to = stream(std::to_string(writer));
    const auto expected = ExpectedState::exact(StreamVersion(acknowledged.size()));
    try {
      const auto result = store.append(append_of(number, to, {number}, expected));
      if (result.has_value()) acknowledged.push_back(number);
      CHECK(result.has_value());
      CHECK_FALSE(result->repeated);
    } catch (const Failure& failure) {
      // The server stayed away for too long: only now may the caller have to ask again.
      CHECK(failure.retryable());
      CHECK((failure.code() == "store.connection" || failure.code() == "store.busy"));
      while (!stop) {
        if (failure_code([&] {
              if (store.append(append_of(number, to, {number}, expected)).has_value()) {
                acknowledged.push_back(number);
              }
            }) == "no failure") {
          break;
        }
      }
    }
  }
  return acknowledged;
}

/// Every number is stored exactly once, positions and versions have no gaps, and nothing else than
/// the last one of a writer is there without an acknowledgement.
void check_stored(StoreEngine& store, const std::vector<std::vector<std::uint64_t>>& acknowledged) {
  std::map<std::uint64_t, std::vector<std::uint64_t>> stored;
  std::uint64_t position = 0;
  ReadQuery query;
  ReadEnd end;
  do {
    end = store.read(query, [&](const EventView& event) {
      CHECK(event.metadata.position.value() == ++position);
      const auto number = static_cast<std::uint64_t>(event.metadata.event_time.micros());
      stored[number / 1'000'000].push_back(number);
      CHECK(event.metadata.version.value() == stored[number / 1'000'000].size());
      return true;
    });
    query.from = end.scanned.next();
  } while (!end.at_end);
  for (std::size_t writer = 0; writer < acknowledged.size(); ++writer) {
    auto& numbers = stored[writer];
    if (numbers.size() == acknowledged[writer].size() + 1) numbers.pop_back();
    CHECK(numbers == acknowledged[writer]);
  }
  CHECK_FALSE(store.verify({}).damage.has_value());
}

/// Runs writers while `disturb` works, and checks what they stored.
template <typename Disturb>
void write_while(PostgresStores& place, Disturb disturb) {
  const auto store = place.open();
  std::atomic<bool> stop{false};
  std::vector<std::vector<std::uint64_t>> acknowledged(8);
  std::vector<std::thread> writers;
  writers.reserve(acknowledged.size());
  for (std::size_t writer = 0; writer < acknowledged.size(); ++writer) {
    writers.emplace_back(
        [&, writer] { acknowledged[writer] = append_until(*store, writer, stop); });
  }
  const auto high_water_beyond = [&](Position position) {
    while (store->high_water() <= position) {
    }
  };
  for (int round = 0; round < 5; ++round) {
    high_water_beyond(store->high_water());
    disturb();
    high_water_beyond(store->high_water());
  }
  stop = true;
  for (auto& writer : writers) writer.join();
  check_stored(*store, acknowledged);
}

TEST_SUITE("store/postgres") {
  TEST_CASE_FIXTURE(PostgresStores, "appends survive connections that are cut, once each") {
    write_while(*this, [&] {
      connect().query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
          "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    });
  }

  TEST_CASE_FIXTURE(PostgresStores, "appends survive a server that is killed, once each") {
    auto& server = test::PostgresServer::running();
    write_while(*this, [&] {
      server.kill();
      server.start();
    });
  }

  TEST_CASE_FIXTURE(PostgresStores, "what somebody was shown survives a server that is killed") {
    const auto store = open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    const auto id = append_id(2);
    // A commit whose writer has not come to wait for the disk.
    connect().execute(
        "SET synchronous_commit = off; INSERT INTO events(position, stream_id, version, "
        "category_id, type_id, event_time, recorded_at, event_id, append_id, schema, chain, data) "
        "SELECT 2, stream_id, 2, category_id, type_id, event_time, recorded_at, '" +
        to_string(id) + "', '" + to_string(id) + "', schema, chain, data FROM events");
    SUBCASE("by the high-water mark") { REQUIRE(store->high_water() == Position(2)); }
    SUBCASE("by a read") { REQUIRE(read(*store).positions().size() == 2); }
    SUBCASE("by looking for an append") { REQUIRE(store->find_append(id).has_value()); }
    SUBCASE("by a conflict") {
      const auto refused =
          store->append(append_of(3, stream("a"), {3}, ExpectedState::exact(StreamVersion(1))));
      CHECK(error_of<Conflict>(refused).actual == StreamVersion(2));
      REQUIRE(read(*store).positions().size() == 2);
    }
    SUBCASE("by handing it in again") {
      auto again = append_of(2, stream("a"), {2});
      again.streams[0].events[0].event_id = EventId(id.uuid());
      REQUIRE(store->append(again)->repeated);
    }
    auto& server = test::PostgresServer::running();
    server.kill();
    server.start();
    CHECK(open()->high_water() == Position(2));
  }

  TEST_CASE_FIXTURE(PostgresStores, "appends are on disk whatever the server's settings become") {
    const auto set = [&](const std::string& settings) {
      connect().execute("ALTER SYSTEM " + settings);
      connect().execute("SELECT pg_reload_conf()");
    };
    const auto is = [&](const std::string& wanted) {
      return connect().query("SHOW synchronous_commit").text(0, 0) == wanted;
    };
    set("SET wal_writer_delay = '10s'");  // nobody else brings it there
    set("SET synchronous_commit = on");
    while (!is("on")) continue;
    const auto store = open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    set("SET synchronous_commit = off");
    while (!is("off")) continue;
    auto server = connect();
    for (std::uint64_t number = 2; number <= 6; ++number) {
      const auto on_disk =
          std::string(server.query("SELECT pg_current_wal_flush_lsn()::text").text(0, 0));
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
      CHECK(server
                .query("SELECT pg_current_wal_flush_lsn() > $1::text::pg_lsn",
                       postgres::parameters(on_disk))
                .boolean(0, 0));
    }
    set("RESET synchronous_commit");
    set("RESET wal_writer_delay");
  }

  TEST_CASE_FIXTURE(PostgresStores, "a server that comes back with another history is noticed") {
    const auto store = open();
    for (std::uint64_t number = 1; number <= 3; ++number) {
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
    }
    Subscription behind(*store, {.events = {.limit = 1}});
    REQUIRE(behind.poll([](const EventView&) { return true; }) == 1);
    // As a backup from before the third.
    execute("DELETE FROM events WHERE position = 3; DELETE FROM appends WHERE first = 3");
    connect().query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    bool goes_on = false;
    SUBCASE("that ends earlier") {}
    SUBCASE("that went on elsewhere") { goes_on = true; }
    if (goes_on) {
      for (std::uint64_t number = 4; number <= 6; ++number) {
        REQUIRE(open()->append(append_of(number, stream("a"), {number})).has_value());
      }
    }
    CHECK(failure_code([&] { (void)store->high_water(); }) == "store.diverged");
    CHECK(failure_code([&] { behind.poll([](const EventView&) { return true; }); }) ==
          "store.diverged");
    CHECK(failure_code([&] { (void)store->append(append_of(7, stream("a"), {7})); }) ==
          "store.diverged");
    CHECK(open()->append(append_of(7, stream("a"), {7})).has_value());
  }

  TEST_CASE_FIXTURE(PostgresStores, "processes append at the same time without a gap") {
    constexpr std::uint64_t events = 50;
    const auto store = open();
    std::vector<pid_t> children;
    for (std::uint64_t writer = 0; writer < 4; ++writer) {
      const auto child = fork();
      if (child == 0) {
        bool good = true;
        {
          const auto own = PostgresStore::open(options, clock, random);
          for (std::uint64_t count = 1; count <= events; ++count) {
            const auto number = writer * 1'000'000 + count;
            const auto result =
                own->append(append_of(number, stream(std::to_string(writer)), {number},
                                      ExpectedState::exact(StreamVersion(count - 1))));
            good = good && result.has_value() && !result->repeated;
          }
        }
        _exit(good ? 0 : 1);
      }
      children.push_back(child);
    }
    for (const auto child : children) {
      int status = 0;
      waitpid(child, &status, 0);
      CHECK(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) == 0);
    }
    CHECK(store->high_water() == Position(4 * events));
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(PostgresStores, "what a killed process was told is stored") {
    const auto store = open();
    std::array<int, 2> pipe_ends{};
    REQUIRE(pipe(pipe_ends.data()) == 0);
    const auto child = fork();
    if (child == 0) {
      const auto own = PostgresStore::open(options, clock, random);
      for (std::uint64_t number = 1;; ++number) {
        if (!own->append(append_of(number, stream("a"), {number})).has_value()) _exit(1);
        if (::write(pipe_ends[1], &number, sizeof(number)) != sizeof(number)) _exit(1);
      }
    }
    std::uint64_t told = 0;
    while (told < 100) REQUIRE(::read(pipe_ends[0], &told, sizeof(told)) == sizeof(told));
    ::kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(pipe_ends[1]);
    while (::read(pipe_ends[0], &told, sizeof(told)) == sizeof(told)) {
    }
    close(pipe_ends[0]);
    CHECK(store->append(append_of(1'000'000, stream("a"), {1'000'000})).has_value());
    CHECK(store->stream_version(stream("a")).value() >= told + 1);
    CHECK(store->stream_version(stream("a")).value() <= told + 2);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(PostgresStores, "stores in one database know nothing of each other") {
    PostgresStores place;
    place.random = SeededRandom(8);
    const auto one = open();
    const auto two = place.open();
    CHECK(one->store_id() != two->store_id());
    REQUIRE(one->append(append_of(1, stream("a"), {1})).has_value());
    CHECK(two->high_water() == Position());
    REQUIRE(two->append(append_of(1, stream("a"), {1})).has_value());
    CHECK(two->high_water() == Position(1));
  }

  TEST_CASE_FIXTURE(PostgresStores, "what is no store or a newer one is refused and left alone") {
    options.must_exist = true;
    CHECK(failure_code([&] { open(); }) == "store.missing");
    options.must_exist = false;
    execute("CREATE SCHEMA " + options.schema + "; CREATE TABLE " + options.schema + ".t(a int)");
    CHECK(failure_code([&] { open(); }) == "store.not_a_store");
    execute("DROP TABLE t");
    open();
    execute("UPDATE format SET format = 99");
    CHECK(failure_code([&] { open(); }) == "store.newer_format");
    options.conninfo += " dbname=nowhere";
    options.busy_timeout = 10ms;
    CHECK(failure_code([&] { PostgresStore::open(options, clock, random); }) == "store.missing");
    options.conninfo = test::PostgresServer::running().connection();
  }

  TEST_CASE_FIXTURE(PostgresStores, "a role that may make its schema needs no other right") {
    execute(
        "DROP ROLE IF EXISTS modest; CREATE ROLE modest LOGIN; "
        "GRANT CREATE ON DATABASE postgres TO modest");
    options.conninfo += " user=modest";
    const auto one = open();
    const auto two = open();
    for (std::uint64_t number = 1; number <= 10; ++number) {
      auto& writer = number % 2 == 0 ? *one : *two;
      REQUIRE(writer.append(append_of(number, stream("a"), {number})).has_value());
    }
    CHECK(one->high_water() == Position(10));
    CHECK(one->find_append(append_id(9)).has_value());
    CHECK_FALSE(one->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(PostgresStores, "a store opened for reading reads and does not write") {
    REQUIRE(open()->append(append_of(1, stream("a"), {1})).has_value());
    options.read_only = true;
    const auto store = open();
    CHECK(read(*store).positions() == std::vector<std::uint64_t>{1});
    CHECK(failure_code([&] { (void)store->append(append_of(2, stream("a"), {2})); }) ==
          "store.read_only");
    CHECK(failure_code([&] { store->set_property("a", "b"); }) == "store.read_only");
  }

  TEST_CASE_FIXTURE(PostgresStores, "a store of the first format is brought up to date") {
    REQUIRE(open()->append(append_of(1, stream("a"), {1})).has_value());
    execute("DROP TABLE merkle; UPDATE format SET format = 1");
    options.read_only = true;
    CHECK(failure_code([&] { open(); }) == "store.older_format");
    options.read_only = false;
    const auto store = open();
    CHECK(store->issue_checkpoint().checkpoint.position == Position(1));
    CHECK(store->prove(Position(1)).has_value());
    CHECK(store->facts(false).format == 2);
  }

  TEST_CASE_FIXTURE(PostgresStores, "a store is copied from a file and back, hash for hash") {
    SeededRandom seeds(3);
    const auto file = SqliteStore::open({.file = ":memory:"}, clock, seeds);
    auto rich = append_of(1, stream("a"), {1, 2});
    rich.id = append_id(77, 2);
    rich.streams[0].events[0].tags = {"x", "y"};
    rich.streams[0].events[0].headers = {{"h", "v"}};
    rich.streams[0].events[1].tenant = "t";
    rich.answer = Answer{.bytes = "yes", .expires_at = clock.now() + 1h};
    REQUIRE(file->append(rich).has_value());
    REQUIRE(file->append(append_of(3, stream("b", "other"), {3})).has_value());
    file->register_type("test.Happened", "print");
    file->set_property("p", "v");
    REQUIRE(file->change({.what = TruncateStream{.stream = stream("a"), .before = StreamVersion(2)},
                          .who = "ann"})
                .has_value());
    const auto copy = [](StoreEngine& from, StoreEngine& to) {
      from.stored_events(Position(1), 1000, [&](const StoredEvent& event) {
        to.put_events({&event, 1});
        return true;
      });
      for (const auto kind : {Record::Kind::property, Record::Kind::schema, Record::Kind::outcome,
                              Record::Kind::life, Record::Kind::skip, Record::Kind::consumer}) {
        to.put_records(from.records(kind, "", 1000));
      }
    };
    const auto store = open();
    copy(*file, *store);
    const auto back = SqliteStore::open({.file = ":memory:"}, clock, seeds);
    copy(*store, *back);
    for (StoreEngine* engine :
         {static_cast<StoreEngine*>(store.get()), static_cast<StoreEngine*>(back.get())}) {
      CHECK(engine->chain_at(Position(3)) == file->chain_at(Position(3)));
      CHECK_FALSE(engine->verify({}).damage.has_value());
      CHECK(engine->find_append(rich.id)->answer == "yes");
      CHECK(engine->property("p") == "v");
      CHECK(engine->register_type("test.Happened", "print") == 1);
      CHECK(read(*engine, {.criteria = {{.tags = {"y"}}}}).positions() ==
            std::vector<std::uint64_t>{1});
      CHECK(read(*engine).events[0].view().tombstone);
      CHECK(engine->append(rich)->repeated);
      CHECK(engine->records(Record::Kind::life, "", 10)[0].value ==
            store->records(Record::Kind::life, "", 10)[0].value);
    }
    CHECK(failure_code([&] {
            store->stored_events(Position(3), 1, [&](const StoredEvent& event) {
              auto other = event;
              other.chain[0] ^= 1;
              store->put_events({&other, 1});
              return true;
            });
          }) == "store.diverged");
  }
}

}  // namespace
}  // namespace tidemark::store
