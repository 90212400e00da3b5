#include "tidemark/sqlite/disk_state.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::sqlite {
namespace {

using Kind = DiskOperation::Kind;
using Survivors = PowerLoss::Survivors;

/// A disk with one file "a" of 1024 synced bytes 'o', and 2048 bytes 'n' written over them since.
struct Fixture {
  DiskState disk;

  Fixture() {
    disk.happened({.kind = Kind::create, .file = 1, .name = "a"});
    disk.happened({.file = 1, .bytes = std::string(1024, 'o')});
    disk.happened({.kind = Kind::sync, .file = 1});
    disk.happened({.kind = Kind::sync_directory});
    disk.happened({.file = 1, .bytes = std::string(1024, 'n')});
    disk.happened({.file = 1, .offset = 1024, .bytes = std::string(1024, 'n')});
  }
  /// What file "a" may be after power losses of that kind.
  [[nodiscard]] std::set<std::string> outcomes(PowerLoss loss) const {
    std::set<std::string> found;
    for (loss.seed = 1; loss.seed <= 200; ++loss.seed) found.insert(disk.after(loss).at("a"));
    return found;
  }
};

TEST_SUITE("sqlite/disk state") {
  TEST_CASE_FIXTURE(Fixture, "what was synced survives, and nothing else has to") {
    CHECK(outcomes({.survivors = Survivors::none}) == std::set{std::string(1024, 'o')});
    CHECK(outcomes({.survivors = Survivors::all}) == std::set{std::string(2048, 'n')});
    disk.happened({.kind = Kind::sync, .file = 1});
    for (const auto survivors : {Survivors::none, Survivors::prefix, Survivors::subset}) {
      CHECK(outcomes({.survivors = survivors}) == std::set{std::string(2048, 'n')});
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a prefix of the writes survives, the last torn at a sector") {
    const auto news = [](std::size_t count) {
      return std::string(count, 'n') + std::string(count < 1024 ? 1024 - count : 0, 'o');
    };
    CHECK(outcomes({.survivors = Survivors::prefix, .piece_bytes = 512}) ==
          std::set{news(0), news(512), news(1024), news(1536), news(2048)});
  }

  TEST_CASE_FIXTURE(Fixture, "a write may be torn at any byte") {
    std::set<std::size_t> kept;
    for (const auto& bytes : outcomes({.survivors = Survivors::prefix, .piece_bytes = 1})) {
      const auto end = bytes.find('o');
      const auto news = end == std::string::npos ? bytes.size() : end;
      CHECK(bytes.find('n', news) == std::string::npos);
      kept.insert(news % 512);
    }
    CHECK(kept.size() > 100);
  }

  TEST_CASE_FIXTURE(Fixture, "any sectors survive without those in front of them") {
    const auto found = outcomes({.survivors = Survivors::subset, .piece_bytes = 512});
    CHECK(found.size() == 16);
    CHECK(found.contains(std::string(512, 'o') + std::string(512, 'n') + std::string(512, '\0') +
                         std::string(512, 'n')));
  }

  TEST_CASE_FIXTURE(Fixture, "a truncation that was not synced may be lost") {
    disk.happened({.kind = Kind::sync, .file = 1});
    disk.happened({.kind = Kind::truncate, .file = 1, .offset = 100});
    const std::set both{std::string(100, 'n'), std::string(2048, 'n')};
    CHECK(outcomes({.survivors = Survivors::prefix}) == both);
    CHECK(outcomes({.survivors = Survivors::subset}) == both);
    disk.happened({.kind = Kind::sync, .file = 1});
    CHECK(outcomes({.survivors = Survivors::none}) == std::set{std::string(100, 'n')});
  }

  TEST_CASE_FIXTURE(Fixture, "what a failed sync was for is lost unless it is written again") {
    disk.happened({.kind = Kind::failed_sync, .file = 1});
    disk.happened({.file = 1, .offset = 512, .bytes = std::string(512, 'x')});
    disk.happened({.kind = Kind::sync, .file = 1});
    CHECK(outcomes({.survivors = Survivors::all}) ==
          std::set{std::string(512, 'o') + std::string(512, 'x')});
  }

  TEST_CASE("files come and go by name with the directory's sync, in order before it") {
    DiskState disk;
    disk.happened({.kind = Kind::create, .file = 1, .name = "a"});
    disk.happened({.file = 1, .bytes = "one"});
    disk.happened({.kind = Kind::sync, .file = 1});
    CHECK(disk.after({.survivors = Survivors::none}).empty());
    disk.happened({.kind = Kind::sync_directory});
    const FileImages one{{"a", "one"}};
    CHECK(disk.after({.survivors = Survivors::none}) == one);

    disk.happened({.kind = Kind::remove, .name = "a"});
    disk.happened({.kind = Kind::create, .file = 2, .name = "a"});
    disk.happened({.kind = Kind::create, .file = 3, .name = "b"});
    const FileImages empty{{"a", ""}};
    const FileImages both{{"a", ""}, {"b", ""}};
    std::set<FileImages> found;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      found.insert(disk.after({.survivors = Survivors::prefix, .seed = seed}));
    }
    CHECK(found == std::set{one, FileImages(), empty, both});
    disk.happened({.kind = Kind::sync_directory});
    CHECK(disk.after({.survivors = Survivors::none}) == both);
  }

  TEST_CASE("the same seed gives the same files") {
    const Fixture fixture;
    for (const auto survivors : {Survivors::prefix, Survivors::subset}) {
      const PowerLoss loss{.survivors = survivors, .seed = 77};
      CHECK(fixture.disk.after(loss) == fixture.disk.after(loss));
    }
  }
}

TEST_SUITE("sqlite/watched disk") {
  TEST_CASE("a committed transaction survives any power loss, also on a disk watched from later") {
    MemoryFiles files;
    const auto open = [](const MemoryFiles& in) {
      return Database::open({.file = "test", .vfs = in.vfs(), .checkpoint_pages = 0});
    };
    {
      auto database = open(files);
      database.set_pragma("journal_mode", "wal");
      database.execute("CREATE TABLE t(x BLOB); INSERT INTO t VALUES(zeroblob(9000))");
    }
    DiskState disk;
    files.watch(&disk);
    CHECK(disk.after({}) == files.images());
    auto database = open(files);
    database.set_pragma("synchronous", "full");
    database.execute("INSERT INTO t VALUES(1)");
    auto lost = open(files);
    lost.execute("BEGIN; INSERT INTO t VALUES(2)");
    for (const auto survivors :
         {Survivors::none, Survivors::all, Survivors::prefix, Survivors::subset}) {
      const MemoryFiles after(disk.after({.survivors = survivors, .seed = 5}));
      auto reopened = open(after);
      auto count = reopened.statement("SELECT count(*) FROM t");
      REQUIRE(count.next());
      CHECK(count.integer(0) == 2);
    }
    files.watch(nullptr);
  }

  TEST_CASE("what a killed process wrote is there without its locks and not synced by that") {
    MemoryFiles files;
    DiskState disk;
    files.watch(&disk);
    const auto open = [](const MemoryFiles& in) {
      return Database::open({.file = "test", .busy_timeout = Micros(0), .vfs = in.vfs()});
    };
    auto killed = open(files);
    killed.set_pragma("journal_mode", "wal");
    killed.set_pragma("synchronous", "normal");
    killed.execute("CREATE TABLE t(x)");
    killed.sync_wal();
    killed.execute("INSERT INTO t VALUES(1); BEGIN IMMEDIATE");
    const auto count = [&](const MemoryFiles& in) {
      auto database = open(in);
      auto select = database.statement("SELECT count(*) FROM t");
      return select.next() ? select.integer(0) : -1;
    };
    const auto left = MemoryFiles::left_by(files);
    const MemoryFiles lost(disk.after({.survivors = Survivors::none}));
    CHECK(count(lost) == 0);
    auto next = open(*left);
    next.set_pragma("synchronous", "full");
    next.execute("INSERT INTO t VALUES(2)");
    CHECK(count(MemoryFiles(disk.after({.survivors = Survivors::none}))) == 2);
    left->watch(nullptr);
  }

  TEST_CASE("who watches is told every operation in order") {
    struct Names final : DiskWatcher {
      std::vector<Kind> kinds;
      std::vector<std::string> names;
      void happened(const DiskOperation& operation) override {
        kinds.push_back(operation.kind);
        if (!operation.name.empty()) names.push_back(operation.name);
      }
    };
    MemoryFiles files;
    Names seen;
    files.watch(&seen);
    Database::open({.file = "test", .vfs = files.vfs()}).execute("CREATE TABLE t(x)");
    files.watch(nullptr);
    CHECK(seen.names == std::vector<std::string>{"test", "test-journal", "test-journal"});
    CHECK(seen.kinds.back() == Kind::remove);
    std::set<Kind> kinds(seen.kinds.begin(), seen.kinds.end());
    CHECK(kinds ==
          std::set{Kind::create, Kind::write, Kind::sync, Kind::sync_directory, Kind::remove});
  }
}

}  // namespace
}  // namespace tidemark::sqlite
