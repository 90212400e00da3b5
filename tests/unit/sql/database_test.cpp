#include "tidemark/sql/database.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "support/failure_code.hpp"
#include "support/storage.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::sql {
namespace {

using test::failure_code;
using test::File;

constexpr std::string_view first_step = R"(
CREATE TABLE things(
  id {numbered},
  name {text} NOT NULL UNIQUE,
  size {integer} NOT NULL DEFAULT 0,
  share {real},
  bytes {bytes}){strict};)";
constexpr std::string_view second_step = "ALTER TABLE things ADD COLUMN note {text};";
constexpr std::string_view steps[] = {first_step, second_step};
constexpr Format format_one{.name = "set of things", .number = 71, .steps = {steps, 1}};
constexpr Format format_two{.name = "set of things", .number = 71, .steps = steps};
constexpr Format another{.name = "set of others", .number = 72, .steps = {steps, 1}};

struct Things {
  Things() { ours().prepare_format(format_one, Durability::normal); }
  [[nodiscard]] Database& ours() const { return file; }
  [[nodiscard]] File open() const { return {*storage.place, "things.db"}; }
  void add(const std::string& name, std::int64_t size = 0) const {
    auto insert = ours().statement("INSERT INTO things(name, size) VALUES (?1, ?2)");
    insert.bind_all(std::string_view(name), size).run();
  }

  test::Storage storage = test::fresh_storage("test");
  File file{*storage.place, "things.db"};
};

std::int64_t count(Database& database) {
  auto row = database.statement("SELECT count(*) FROM things");
  return row.next() ? row.integer(0) : -1;
}

}  // namespace

