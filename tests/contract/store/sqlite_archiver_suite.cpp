#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::store {
namespace {

/// A clock that lets something happen when it is next asked: before a commit.
class HookedClock final : public Clock {
 public:
  explicit HookedClock(const Clock& clock) : clock_(clock) {}
  void at_next(std::function<void()> hook) { hook_ = std::move(hook); }
  [[nodiscard]] UtcTime now() const override { return clock_.now(); }
  [[nodiscard]] Micros monotonic() const override {
    if (const auto hook = std::exchange(hook_, nullptr)) hook();
    return clock_.monotonic();
  }

 private:
  const Clock& clock_;
  mutable std::function<void()> hook_;
};

const ArchiveRequest request{.before = Position(12), .file_events = 10};

/// Twelve events in a file, and a store on it whose commits can be held up.
struct HookedStore : FileStores {
  HookedClock hooked{clock};
  std::unique_ptr<SqliteStore> store;
  HookedStore() {
    options.side_store = false;
    const auto filling = open();
    for (std::uint64_t number = 1; number <= 12; ++number) {
      REQUIRE(filling->append(append_of(number, stream("a"), {number})).has_value());
    }
  }
  void open_hooked() { store = SqliteStore::open(options, hooked, random); }
  [[nodiscard]] std::int64_t archives() const {
    auto log = sqlite::Database::open({.file = folder.file(), .mode = sqlite::OpenMode::read_only});
    auto count = log.prepare("SELECT count(*) FROM archives");
    return count.next() ? count.integer(0) : -1;
  }
};

TEST_SUITE("store/archive/races") {
  TEST_CASE_FIXTURE(HookedStore, "a cold file that comes in use while it is looked at stays") {
    const auto other = open();
    for (int step = 0; step < 3; ++step) REQUIRE(other->archive(request)->more);
    REQUIRE(other->facts(false).archives == 0);
    open_hooked();  // takes the file for one that an earlier process left
    bool named = false;
    hooked.at_next([&] { named = other->archive(request)->files == 1; });
    while (store->maintain()) continue;
    REQUIRE(named);
    for (int step = 0; step < 10; ++step) CHECK(other->archive(request).has_value());
    CHECK(archives() == 1);
    CHECK(read(*other).events.size() == 12);
    CHECK(read(*open()).events.size() == 12);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(HookedStore, "a file that another process took for a leftover is begun anew") {
    const auto archiving = open();
    REQUIRE(archiving->archive(request)->more);
    open_hooked();
    while (store->maintain()) continue;
    REQUIRE(archives() == 0);
    for (int step = 0; step < 10; ++step) REQUIRE(archiving->archive(request).has_value());
    CHECK(archiving->facts(false).archives == 1);
    CHECK(read(*archiving).events.size() == 12);
    CHECK_FALSE(archiving->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(HookedStore, "a file with other events than the log does not come in use") {
    const auto archiving = open();
    for (int step = 0; step < 2; ++step) REQUIRE(archiving->archive(request)->more);
    {
      auto log = sqlite::Database::open({.file = folder.file()});
      log.execute("UPDATE events SET chain = zeroblob(32) WHERE position = 10");
    }
    std::string code = "no failure";
    for (int step = 0; step < 10 && code == "no failure"; ++step) {
      code = test::failure_code([&] { (void)archiving->archive(request); });
    }
    CHECK(code == "store.corrupt");
    CHECK(archiving->facts(false).archives == 0);
    CHECK(read(*archiving).events.size() == 12);
  }

  TEST_CASE_FIXTURE(HookedStore, "a number that was reserved after all is cleared away") {
    options.busy_timeout = std::chrono::milliseconds(20);
    open_hooked();
    while (store->maintain()) continue;
    std::promise<void> commits;
    std::promise<void> goes_on;
    hooked.at_next([&] {
      commits.set_value();
      goes_on.get_future().wait();
    });
    std::thread writer([&] { (void)store->append(append_of(13, stream("a"), {13})); });
    commits.get_future().wait();
    CHECK(test::failure_code([&] { (void)store->archive(request); }) == "store.busy");
    goes_on.set_value();
    writer.join();
    REQUIRE(store->append(append_of(14, stream("a"), {14})).has_value());
    CHECK(archives() == 1);
    while (store->maintain()) continue;
    CHECK(archives() == 0);
  }

  TEST_CASE("a number whose file could not be made is cleared away") {
    sqlite::MemoryFiles disk;
    ManualClock clock;
    SeededRandom random{3};
    const auto store =
        SqliteStore::open({.file = "store", .side_store = false, .vfs = disk.vfs()}, clock, random);
    for (std::uint64_t number = 1; number <= 12; ++number) {
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
    }
    while (store->maintain()) continue;
    disk.plan({.call = sqlite::DiskCall::open});
    CHECK(test::failure_code([&] { (void)store->archive(request); }) != "no failure");
    disk.heal();
    while (store->maintain()) continue;
    auto log = sqlite::Database::open({.file = "store", .vfs = disk.vfs()});
    auto count = log.prepare("SELECT count(*) FROM archives");
    REQUIRE(count.next());
    CHECK(count.integer(0) == 0);
  }

  TEST_CASE("verification finds no damage while the first events are archived") {
    // When they move is up to the machine: in some round it is while the indexes are compared.
    for (int round = 0; round < 8; ++round) {
      FileStores place;
      place.options.side_store = false;
      const auto store = place.open();
      std::uint64_t number = 0;
      for (int part = 0; part < 5; ++part) {
        StreamWrite write{.stream = stream("a")};
        while (write.events.size() < 4000) write.events.push_back(event(++number));
        REQUIRE(store->append({.id = append_id(number, 2), .streams = {write}}).has_value());
      }
      std::promise<void> read_all;
      std::thread archiver([&] {
        read_all.get_future().wait();
        const ArchiveRequest few{.before = Position(201), .file_events = 200};
        while (store->archive(few)->more) continue;
      });
      const auto verified = store->verify([&](auto done, auto end) {
        if (done == end) read_all.set_value();
        return true;
      });
      archiver.join();
      CHECK_FALSE(verified.damage.has_value());
    }
  }
}

}  // namespace
}  // namespace tidemark::store
