#include "tidemark/sqlite/migration.hpp"

#include <doctest/doctest.h>

#include <functional>

#include <array>

#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::sqlite {
namespace {

constexpr std::array<Migration, 2> steps{{
    {.to_format = 1, .sql = "CREATE TABLE a(i INTEGER); INSERT INTO a VALUES(1)"},
    {.to_format = 2, .sql = "UPDATE a SET i = i + 1"},
}};
constexpr FileFormat format_1{
    .name = "toy", .application_id = 77, .migrations = std::span(steps).first(1)};
constexpr FileFormat format_2{.name = "toy", .application_id = 77, .migrations = steps};

std::string code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "none";
}

struct Fixture {
  MemoryFiles files;
  Database database = Database::open({.file = "test", .vfs = files.vfs(), .area = "toy"});
};

TEST_SUITE("sqlite/migration") {
  TEST_CASE_FIXTURE(Fixture, "an empty file and an old one reach the newest format") {
    CHECK(migrate(database, format_1) == 0);
    CHECK(migrate(database, format_1) == 1);
    CHECK(migrate(database, format_2) == 1);
    CHECK(migrate(database, format_2) == 2);
    auto select = database.prepare("SELECT i FROM a");
    REQUIRE(select.next());
    CHECK(select.integer(0) == 2);
    CHECK(database.pragma("user_version") == "2");
  }

  TEST_CASE_FIXTURE(Fixture, "a newer format is refused") {
    migrate(database, format_2);
    CHECK(code_of([&] { migrate(database, format_1); }) == "toy.newer_format");
    CHECK(code_of([&] { check_format(database, format_1); }) == "toy.newer_format");
  }

  TEST_CASE_FIXTURE(Fixture, "an older format is refused when nothing may be written") {
    migrate(database, format_1);
    CHECK(code_of([&] { check_format(database, format_2); }) == "toy.older_format");
    CHECK(code_of([&] { check_format(database, format_1); }) == "none");
  }

  TEST_CASE_FIXTURE(Fixture, "a database of somebody else is refused and left as it is") {
    database.execute("CREATE TABLE theirs(i INTEGER)");
    CHECK(code_of([&] { migrate(database, format_1); }) == "toy.foreign");
    CHECK(database.pragma("application_id") == "0");
  }

  TEST_CASE_FIXTURE(Fixture, "a step that fails leaves the file as it was") {
    constexpr std::array<Migration, 1> broken{
        {{.to_format = 1, .sql = "CREATE TABLE a(i INTEGER); SELEKT"}}};
    const FileFormat format{.name = "toy", .application_id = 77, .migrations = broken};
    CHECK(code_of([&] { migrate(database, format); }) == "toy.error");
    CHECK(migrate(database, format_1) == 0);
  }
}

}  // namespace
}  // namespace tidemark::sqlite