TEST_SUITE("sql/statements") {
  TEST_CASE("every value comes back as it was bound") {
    const Things things;
    const std::string bytes("\0\xFF'\\\n", 5);
    const auto least = std::numeric_limits<std::int64_t>::min();
    auto insert = things.ours().prepare(
        "INSERT INTO things(name, size, share, bytes) VALUES (?1, ?2, ?3, ?4)");
    insert.bind(1, std::string("h\xC3\xA4\xC3\x9F'\\")).bind(2, least).bind(3, 0.1);
    insert.bind(4, Blob{bytes}).run();
    auto row = things.ours().statement("SELECT name, size, share, bytes FROM things");
    REQUIRE(row.next());
    CHECK(row.text(0) == "h\xC3\xA4\xC3\x9F'\\");
    CHECK(row.integer(1) == least);
    CHECK(row.real(2) == 0.1);
    CHECK(row.blob(3) == bytes);
    CHECK(row.value(0) == ValueView(std::string_view("h\xC3\xA4\xC3\x9F'\\")));
    CHECK(row.value(1) == ValueView(least));
    CHECK(row.value(2) == ValueView(0.1));
    CHECK(row.value(3) == ValueView(Blob{bytes}));
    CHECK(row.text(1) == std::to_string(least));
    CHECK(row.column_count() == 4);
    CHECK(row.column_name(3) == "bytes");
    CHECK_FALSE(row.next());
  }

  TEST_CASE("what was not bound is NULL, and an empty text is not") {
    const Things things;
    auto insert =
        things.ours().prepare("INSERT INTO things(name, share, bytes) VALUES (?1, ?2, ?3)");
    insert.bind(1, "").bind(2, nullptr).run();
    insert.bind(1, "b").bind(2, 2.5).bind(3, Blob{""}).run();
    auto rows = things.ours().statement("SELECT name, share, bytes FROM things ORDER BY id");
    REQUIRE(rows.next());
    CHECK_FALSE(rows.is_null(0));
    CHECK(rows.is_null(1));
    CHECK(rows.is_null(2));
    CHECK(rows.value(1) == ValueView(nullptr));
    CHECK(rows.integer(1) == 0);
    REQUIRE(rows.next());
    CHECK(rows.real(1) == 2.5);
    CHECK_FALSE(rows.is_null(2));
  }

  TEST_CASE("a parameter can be used twice, and its marks in texts and comments are none") {
    const Things things;
    things.add("a", 3);
    auto row = things.ours().statement(
        "SELECT size + ?1, '?1', \"name\" /* ?2 */ FROM things -- ?3\n WHERE size = ?1");
    row.bind(1, 3);
    REQUIRE(row.next());
    CHECK(row.integer(0) == 6);
    CHECK(row.text(1) == "?1");
  }

  TEST_CASE("sums and truths are numbers") {
    const Things things;
    things.add("a", 3);
    things.add("b", -12'345'678);
    auto row = things.ours().statement("SELECT sum(size), count(*) = 2, avg(size) FROM things");
    REQUIRE(row.next());
    CHECK(row.value(0) == ValueView(std::int64_t{-12'345'675}));
    CHECK(row.value(1) == ValueView(std::int64_t{1}));
    CHECK(row.real(2) == -6'172'837.5);
  }

  TEST_CASE("texts are ordered by their bytes") {
    const Things things;
    for (const auto* name : {"b", "a", "B", "_", "\xC3\xA4"}) things.add(name);
    auto rows = things.ours().statement("SELECT name FROM things ORDER BY name");
    std::string all;
    while (rows.next()) all += rows.text(0);
    CHECK(all == "B_ab\xC3\xA4");
  }

  TEST_CASE("a number beyond 64 bits with sign is refused") {
    const Things things;
    auto insert = things.ours().prepare("INSERT INTO things(name, size) VALUES ('a', ?1)");
    CHECK(failure_code([&] { insert.bind(1, std::uint64_t{1} << 63U); }) == "test.out_of_range");
  }

  TEST_CASE("a statement can be read while another of the same text is") {
    const Things things;
    things.add("a");
    things.add("b");
    auto outer = things.ours().statement("SELECT name FROM things ORDER BY name");
    int pairs = 0;
    while (outer.next()) {
      auto inner = things.ours().statement("SELECT name FROM things ORDER BY name");
      while (inner.next()) ++pairs;
    }
    CHECK(pairs == 4);
  }

  TEST_CASE("a long answer is scanned within a transaction") {
    const Things things;
    in_transaction(things.ours(), [&] {
      for (int i = 0; i < 2500; ++i) things.add(std::to_string(i), i);
    });
    const Transaction snapshot(things.ours(), Access::read);
    auto rows = things.ours().scan("SELECT size FROM things WHERE size >= ?1 ORDER BY size");
    rows.bind(1, 10);
    std::int64_t expected = 10;
    while (rows.next()) CHECK(rows.integer(0) == expected++);
    CHECK(expected == 2500);
    auto first = things.ours().scan("SELECT size FROM things ORDER BY size");
    CHECK(first.next());
    CHECK(count(things.ours()) == 2500);
  }
}

