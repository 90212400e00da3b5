#include "tidemark/sqlite/file.hpp"

#include <doctest/doctest.h>

#include "support/failure_code.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/disk_state.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::sqlite {
namespace {

void make(MemoryFiles& disk) {
  auto database = Database::open({.file = "some.db", .vfs = disk.vfs()});
  database.execute("CREATE TABLE t(n); INSERT INTO t VALUES(1)");
}

TEST_SUITE("sqlite/file") {
  TEST_CASE("a removed file stays away when the power goes, and who has it open goes on") {
    MemoryFiles disk;
    DiskState state;
    disk.watch(&state);
    make(disk);
    auto open = Database::open({.file = "some.db", .vfs = disk.vfs()});
    auto select = open.prepare("SELECT n FROM t");
    REQUIRE(select.next());
    select.reset();
    CHECK(file_exists("some.db", disk.vfs()));
    remove_file("some.db", disk.vfs(), "test");
    CHECK_FALSE(file_exists("some.db", disk.vfs()));
    CHECK(state.after({.survivors = PowerLoss::Survivors::none}).empty());
    CHECK(select.next());
  }

  TEST_CASE("removing what is not there does nothing, and a disk that refuses is told") {
    MemoryFiles disk;
    remove_file("some.db", disk.vfs(), "test");
    make(disk);
    disk.plan({.call = DiskCall::remove, .lasting = true});
    CHECK(test::failure_code([&] { remove_file("some.db", disk.vfs(), "test"); }) == "test.io");
    CHECK(test::failure_code([&] { remove_file("some.db", "no such", "test"); }) == "test.error");
  }

  TEST_CASE("what may stay is removed where it can be") {
    MemoryFiles disk;
    make(disk);
    disk.plan({.call = DiskCall::remove, .lasting = true});
    try_to_remove_file("some.db", disk.vfs());
    CHECK(file_exists("some.db", disk.vfs()));
    disk.heal();
    try_to_remove_file("some.db", disk.vfs());
    CHECK_FALSE(file_exists("some.db", disk.vfs()));
  }
}

}  // namespace
}  // namespace tidemark::sqlite
