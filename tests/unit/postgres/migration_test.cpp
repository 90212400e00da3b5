#include "tidemark/postgres/migration.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/failure_code.hpp"
#include "unit/postgres/database.hpp"

namespace tidemark::postgres {
namespace {

using test::failure_code;

constexpr std::array<Migration, 2> steps{
    {{.to_format = 1, .sql = "CREATE TABLE {schema}.t(a bigint)"},
     {.to_format = 2,
      .sql = "INSERT INTO {schema}.t VALUES(1); INSERT INTO {schema}.t VALUES(2)"}}};
constexpr SchemaFormat old_format{.name = "thing", .migrations = {steps.data(), 1}};
constexpr SchemaFormat new_format{.name = "thing", .migrations = steps};
constexpr SchemaFormat other_format{.name = "other", .migrations = steps};

/// A schema of the case's own.
std::string schema(Connection& database, const std::string& name) {
  database.execute("DROP SCHEMA IF EXISTS " + quoted_name(name) + " CASCADE");
  return name;
}

TEST_SUITE("postgres/migration") {
  TEST_CASE("a schema is made, and goes through the steps it lacks") {
    auto database = connect();
    const auto name = schema(database, "the \"new\" one");
    CHECK(failure_code([&] { check_format(database, name, new_format); }) == "test.missing");
    CHECK(migrate(database, name, old_format) == 0);
    check_format(database, name, old_format);
    CHECK(failure_code([&] { check_format(database, name, new_format); }) == "test.older_format");
    CHECK(migrate(database, name, new_format) == 1);
    CHECK(migrate(database, name, new_format) == 2);
    check_format(database, name, new_format);
    CHECK(database.query("SELECT a FROM " + quoted_name(name) + ".t").count() == 2);
  }

  TEST_CASE("tables of a later version, or of somebody else, are refused and left alone") {
    auto database = connect();
    const auto name = schema(database, "refused");
    migrate(database, name, new_format);
    CHECK(failure_code([&] { migrate(database, name, old_format); }) == "test.newer_format");
    CHECK(failure_code([&] { migrate(database, name, other_format); }) == "test.foreign");
    database.execute("DROP TABLE refused.format");
    CHECK(failure_code([&] { migrate(database, name, new_format); }) == "test.foreign");
    CHECK(database.query("SELECT a FROM refused.t").count() == 2);
  }

  TEST_CASE("an empty schema that somebody made is used") {
    auto database = connect();
    const auto name = schema(database, "granted");
    database.execute("CREATE SCHEMA granted");
    CHECK(migrate(database, name, new_format) == 0);
  }

  TEST_CASE("many that migrate at once make it once") {
    auto database = connect();
    const auto name = schema(database, "raced");
    std::atomic<int> first{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&] {
        auto own = connect();
        if (migrate(own, name, new_format) == 0) ++first;
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(first == 1);
    CHECK(database.query("SELECT a FROM raced.t").count() == 2);
  }

  TEST_CASE("names and texts are quoted") {
    auto database = connect();
    const std::string hard = "a'b\"c\\d";
    const auto rows = database.query("SELECT " + quoted_text(hard) + " AS " + quoted_name(hard));
    CHECK(rows.text(0, 0) == hard);
  }
}

}  // namespace
}  // namespace tidemark::postgres
