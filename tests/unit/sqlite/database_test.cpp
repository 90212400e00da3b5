#include "tidemark/sqlite/database.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <functional>
#include <optional>

#include "tidemark/base/failure.hpp"
#include "tidemark/sql/transaction.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::sqlite {
namespace {

std::string code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code() + (failure.retryable() ? " retryable" : "");
  }
  return "none";
}

std::int64_t count(Database& database) {
  auto select = database.statement("SELECT count(*) FROM t");
  return select.next() ? select.integer(0) : -1;
}

struct Fixture {
  MemoryFiles files;
  Database open() {
    return Database::open(
        {.file = "test", .busy_timeout = Micros(0), .vfs = files.vfs(), .checkpoint_pages = 0});
  }
  Database wal() {
    auto database = open();
    REQUIRE(database.set_pragma("journal_mode", "wal") == "wal");
    return database;
  }
};

/// Files whose VFS calls back instead of sleeping.
class Sleepless {
 public:
  Sleepless(MemoryFiles& files, std::function<void(int)> on_sleep)
      : vfs_(*sqlite3_vfs_find(files.vfs().c_str())), on_sleep_(std::move(on_sleep)) {
    vfs_.zName = "sleepless";
    vfs_.xSleep = [](sqlite3_vfs*, int micros) {
      current_->on_sleep_(micros);
      return micros;
    };
    current_ = this;
    sqlite3_vfs_register(&vfs_, 0);
  }
  Sleepless(const Sleepless&) = delete;
  Sleepless& operator=(const Sleepless&) = delete;
  ~Sleepless() { sqlite3_vfs_unregister(&vfs_); }

 private:
  static inline Sleepless* current_ = nullptr;
  sqlite3_vfs vfs_;
  std::function<void(int)> on_sleep_;
};

TEST_SUITE("sqlite/database") {
  TEST_CASE("opening what is not there is a failure of the caller's area") {
    const auto open = [] {
      Database::open({.file = "/nowhere/x", .mode = OpenMode::read_write, .area = "store"});
    };
    CHECK(code_of(open) == "store.missing");
    CHECK(code_of([] { Database::open({.file = "/nowhere/x"}); }) == "sqlite.io");
  }

  TEST_CASE_FIXTURE(Fixture, "several connections in WAL mode read while one writes") {
    auto writer = wal();
    writer.execute("CREATE TABLE t(i INTEGER)");
    auto reader = open();
    sql::Transaction transaction(writer);
    writer.execute("INSERT INTO t VALUES(1)");
    CHECK(count(reader) == 0);
    transaction.commit();
    CHECK(count(reader) == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "a second writer is busy, and may try again") {
    auto first = wal();
    first.execute("CREATE TABLE t(i INTEGER)");
    auto second = open();
    const sql::Transaction transaction(first);
    CHECK(code_of([&] { const sql::Transaction also(second); }) == "sqlite.busy retryable");
  }

  // Against a writer that commits without a pause, looking every 100 ms found it busy for seconds.
  TEST_CASE_FIXTURE(Fixture, "who waits for a writer has the lock a millisecond after it is free") {
    auto first = wal();
    first.execute("CREATE TABLE t(i INTEGER)");
    std::optional<sql::Transaction> transaction(first);
    int sleeps = 0;
    int slept_micros = 0;
    const Sleepless sleepless(files, [&](int micros) {
      slept_micros += micros;
      if (++sleeps == 200) transaction.reset();
    });
    auto second = Database::open(
        {.file = "test", .busy_timeout = std::chrono::seconds(1), .vfs = "sleepless"});
    CHECK(code_of([&] { const sql::Transaction also(second); }) == "none");
    CHECK(slept_micros == 200'000);
    const sql::Transaction again(first);
    CHECK(code_of([&] { const sql::Transaction also(second); }) == "sqlite.busy retryable");
    CHECK(slept_micros == 1'200'000);
  }

  TEST_CASE_FIXTURE(Fixture, "the data version changes with commits of others only") {
    auto first = wal();
    first.execute("CREATE TABLE t(i INTEGER)");
    auto second = open();
    const auto before = first.data_version();
    first.execute("INSERT INTO t VALUES(1)");
    CHECK(first.data_version() == before);
    second.execute("INSERT INTO t VALUES(2)");
    CHECK(first.data_version() != before);
  }

  TEST_CASE_FIXTURE(Fixture, "a read-only connection cannot write") {
    wal().execute("CREATE TABLE t(i INTEGER)");
    auto reader = Database::open({.file = "test", .mode = OpenMode::read_only, .vfs = files.vfs()});
    CHECK(count(reader) == 0);
    CHECK(code_of([&] { reader.execute("INSERT INTO t VALUES(1)"); }) == "sqlite.read_only");
  }

  TEST_CASE_FIXTURE(Fixture, "a checkpoint moves the WAL, and is incomplete while a reader stays") {
    auto writer = wal();
    writer.execute("CREATE TABLE t(i INTEGER)");
    auto reader = open();
    reader.execute("BEGIN");
    CHECK(count(reader) == 0);
    writer.execute("INSERT INTO t VALUES(1)");
    CHECK(writer.wal_pages() > 0);
    CHECK_FALSE(writer.checkpoint(CheckpointMode::truncate).complete);
    reader.execute("COMMIT");
    CHECK(writer.checkpoint(CheckpointMode::truncate).complete);
    writer.sync_wal();
    CHECK(count(reader) == 1);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a full disk is a failure that may be tried again, and loses nothing") {
    auto database = wal();
    database.execute("CREATE TABLE t(x BLOB); INSERT INTO t VALUES(1)");
    files.limit_size(files.size() + 8192);
    CHECK(code_of([&] { database.execute("INSERT INTO t VALUES(zeroblob(100000))"); }) ==
          "sqlite.disk_full retryable");
    CHECK_FALSE(database.in_transaction());
    files.limit_size(UINT64_MAX);
    database.execute("INSERT INTO t VALUES(zeroblob(100000))");
    CHECK(count(database) == 2);
    CHECK(database.pragma("integrity_check") == "ok");
  }

  TEST_CASE_FIXTURE(Fixture, "files in memory behave under a rollback journal too") {
    auto first = open();
    CHECK(first.set_pragma("journal_mode", "delete") == "delete");
    first.execute("CREATE TABLE t(i INTEGER)");
    auto second = open();
    second.execute("BEGIN");
    CHECK(count(second) == 0);
    CHECK(code_of([&] { first.execute("INSERT INTO t VALUES(1)"); }) == "sqlite.busy retryable");
    second.execute("COMMIT");
    first.execute("INSERT INTO t VALUES(1)");
    CHECK(count(second) == 1);
  }
}

TEST_SUITE("sqlite/transaction") {
  TEST_CASE_FIXTURE(Fixture, "what is not committed is rolled back") {
    auto database = wal();
    database.execute("CREATE TABLE t(i INTEGER)");
    {
      const sql::Transaction transaction(database);
      database.execute("INSERT INTO t VALUES(1)");
    }
    CHECK(count(database) == 0);
    CHECK_THROWS_AS(sql::in_transaction(database,
                                        [&] {
                                          database.execute("INSERT INTO t VALUES(1)");
                                          throw Failure({.code = "test", .message = ""});
                                        }),
                    Failure);
    CHECK(count(database) == 0);
    CHECK(sql::in_transaction(database, [&] { return count(database); }) == 0);
  }
}

}  // namespace
}  // namespace tidemark::sqlite