TEST_SUITE("sql/transactions") {
  TEST_CASE("what is committed is there for others, what is rolled back is for nobody") {
    const Things things;
    const auto other = things.open();
    in_transaction(things.ours(), [&] { things.add("kept"); });
    {
      Transaction dropped(things.ours());
      things.add("dropped");
      CHECK(count(things.ours()) == 2);
      CHECK(count(other) == 1);
    }
    CHECK_FALSE(things.ours().in_transaction());
    CHECK(count(things.ours()) == 1);
  }

  TEST_CASE("a writer waits for its turn, and not for ever") {
    const Things things;
    const File impatient(*things.storage.impatient, "things.db");
    Database& other = impatient;
    Transaction writer(things.ours());
    things.add("a");
    things.ours().flush();
    CHECK(failure_code([&] {
            in_transaction(other, [&] { other.execute("DELETE FROM things"); });
          }) == "test.busy");
    writer.commit();
    in_transaction(other, [&] { other.execute("DELETE FROM things"); });
    CHECK(count(things.ours()) == 0);
  }

  TEST_CASE("a transaction for reading sees one state, and writes nothing") {
    const Things things;
    const auto other = things.open();
    Database& reader = other;
    const Transaction snapshot(reader, Access::read);
    CHECK(count(reader) == 0);
    things.add("a");
    CHECK(count(reader) == 0);
  }

  TEST_CASE("a connection for reading refuses to write") {
    const Things things;
    const auto reader = things.storage.place->open("things.db", OpenMode::read_only);
    CHECK(count(*reader) == 0);
    CHECK(failure_code([&] { reader->statement("INSERT INTO things(name) VALUES ('a')").run(); }) ==
          "test.read_only");
  }

  TEST_CASE("a statement that fails tells, at the latest when it is sent") {
    const Things things;
    things.add("a");
    CHECK(failure_code([&] {
            in_transaction(things.ours(), [&] {
              things.add("b");
              things.add("a");
            });
          }) == "test.constraint");
    CHECK(failure_code([&] {
            in_transaction(things.ours(), [&] {
              things.add("a");
              things.ours().flush();
            });
          }) == "test.constraint");
    CHECK(count(things.ours()) == 1);
  }

  TEST_CASE("changes are counted, those of one statement and those of all") {
    const Things things;
    auto& ours = things.ours();
    const auto before = ours.total_changes();
    in_transaction(ours, [&] {
      things.add("a");
      things.add("b");
      ours.statement("UPDATE things SET size = 1").run();
      CHECK(ours.changes() == 2);
      ours.statement("INSERT INTO things(name) VALUES ('a') ON CONFLICT DO NOTHING").run();
      CHECK(ours.changes() == 0);
    });
    CHECK(ours.total_changes() - before == 4);
  }

  TEST_CASE("the data version changes with the commits of others, and with those only") {
    const Things things;
    const auto other = things.open();
    Database& theirs = other;
    auto version = things.ours().data_version();
    things.add("a");
    in_transaction(things.ours(), [&] { things.add("b"); });
    CHECK(things.ours().data_version() == version);
    theirs.statement("UPDATE things SET size = 1").run();
    CHECK(things.ours().data_version() != version);
    version = things.ours().data_version();
    {
      Transaction dropped(theirs);
      theirs.statement("UPDATE things SET size = 2").run();
      theirs.flush();
    }
    CHECK(things.ours().data_version() == version);
    in_transaction(theirs, [&] { theirs.statement("UPDATE things SET size = 3").run(); });
    CHECK(things.ours().data_version() != version);
  }

  TEST_CASE("numbered rows never get a number that was given before") {
    const Things things;
    auto& ours = things.ours();
    things.add("a");
    in_transaction(ours, [&] { ours.number_behind("things", 40); });
    things.add("b");
    in_transaction(ours, [&] { ours.number_behind("things", 7); });
    ours.execute("DELETE FROM things WHERE name = 'b'");
    things.add("c");
    auto last = ours.statement("SELECT max(id) FROM things");
    REQUIRE(last.next());
    CHECK(last.integer(0) > 41);
  }
}

TEST_SUITE("sql/formats") {
  TEST_CASE("a database is made, brought up to date once, and says what it is") {
    const Things things;
    auto& ours = things.ours();
    CHECK(ours.has_table("things"));
    CHECK_FALSE(ours.has_table("others"));
    ours.prepare_format(format_one, Durability::full);
    things.add("a");
    CHECK(failure_code([&] { ours.check_format(format_two); }) == "test.older_format");
    ours.prepare_format(format_two, Durability::full);
    ours.check_format(format_two);
    CHECK(count(ours) == 1);
    CHECK(failure_code([&] { ours.prepare_format(format_one, Durability::full); }) ==
          "test.newer_format");
    CHECK(failure_code([&] { ours.prepare_format(another, Durability::full); }) == "test.foreign");
    CHECK(ours.name().find("things") != std::string::npos);
  }

  TEST_CASE("a place makes databases only when it may") {
    const auto storage = test::fresh_storage("test");
    auto& place = *storage.place;
    for (const auto mode : {OpenMode::read_only, OpenMode::read_write}) {
      CHECK(failure_code([&] { static_cast<void>(place.open("things.db", mode)); }) ==
            "test.missing");
    }
    CHECK_FALSE(place.exists("things.db"));
    place.open("things.db", OpenMode::create)->prepare_format(format_one, Durability::normal);
    CHECK(place.exists("things.db"));
    place.open("things.db", OpenMode::read_write)->check_format(format_one);
  }
}

}  // namespace tidemark::sql
