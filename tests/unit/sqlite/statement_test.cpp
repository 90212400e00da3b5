#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::sqlite {
namespace {

struct Fixture {
  MemoryFiles files;
  Database database = Database::open({.file = "test", .vfs = files.vfs()});
};

TEST_SUITE("sqlite/statement") {
  TEST_CASE_FIXTURE(Fixture, "values come back as they were bound") {
    database.execute("CREATE TABLE t(i INTEGER, r REAL, x TEXT, b BLOB, n TEXT) STRICT");
    const std::string with_zero("a\0b", 3);
    auto insert = database.prepare("INSERT INTO t VALUES(?1, ?2, ?3, ?4, ?5)");
    insert.bind_all(std::int64_t{-7}, 0.5, with_zero, Blob{with_zero}, nullptr).run();
    auto select = database.prepare("SELECT i, r, x, b, n FROM t");
    REQUIRE(select.next());
    CHECK(select.integer(0) == -7);
    CHECK(select.real(1) == 0.5);
    CHECK(select.text(2) == with_zero);
    CHECK(select.blob(3) == with_zero);
    CHECK(select.is_null(4));
    CHECK(select.text(4).empty());
    CHECK(select.column_name(2) == "x");
    CHECK_FALSE(select.next());
  }

  TEST_CASE_FIXTURE(Fixture, "an empty text and an empty blob are not NULL") {
    auto select = database.prepare("SELECT ?1, ?2");
    select.bind_all(std::string_view(), Blob{});
    REQUIRE(select.next());
    CHECK(std::get<std::string_view>(select.value(0)).empty());
    CHECK(std::get<Blob>(select.value(1)).bytes.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "values of any type are bound and read through ValueView") {
    const ValueView values[] = {nullptr, std::int64_t{4}, 2.5, std::string_view("text"),
                                Blob{"blob"}};
    auto select = database.prepare("SELECT ?1");
    for (const auto& value : values) {
      select.reset();
      select.bind_value(1, value);
      REQUIRE(select.next());
      CHECK(select.value(0) == value);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a temporary string is copied, an optional without value is NULL") {
    auto select = database.prepare("SELECT ?1, ?2");
    select.bind_all(std::string(100, 'x'), std::optional<int>());
    REQUIRE(select.next());
    CHECK(select.text(0) == std::string(100, 'x'));
    CHECK(select.is_null(1));
  }

  TEST_CASE_FIXTURE(Fixture, "a number beyond 64 bits with sign is refused") {
    auto select = database.prepare("SELECT ?1");
    try {
      select.bind(1, std::numeric_limits<std::uint64_t>::max());
      FAIL("bound");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "sqlite.out_of_range");
    }
  }

  TEST_CASE_FIXTURE(Fixture, "parameters are found by name") {
    auto select = database.prepare("SELECT :a + :b");
    CHECK(select.parameter_count() == 2);
    CHECK(select.parameter(":b") == 2);
    CHECK(select.parameter(":c") == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "a cached statement in use is not given to a second user") {
    database.execute("CREATE TABLE t(i INTEGER); INSERT INTO t VALUES(1), (2)");
    int pairs = 0;
    auto outer = database.statement("SELECT i FROM t");
    while (outer.next()) {
      auto inner = database.statement("SELECT i FROM t");
      while (inner.next()) ++pairs;
    }
    CHECK(pairs == 4);
  }

  TEST_CASE_FIXTURE(Fixture, "a cached statement comes back without its old bindings") {
    database.statement("SELECT ?1").bind(1, 5).run();
    auto again = database.statement("SELECT ?1");
    REQUIRE(again.next());
    CHECK(again.is_null(0));
  }

  TEST_CASE_FIXTURE(Fixture, "more texts than the cache holds are served") {
    for (int i = 0; i < 500; ++i) {
      auto select = database.statement("SELECT " + std::to_string(i));
      REQUIRE(select.next());
      CHECK(select.integer(0) == i);
    }
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a violated constraint is a failure, after which the statement works") {
    database.execute("CREATE TABLE t(i INTEGER UNIQUE) STRICT");
    auto insert = database.prepare("INSERT INTO t VALUES(?1)");
    insert.bind(1, 1).run();
    try {
      insert.run();
      FAIL("inserted twice");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "sqlite.constraint");
      CHECK_FALSE(failure.retryable());
    }
    insert.bind(1, 2).run();
    CHECK(database.changes() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "whether a statement writes can be asked") {
    database.execute("CREATE TABLE t(i INTEGER)");
    CHECK(database.prepare("SELECT i FROM t").is_read_only());
    CHECK_FALSE(database.prepare("DELETE FROM t").is_read_only());
  }

  TEST_CASE_FIXTURE(Fixture, "bad SQL is a failure that names it") {
    try {
      database.execute("SELEKT 1");
      FAIL("ran");
    } catch (const Failure& failure) {
      CHECK(failure.code() == "sqlite.error");
      CHECK(failure.message().find("SELEKT") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace tidemark::sqlite
