#include <doctest/doctest.h>

#include <string>

#include "failure_code.hpp"
#include "tidemark/sql/transaction.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::sqlite {
namespace {

/// A database in WAL mode that one connection writes in gathered pieces, beside another one.
struct Fixture {
  MemoryFiles files;
  Database writer = open(true);
  Database reader = open(false);

  Database open(bool gather_wal_writes) {
    auto database = Database::open({.file = "log",
                                    .vfs = files.vfs(),
                                    .checkpoint_pages = 0,
                                    .gather_wal_writes = gather_wal_writes});
    database.set_pragma("journal_mode", "wal");
    database.execute("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, text TEXT)");
    return database;
  }
  void insert(int rows, std::size_t size) {
    sql::Transaction transaction(writer);
    auto insert = writer.statement("INSERT INTO t(text) VALUES(?1)");
    for (int row = 0; row < rows; ++row) insert.bind(1, std::string(size, 'x')).run();
    transaction.commit();
  }
  std::int64_t count() {
    auto select = reader.statement("SELECT count(*) FROM t");
    REQUIRE(select.next());
    return select.integer(0);
  }
  std::uint64_t writes_of(int rows, std::size_t size) {
    files.plan({.call = DiskCall::write, .nth = 1'000'000'000});
    insert(rows, size);
    return files.calls(DiskCall::write);
  }
};

TEST_SUITE("sqlite/file layer") {
  TEST_CASE_FIXTURE(Fixture, "a commit of several pages is one write") {
    insert(1, 10);
    CHECK(writes_of(1, 10) == 1);
    CHECK(writes_of(3, 3000) == 1);
    CHECK(count() == 5);
  }

  TEST_CASE_FIXTURE(Fixture, "a large commit is written in pieces and others see all of it") {
    const auto pieces = writes_of(1000, 1000);
    CHECK(pieces > 10);
    CHECK(pieces < 40);
    CHECK(count() == 1000);
    CHECK(writer.pragma("integrity_check") == "ok");
    CHECK(reader.pragma("integrity_check") == "ok");
  }

  TEST_CASE_FIXTURE(Fixture, "a transaction that does not fit in memory reads what it wrote") {
    writer.set_pragma("cache_size", "10");
    {
      sql::Transaction transaction(writer);
      auto insert = writer.statement("INSERT INTO t(text) VALUES(?1)");
      for (int row = 0; row < 500; ++row) insert.bind(1, std::string(2000, 'x')).run();
      auto select = writer.statement("SELECT count(*) FROM t WHERE text LIKE 'xx%'");
      REQUIRE(select.next());
      CHECK(select.integer(0) == 500);
      CHECK(count() == 0);
      select.reset();
      transaction.commit();
    }
    CHECK(count() == 500);
    CHECK(reader.pragma("integrity_check") == "ok");
  }

  TEST_CASE_FIXTURE(Fixture, "a write that fails, fails its transaction and no other") {
    insert(1, 10);
    for (std::uint64_t nth = 1; nth <= 3; ++nth) {
      const auto before = count();
      files.plan({.call = DiskCall::write, .kind = DiskFault::Kind::full, .nth = nth});
      CHECK(test::failure_code([&] { insert(200, 1000); }) == "sqlite.disk_full");
      files.heal();
      CHECK(count() == before);
      insert(1, 10);
      CHECK(count() == before + 1);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "checkpoints of either connection find everything") {
    insert(100, 1000);
    CHECK(reader.checkpoint(CheckpointMode::truncate).complete);
    insert(100, 1000);
    CHECK(writer.checkpoint(CheckpointMode::truncate).complete);
    CHECK(count() == 200);
    CHECK(reader.pragma("integrity_check") == "ok");
  }

  TEST_CASE_FIXTURE(Fixture, "what a short read missed is read again, and never believed") {
    insert(100, 1000);
    CHECK(writer.checkpoint(CheckpointMode::truncate).complete);
    for (const bool gathers : {false, true}) {
      for (std::uint64_t nth = 1; nth <= 4; ++nth) {
        for (const bool lasting : {true, false}) {
          auto fresh = open(gathers);  // with nothing in memory
          const auto sum = [&] {
            auto select = fresh.statement("SELECT sum(length(text)) FROM t");
            return select.next() ? select.integer(0) : 0;
          };
          files.plan({.call = DiskCall::read,
                      .kind = DiskFault::Kind::short_read,
                      .nth = nth,
                      .lasting = lasting});
          if (lasting) CHECK(test::failure_code([&] { sum(); }) == "sqlite.io");
          if (!lasting) CHECK(sum() == 100'000);
          CHECK(files.calls(DiskCall::read) > nth);
          files.heal();
          CHECK(sum() == 100'000);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tidemark::sqlite
