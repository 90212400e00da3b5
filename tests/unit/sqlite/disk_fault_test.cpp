#include "tidemark/sqlite/disk_fault.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::sqlite {
namespace {

using Kind = DiskFault::Kind;

std::string code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "none";
}

/// A database in WAL mode with one row.
struct Fixture {
  MemoryFiles files;
  Database database = open();

  Fixture() {
    database.set_pragma("journal_mode", "wal");
    database.set_pragma("synchronous", "full");
    database.execute("CREATE TABLE t(x BLOB); INSERT INTO t VALUES(1)");
  }
  Database open() {
    return Database::open({.file = "test", .vfs = files.vfs(), .checkpoint_pages = 0});
  }
  std::int64_t rows() {
    auto count = database.statement("SELECT count(*) FROM t");
    return count.next() ? count.integer(0) : -1;
  }
  /// What a new connection says that looks into the file.
  std::string read_anew() {
    return code_of([&] { static_cast<void>(open().has_table("t")); });
  }
  std::string insert() {
    return code_of([&] { database.execute("INSERT INTO t VALUES(zeroblob(20000))"); });
  }
};

TEST_SUITE("sqlite/disk faults") {
  TEST_CASE_FIXTURE(Fixture, "each kind of call fails with the code of its kind") {
    const std::vector<std::pair<DiskFault, std::string>> expected{
        {{.call = DiskCall::write}, "sqlite.io"},
        {{.call = DiskCall::write, .kind = Kind::full}, "sqlite.disk_full"},
        {{.call = DiskCall::write, .kind = Kind::read_only}, "sqlite.read_only"},
        {{.call = DiskCall::sync}, "sqlite.io"},
        {{.call = DiskCall::lock_index}, "sqlite.io"},
    };
    for (const auto& [fault, code] : expected) {
      files.plan(fault);
      CHECK(insert() == code);
      CHECK(rows() == 1);
    }
    files.plan({.call = DiskCall::read});
    CHECK(read_anew() == "sqlite.io");
    files.plan({.call = DiskCall::open});
    CHECK(read_anew() == "sqlite.io");
    CHECK(insert() == "none");
  }

  TEST_CASE_FIXTURE(Fixture, "the planned call goes wrong once, or from then on until healed") {
    files.plan({.call = DiskCall::sync, .nth = 2});
    CHECK(insert() == "none");
    CHECK(insert() == "sqlite.io");
    CHECK(insert() == "none");
    files.plan({.call = DiskCall::sync, .nth = 2, .lasting = true});
    CHECK(insert() == "none");
    CHECK(insert() == "sqlite.io");
    CHECK(insert() == "sqlite.io");
    files.heal();
    CHECK(insert() == "none");
    CHECK(rows() == 5);
  }

  TEST_CASE_FIXTURE(Fixture, "calls are counted from the plan on") {
    files.plan({.call = DiskCall::sync, .nth = std::numeric_limits<std::uint64_t>::max()});
    CHECK(files.calls(DiskCall::sync) == 0);
    CHECK(insert() == "none");
    CHECK(files.calls(DiskCall::sync) == 1);
    CHECK(files.calls(DiskCall::write) > 5);
    files.plan({.nth = 1000});
    CHECK(files.calls(DiskCall::write) == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "half of a write that failed is on the disk") {
    const auto before = files.size();
    files.plan({.call = DiskCall::write, .kind = Kind::full});
    CHECK(insert() == "sqlite.disk_full");
    CHECK(files.size() > before);
    CHECK(files.size() < before + 4096);
  }

  TEST_CASE_FIXTURE(Fixture, "a file that may only be read is opened for reading") {
    database.checkpoint(CheckpointMode::truncate);
    files.plan({.call = DiskCall::open, .kind = Kind::read_only, .lasting = true});
    auto reader = open();
    CHECK(code_of([&] { reader.execute("INSERT INTO t VALUES(2)"); }) == "sqlite.read_only");
    files.heal();
    CHECK(insert() == "none");
  }

  TEST_CASE_FIXTURE(Fixture, "bytes changed from outside are what the next user reads") {
    database.checkpoint(CheckpointMode::truncate);
    files.overwrite("test", 0, "nothing of SQLite");
    CHECK(read_anew() == "sqlite.not_a_database");
    CHECK(files.images().at("test").substr(0, 7) == "nothing");
  }
}

}  // namespace
}  // namespace tidemark::sqlite
