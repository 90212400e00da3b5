#include <filesystem>
#include <string>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"

namespace tidemark::store {
namespace {

namespace fs = std::filesystem;

/// A log that is open, with a reader that was used, whose files somebody else moves about.
struct MovedStore : FileStores {
  std::unique_ptr<SqliteStore> store = open();
  std::uint64_t appends = 0;

  MovedStore() {
    while (appends < 4) append_one();
    REQUIRE(read(*store).events.size() == 4);
  }
  void append_one() {
    ++appends;
    REQUIRE(store->append(append_of(appends, stream("a"), {appends})).has_value());
  }
  [[nodiscard]] fs::path file(const char* end) const { return folder.file().string() + end; }
  [[nodiscard]] fs::path away(const char* end) const {
    return folder.file("away.db").string() + end;
  }
  void move_away() const {
    for (const auto* end : {"", "-wal", "-shm"}) fs::rename(file(end), away(end));
  }
  void remove() const {
    for (const auto* end : {"", "-wal", "-shm"}) fs::remove(file(end));
  }
  [[nodiscard]] std::string code_of_append() const {
    return test::failure_code(
        [&] { (void)store->append(append_of(appends + 1, stream("a"), {appends + 1})); });
  }
  /// By a connection that is opened for it: the one that is kept is at work.
  [[nodiscard]] std::string code_of_new_reader() const {
    std::string code;
    store->read({.limit = 1}, [&](const EventView&) {
      code = test::failure_code([&] { read(*store); });
      return true;
    });
    return code;
  }
  /// Nothing is acknowledged, and nothing of another file is shown.
  void check_moved() const {
    const ArchiveRequest request{.before = Position(4), .file_events = 2};
    CHECK(code_of_append() == "store.moved");
    CHECK(code_of_new_reader() == "store.moved");
    CHECK(test::failure_code([&] { store->set_property("a", "b"); }) == "store.moved");
    CHECK(test::failure_code([&] { (void)store->archive(request); }) == "store.moved");
  }
};

TEST_SUITE("store/place") {
  TEST_CASE_FIXTURE(MovedStore, "a log that was removed acknowledges nothing") {
    remove();
    check_moved();
    CHECK(test::failure_code([&] { store->maintain(); }) == "store.moved");
  }

  TEST_CASE_FIXTURE(MovedStore, "a log whose -wal was removed acknowledges nothing") {
    fs::remove(file("-wal"));
    check_moved();
  }

  TEST_CASE_FIXTURE(MovedStore, "a log that another took the place of is told apart from it") {
    move_away();
    {
      const auto other =
          SqliteStore::open({.file = folder.file(), .side_store = false}, clock, random);
      REQUIRE(other->append(append_of(1, stream("b"), {1, 2, 3})).has_value());
    }
    check_moved();
    const auto found = read(*store).events;
    REQUIRE(found.size() == 4);
    CHECK(found.front().metadata().stream == stream("a").name());
  }

  TEST_CASE_FIXTURE(MovedStore, "a log that is put back goes on") {
    move_away();
    check_moved();
    for (const auto* end : {"", "-wal", "-shm"}) fs::rename(away(end), file(end));
    append_one();
    CHECK(read(*store).events.size() == 5);
    store.reset();
    CHECK(read(*open()).events.size() == 5);
  }

  TEST_CASE_FIXTURE(MovedStore, "who only reads is told that the log was moved") {
    store.reset();
    options.read_only = true;
    store = open();
    CHECK(read(*store).events.size() == 4);
    fs::rename(file(""), away(""));
    CHECK(code_of_new_reader() == "store.moved");
  }
}

}  // namespace
}  // namespace tidemark::store
