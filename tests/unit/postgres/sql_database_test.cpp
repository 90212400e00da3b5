#include "tidemark/postgres/sql_database.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "support/failure_code.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/postgres/schemas.hpp"
#include "tidemark/sql/transaction.hpp"
#include "unit/postgres/database.hpp"

namespace tidemark::postgres {
namespace {

using test::failure_code;

SqlDatabaseOptions options_of(const std::string& schema) {
  return {.connect = here(), .schema = schema};
}

constexpr std::string_view rooms_steps[] = {"CREATE TABLE rooms(name {text});"};
constexpr sql::Format rooms_format{.name = "rooms", .number = 1, .steps = rooms_steps};

/// A database with one table, and a connection that looks at it from outside.
struct Rooms {
  explicit Rooms(const std::string& schema) : database(options_of(schema)), outside(connect()) {
    outside.execute("SET search_path = " + schema);
    database.execute("CREATE TABLE rooms(name text PRIMARY KEY)");
  }
  void add(const std::string& name) {
    auto insert = database.statement("INSERT INTO rooms VALUES (?1)");
    insert.bind(1, std::string_view(name)).run();
  }
  std::int64_t count() { return outside.query("SELECT count(*) FROM rooms").integer(0, 0); }
  /// Cuts the database's connection from the server's side.
  void cut() {
    auto row = database.prepare("SELECT pg_backend_pid()");
    row.next();
    outside.query("SELECT pg_terminate_backend($1::int)", parameters(row.integer(0)));
  }

