#include "tidemark/postgres/connection.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <limits>
#include <string>

#include "support/failure_code.hpp"
#include "tidemark/base/failure.hpp"
#include "unit/postgres/database.hpp"

namespace tidemark::postgres {
namespace {

using test::failure_code;
using namespace std::chrono_literals;

const Uuid some_uuid(Uuid::Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});

TEST_SUITE("postgres/values") {
  TEST_CASE("every value comes back as it was sent") {
    auto database = connect();
    const std::string bytes("\0\xFF'\\\n", 5);
    const auto least = std::numeric_limits<std::int64_t>::min();
    const auto rows =
        database.query("SELECT $1::bool, $2::bigint, $3::text, $4::bytea, $5::uuid, $6::smallint",
                       parameters(true, least, "häß'\\", Bytes{bytes}, some_uuid, -7));
    REQUIRE(rows.count() == 1);
    CHECK(rows.boolean(0, 0));
    CHECK(rows.integer(0, 1) == least);
    CHECK(rows.text(0, 2) == "häß'\\");
    CHECK(rows.bytes(0, 3) == bytes);
    CHECK(rows.uuid(0, 4) == some_uuid);
    CHECK(rows.integer(0, 5) == -7);
    CHECK_FALSE(rows.is_null(0, 3));
  }

  TEST_CASE("what has no value is NULL, and what is empty is not") {
    auto database = connect();
    const auto rows =
        database.query("SELECT $1::bigint, $2::text, $3::text",
                       parameters(std::optional<std::int64_t>(), std::optional<std::string>(), ""));
    CHECK(rows.is_null(0, 0));
    CHECK(rows.is_null(0, 1));
    CHECK_FALSE(rows.is_null(0, 2));
    CHECK(rows.text(0, 2).empty());
  }

  TEST_CASE("arrays of any length come back element by element") {
    auto database = connect();
    for (const int count : {0, 1, 2, 255, 256, 70'000}) {
      CAPTURE(count);
      Parameters values;
      values.add_bigint_array();
      for (int at = 0; at < count; ++at) values.element(at);
      values.add_text_array();
      for (int at = 0; at < count; ++at) values.element("t" + std::to_string(at));
      const auto rows = database.query(
          "SELECT count(*), coalesce(sum(i), 0)::bigint, coalesce(max(length(t)), 0)::bigint "
          "FROM unnest($1::bigint[], $2::text[]) AS e(i, t)",
          values);
      CHECK(rows.integer(0, 0) == count);
      CHECK(rows.integer(0, 1) == static_cast<std::int64_t>(count) * (count - 1) / 2);
      CHECK(rows.integer(0, 2) ==
            (count == 0 ? 0 : static_cast<int>(std::to_string(count - 1).size()) + 1));
    }
  }

  TEST_CASE("an array may hold NULLs, bytes and ids") {
    auto database = connect();
    Parameters values;
    values.add_bytea_array().element("a").null_element().element(std::string_view("\0b", 2));
    values.add_uuid_array().element(some_uuid).element(Uuid()).element(some_uuid);
    const auto rows = database.query(
        "SELECT b, u FROM unnest($1::bytea[], $2::uuid[]) WITH ORDINALITY AS e(b, u, n) ORDER BY n",
        values);
    REQUIRE(rows.count() == 3);
    CHECK(rows.is_null(1, 0));
    CHECK(rows.bytes(2, 0) == std::string_view("\0b", 2));
    CHECK(rows.uuid(1, 1) == Uuid());
    const auto texts = database.query("SELECT ARRAY['x', '', 'yz']::text[], ARRAY[]::text[]");
    CHECK(texts.texts(0, 0) == std::vector<std::string_view>{"x", "", "yz"});
    CHECK(texts.texts(0, 1).empty());
  }

  TEST_CASE("one statement has many parameters") {
    auto database = connect();
    const auto rows = database.query("SELECT $1 || $2 || $3", parameters("a", "b", "c"));
    CHECK(rows.text(0, 0) == "abc");
    CHECK(database.query("CREATE TEMP TABLE t AS SELECT 1 AS a UNION SELECT 2").affected() == 2);
    CHECK(database.query("UPDATE t SET a = a + 1 WHERE a > $1", parameters(1)).affected() == 1);
  }
}

TEST_SUITE("postgres/connection") {
  TEST_CASE("a statement that fails tells by its code what is wrong") {
    auto database = connect();
    database.execute("CREATE TEMP TABLE t(a bigint PRIMARY KEY); INSERT INTO t VALUES(1)");
    const auto code = [&](const std::string& sql) {
      return failure_code([&] { database.query(sql); });
    };
    CHECK(code("INSERT INTO t VALUES(1)") == "test.constraint");
    CHECK(code("SELECT 1 FROM nowhere") == "test.missing");
    CHECK(code("SELECT 'x'::text::bigint") == "test.bad_value");
    CHECK(code("SELEC") == "test.error");
    CHECK(failure_code([&] { database.execute("BEGIN READ ONLY; CREATE TABLE t2(a bigint)"); }) ==
          "test.read_only");
    database.execute("ROLLBACK");
    database.execute("SET statement_timeout = '20ms'");
    CHECK(code("SELECT pg_sleep(10)") == "test.busy");
    database.execute("RESET statement_timeout");
    CHECK(database.is_open());
    CHECK(database.query("SELECT a FROM t").integer(0, 0) == 1);
  }

  TEST_CASE("a server that cannot go on tells by its code what is wrong and whether it passes") {
    struct Told {
      std::string state;
      std::string code;
      bool retryable;
    };
    const std::array<Told, 11> all{{{"53000", "test.memory", true},
                                    {"53100", "test.disk_full", true},
                                    {"53200", "test.memory", true},
                                    {"53300", "test.connection", true},
                                    {"53400", "test.memory", true},
                                    {"58000", "test.io", true},
                                    {"58030", "test.io", true},
                                    {"58P01", "test.io", true},
                                    {"XX000", "test.error", false},
                                    {"XX001", "test.corrupt", false},
                                    {"XX002", "test.corrupt", false}}};
    auto database = connect();
    for (const auto& told : all) {
      CAPTURE(told.state);
      try {
        database.query("DO $$ BEGIN RAISE EXCEPTION 'it is so' USING ERRCODE = '" + told.state +
                       "'; END $$");
        FAIL("nothing was raised");
      } catch (const Failure& failure) {
        CHECK(failure.code() == told.code);
        CHECK(failure.retryable() == told.retryable);
        CHECK(failure.message().find(told.state) != std::string::npos);
      }
    }
    CHECK(database.is_open());
  }

  TEST_CASE("a lock that is not given in time is busy, and can be tried again") {
    auto one = connect();
    auto two = connect();
    const Transaction held(one);
    one.query("SELECT pg_advisory_xact_lock(17)");
    two.execute("SET lock_timeout = '20ms'");
    try {
      two.query("SELECT pg_advisory_xact_lock(17)");
      FAIL("the lock was given twice");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "test.busy");
      CHECK(failure.retryable());
    }
  }

  TEST_CASE("a failure does not quote the values of a row") {
    auto database = connect();
    database.execute("CREATE TEMP TABLE t(a text PRIMARY KEY); INSERT INTO t VALUES('secret')");
    try {
      database.query("INSERT INTO t VALUES($1)", parameters("secret"));
      FAIL("a key was taken twice");
    } catch (const Failure& failure) {
      CHECK(std::string(failure.what()).find("secret") == std::string::npos);
    }
  }

  TEST_CASE("a transaction that is not committed leaves nothing") {
    auto database = connect();
    database.execute("CREATE TEMP TABLE t(a bigint)");
    {
      const Transaction dropped(database);
      database.execute("INSERT INTO t VALUES(1)");
    }
    {
      Transaction kept(database);
      database.execute("INSERT INTO t VALUES(2)");
      kept.commit();
    }
    const auto rows = database.query("SELECT a FROM t");
    REQUIRE(rows.count() == 1);
    CHECK(rows.integer(0, 0) == 2);
  }

  TEST_CASE("what a statement needs is there again when it is run a second time") {
    auto database = connect();
    for (int at = 0; at < 400; ++at) {  // more texts than are kept prepared
      const auto sql = "SELECT $1::bigint + " + std::to_string(at);
      CHECK(database.query(sql, parameters(1)).integer(0, 0) == at + 1);
      CHECK(database.query(sql, parameters(2)).integer(0, 0) == at + 2);
    }
  }
}

TEST_SUITE("postgres/pipeline") {
  TEST_CASE("a pipeline answers each of its statements in order") {
    auto database = connect();
    std::vector<Statement> statements;
    for (int at = 0; at < 1000; ++at) {
      statements.push_back({.sql = "SELECT $1::bigint", .parameters = parameters(at)});
    }
    const auto answers = database.pipeline(statements);
    REQUIRE(answers.size() == 1000);
    for (std::size_t at = 0; at < 1000; ++at) {
      CHECK(answers[at].integer(0, 0) == static_cast<std::int64_t>(at));
    }
  }

  TEST_CASE("a pipeline larger than any buffer comes through both ways") {
    auto database = connect();
    const std::string large(200'000, 'x');
    std::vector<Statement> statements;
    for (int at = 0; at < 100; ++at) {
      statements.push_back({.sql = "SELECT $1::text", .parameters = parameters(large)});
    }
    for (const auto& answer : database.pipeline(statements)) CHECK(answer.text(0, 0) == large);
  }

  TEST_CASE("of a pipeline that fails nothing is left, and the connection goes on") {
    auto database = connect();
    database.execute("CREATE TEMP TABLE t(a bigint PRIMARY KEY)");
    const auto fails = [&] {
      return failure_code([&] {
        database.pipeline({{.sql = "INSERT INTO t VALUES($1)", .parameters = parameters(1)},
                           {.sql = "INSERT INTO t VALUES($1)", .parameters = parameters(1)},
                           {.sql = "SELECT $1::text || 'new'", .parameters = parameters("a")}});
      });
    };
    CHECK(fails() == "test.constraint");
    CHECK(fails() == "test.constraint");
    CHECK(database.query("SELECT 1 FROM t").empty());
    CHECK(database.query("SELECT $1::text || 'new'", parameters("a")).text(0, 0) == "anew");
  }

  TEST_CASE("a transaction spans pipelines") {
    auto database = connect();
    database.execute("CREATE TEMP TABLE t(a bigint)");
    database.pipeline({{.sql = "BEGIN"}, {.sql = "INSERT INTO t VALUES(1)"}});
    database.pipeline({{.sql = "INSERT INTO t VALUES(2)"}, {.sql = "ROLLBACK"}});
    CHECK(database.query("SELECT 1 FROM t").empty());
  }

  TEST_CASE("rows come one by one, until nobody wants more") {
    auto database = connect();
    std::int64_t seen = 0;
    const auto visit = [&](const Rows& row) {
      CHECK(row.count() == 1);
      CHECK(row.integer(0, 0) == ++seen);
      return seen < 10;
    };
    database.each_row("SELECT * FROM generate_series(1, $1::bigint)", parameters(100'000), visit);
    CHECK(seen == 10);
    seen = 0;
    database.each_row("SELECT * FROM generate_series(1, $1::bigint)", parameters(7), visit);
    CHECK(seen == 7);
    CHECK(failure_code([&] {
            database.each_row("SELECT 1 / ($1::bigint - n) FROM generate_series(1, 3) n",
                              parameters(2), [](const Rows&) { return true; });
          }) == "test.bad_value");
    CHECK(failure_code([&] { database.each_row("SELEC", {}, [](const Rows&) { return true; }); }) ==
          "test.error");
    CHECK(database.query("SELECT 1::bigint").integer(0, 0) == 1);
  }

  TEST_CASE("a statement has all of its rows after one that was read row by row") {
    auto database = connect();
    for (int time = 0; time < 3; ++time) {
      database.each_row("SELECT generate_series(1, 3)", {}, [](const Rows&) { return true; });
      CHECK(database.query("SELECT generate_series(1, 5)").count() == 5);
    }
  }
}

}  // namespace
}  // namespace tidemark::postgres