  SqlDatabase database;
  Connection outside;
};

TEST_SUITE("postgres/sql_database") {
  TEST_CASE("within a transaction statements are sent with the next that is read") {
    Rooms rooms("rooms_kept");
    auto& database = rooms.database;
    sql::Transaction transaction(database);
    rooms.add("a");
    rooms.add("a");
    CHECK(failure_code([&] { database.flush(); }) == "test.constraint");
    CHECK(database.in_transaction());
    CHECK(failure_code([&] { transaction.commit(); }) == "test.constraint");
    database.rollback();
    CHECK(rooms.count() == 0);
  }

  TEST_CASE("more statements than are kept are sent before, and all of them are done") {
    Rooms rooms("rooms_many");
    sql::in_transaction(rooms.database, [&] {
      for (int i = 0; i < 5000; ++i) rooms.add(std::to_string(i));
    });
    CHECK(rooms.count() == 5000);
  }

  TEST_CASE("a transaction goes with its connection, and the next use connects anew") {
    Rooms rooms("rooms_cut");
    auto& database = rooms.database;
    database.begin(sql::Access::write);
    rooms.add("lost");
    database.flush();
    rooms.cut();
    rooms.add("lost too");
    CHECK(failure_code([&] { database.commit(); }) == "test.connection");
    CHECK_FALSE(database.in_transaction());
    sql::in_transaction(database, [&] { rooms.add("kept"); });
    CHECK(rooms.count() == 1);
  }

  TEST_CASE("a connection that was cut while nothing was open is made anew") {
    Rooms rooms("rooms_idle");
    rooms.cut();
    CHECK(failure_code([&] { rooms.add("lost"); }) == "test.connection");
    rooms.add("kept");
    CHECK(rooms.count() == 1);
  }

  TEST_CASE("what guards a name has it alone, and takes it again with a new connection") {
    Rooms rooms("rooms_guarded");
    SqlDatabase second(options_of("rooms_guarded"));
    rooms.database.guard("rooms");
    CHECK(failure_code([&] { second.guard("rooms"); }) == "test.locked");
    second.guard("others");
    rooms.cut();
    CHECK(failure_code([&] { rooms.add("a"); }) == "test.connection");
    second.guard("rooms");
    CHECK(failure_code([&] { rooms.add("a"); }) == "test.locked");
    CHECK(rooms.count() == 0);
  }

  TEST_CASE("what is being prepared by another process is nobody else's") {
    Rooms rooms("rooms_prepared");
    auto& outside = rooms.outside;
    outside.execute("DROP TABLE rooms");
    std::atomic<bool> done{false};
    std::set<std::string> codes;
    std::thread looker([&] {
      SqlDatabase database(options_of("rooms_prepared"));
      while (!done) codes.insert(failure_code([&] { database.check_format(rooms_format); }));
    });
    for (int round = 0; round < 50; ++round) {
      outside.execute(
          "CREATE TABLE rooms(id bigint); UPDATE tidemark_database SET kind = 'rooms', "
          "kind_format = 1");
      outside.execute("DROP TABLE rooms; UPDATE tidemark_database SET kind = '', kind_format = 0");
    }
    done = true;
    looker.join();
    codes.erase("no failure");
    CHECK(codes == std::set<std::string>{"test.older_format"});
  }

  TEST_CASE("what the server is to keep for good waits for its disk") {
    Rooms rooms("rooms_durable");
    auto& database = rooms.database;
    database.execute("DROP TABLE rooms");
    const auto setting = [&] {
      auto row = database.prepare("SELECT current_setting('synchronous_commit')");
      return row.next() ? std::string(row.text(0)) : "";
    };
    REQUIRE(setting() == "off");  // the server's own
    database.prepare_format(rooms_format, sql::Durability::full);
    CHECK(setting() == "on");
    database.prepare_format(rooms_format, sql::Durability::normal);
    CHECK(setting() == "off");
  }

  TEST_CASE("a model that is on disk when it says so stays it whatever the server is told") {
    SqlDatabase database(options_of("rooms_on_disk"));
    const auto tell_server = [&](const std::string& setting) {
      auto server = connect();
      server.execute("ALTER SYSTEM " + setting);
      server.execute("SELECT pg_reload_conf()");
    };
    const auto is_told = [](std::string_view wanted) {
      return connect().query("SHOW synchronous_commit").text(0, 0) == wanted;
    };
    tell_server("SET synchronous_commit = on");
    while (!is_told("on")) continue;
    database.prepare_format(rooms_format, sql::Durability::full);
    tell_server("RESET synchronous_commit");
    while (!is_told("off")) continue;
    auto row = database.prepare("SELECT current_setting('synchronous_commit')");
    REQUIRE(row.next());
    CHECK(row.text(0) == "on");
  }

  TEST_CASE("the server works on nothing that nobody waits for any more") {
    auto options = options_of("rooms_slow");
    options.connect.reply_timeout = std::chrono::milliseconds(200);
    SqlDatabase database(options);
    CHECK(failure_code([&] { database.execute("SELECT pg_sleep(30)"); }) != "no failure");
    auto outside = connect();
    const SystemClock clock;
    const auto deadline = clock.monotonic() + std::chrono::seconds(10);
    const auto goes_on = [&] {
      return !outside
                  .query(
                      "SELECT 1 FROM pg_stat_activity WHERE state = 'active' "
                      "AND query = 'SELECT pg_sleep(30)'")
                  .empty();
    };
    while (goes_on() && clock.monotonic() < deadline) continue;
    CHECK_FALSE(goes_on());
  }

  TEST_CASE("a transaction of a client that stopped does not stay open") {
    Rooms rooms("rooms_stopped");
    auto row =
        rooms.database.prepare("SELECT current_setting('idle_in_transaction_session_timeout')");
    REQUIRE(row.next());
    CHECK(row.text(0) == "1min");
  }

  TEST_CASE("a schema with tables of somebody else is left as it is") {
    auto outside = connect();
    outside.execute("CREATE SCHEMA rooms_foreign; CREATE TABLE rooms_foreign.theirs(id int)");
    CHECK(failure_code([&] { SqlDatabase database(options_of("rooms_foreign")); }) ==
          "test.foreign");
  }

  TEST_CASE("a type without a counterpart says what to do") {
    Rooms rooms("rooms_types");
    auto row = rooms.database.prepare("SELECT now(), 'a'::varchar, 1.5::numeric, 1::real, -0.25");
    REQUIRE(row.next());
    CHECK(failure_code([&] { return row.value(0); }) == "test.error");
    CHECK(row.text(1) == "a");
    CHECK(row.value(2) == sql::ValueView(1.5));
    CHECK(row.value(3) == sql::ValueView(1.0));
    CHECK(row.value(4) == sql::ValueView(-0.25));
  }
}

TEST_SUITE("postgres/schemas") {
  TEST_CASE("a lock is held by one, until it or its connection goes") {
    Schemas place({.connect = here(), .prefix = "locks"});
    auto first = place.lock("totals");
    first->hold();
    first->hold();
    const auto second = place.lock("totals");
    CHECK(failure_code([&] { second->hold(); }) == "test.locked");
    place.lock("others")->hold();
    first.reset();
    second->hold();
  }

  TEST_CASE("what is removed is gone, and one that is not there is no matter") {
    Schemas place({.connect = here(), .prefix = "removals"});
    const auto made = place.open("totals.v1.g1.db", sql::OpenMode::create);
    CHECK(made->name() == "schema removals_totals_v1_g1");
    CHECK(place.exists("totals.v1.g1.db"));
    place.remove("totals.v1.g1.db");
    place.remove("totals.v1.g1.db");
    CHECK_FALSE(place.exists("totals.v1.g1.db"));
  }

  TEST_CASE("what is read is removed later") {
    Schemas place({.connect = here(), .prefix = "busy"});
    const auto database = place.open("totals.db", sql::OpenMode::create);
    sql::Transaction reading(*database);
    CHECK(database->data_version() != 0);
    place.remove("totals.db");
    CHECK(place.exists("totals.db"));
  }

  TEST_CASE("a table is shown under its own name, and then another one") {
    Schemas place({.connect = here(), .prefix = "shows"});
    for (const auto* name : {"totals.v1.g1.db", "totals.v1.g2.db"}) {
      const auto database = place.open(name, sql::OpenMode::create);
      database->execute("CREATE TABLE totals(origin text)");
      database->statement("INSERT INTO totals VALUES (?1)").bind(1, name).run();
      place.show("totals", name);
      place.show("totals", name);
      CHECK(connect().query("SELECT origin FROM shows_live.totals").text(0, 0) == name);
    }
  }

  TEST_CASE("who may read what is shown, and what others made of it, stays") {
    Schemas place({.connect = here(), .prefix = "grants"});
    const auto show = [&](const char* name, const std::string& columns) {
      const auto database = place.open(name, sql::OpenMode::create);
      database->execute("CREATE TABLE totals AS SELECT " + columns);
      place.show("totals", name);
    };
    show("totals.v1.g1.db", "'g1'::text AS origin");
    auto outside = connect();
    outside.execute(
        "DROP ROLE IF EXISTS onlooker; CREATE ROLE onlooker;"
        "GRANT USAGE ON SCHEMA grants_live TO onlooker;"
        "GRANT SELECT ON grants_live.totals TO onlooker;"
        "CREATE VIEW derived AS SELECT origin FROM grants_live.totals");
    show("totals.v1.g2.db", "'g2'::text AS origin, 1 AS more");
    CHECK(outside.query("SELECT origin FROM derived").text(0, 0) == "g2");
    outside.execute("DROP VIEW derived; SET ROLE onlooker");
    CHECK(outside.query("SELECT origin FROM grants_live.totals").text(0, 0) == "g2");
    show("totals.v2.g3.db", "3::bigint AS other");
    CHECK(connect().query("SELECT other FROM grants_live.totals").integer(0, 0) == 3);
  }

  TEST_CASE("what is read is shown later") {
    Schemas place({.connect = here(), .prefix = "slow"});
    const auto show = [&](const char* name) {
      return failure_code([&] { place.show("totals", name); });
    };
    for (const auto* name : {"totals.v1.g1.db", "totals.v1.g2.db"}) {
      place.open(name, sql::OpenMode::create)->execute("CREATE TABLE totals(origin text)");
    }
    CHECK(show("totals.v1.g1.db") == "no failure");
    auto reader = connect();
    reader.execute("BEGIN; SELECT * FROM slow_live.totals");
    CHECK(show("totals.v1.g2.db") == "test.busy");
    reader.execute("COMMIT");
    CHECK(show("totals.v1.g2.db") == "no failure");
  }

  TEST_CASE("a name that no schema can have is refused") {
    Schemas place({.connect = here(), .prefix = "long"});
    CHECK(place.schema_of("totals.v1.g1.db") == "long_totals_v1_g1");
    CHECK(failure_code([&] { return place.exists(std::string(60, 'a')); }) == "test.bad_name");
  }
}

}  // namespace
}  // namespace tidemark::postgres
