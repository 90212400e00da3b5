#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "contract/store/fault_run.hpp"
#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"
#include "tidemark/sqlite/disk_state.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::store {
namespace {

using sqlite::DiskCall;
using Kind = sqlite::DiskFault::Kind;

constexpr std::uint64_t runs_of_a_sweep = 25;

/// A store on a disk that can be made to fail.
struct FaultyStores : StorePlace {
  sqlite::DiskState disk;
  std::unique_ptr<sqlite::MemoryFiles> files = std::make_unique<sqlite::MemoryFiles>();

  FaultyStores() { files->watch(&disk); }
  FaultyStores(const FaultyStores&) = delete;
  FaultyStores& operator=(const FaultyStores&) = delete;
  ~FaultyStores() { files->watch(nullptr); }

  std::unique_ptr<SqliteStore> open() { return open(*files); }
  std::unique_ptr<SqliteStore> open(const sqlite::MemoryFiles& in) {
    options.file = "store";
    options.vfs = in.vfs();
    return SqliteStore::open(options, clock, random);
  }
};

/// The code that appending event `number` to stream "a" fails with.
std::string append_code(EventStore& store, std::uint64_t number) {
  bool stored = false;
  const auto code = test::failure_code(
      [&] { stored = store.append(append_of(number, stream("a"), {number})).has_value(); });
  return stored || code != "no failure" ? code : "refused";
}

/// Everything that readers get of the log, as one text.
std::string what_is_read(EventStore& store) {
  std::string text;
  for (const auto& event : read(store).events) {
    const auto& metadata = event.metadata();
    text += fmt::format("{} {} {} {} {}\n", metadata.position.value(), metadata.stream,
                        metadata.version.value(), event.type(), event.data());
  }
  return text;
}

/// Other bytes in place of some of the store's file, anywhere in its page number `page`.
void corrupt(sqlite::MemoryFiles& files, std::uint64_t page, Random& choice) {
  constexpr std::uint64_t page_bytes = 4096;
  const auto sound = files.images().at("store");
  const auto size = 1 + choice.below(64);
  const auto at = page * page_bytes % sound.size() + choice.below(page_bytes - size);
  auto bytes = sound.substr(at, size);
  for (auto& byte : bytes) {
    const auto flip = 1 + choice.below(255);
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ flip);
  }
  files.overwrite("store", at, bytes);
}

TEST_SUITE("store/faults") {
  TEST_CASE("after a call to the disk that fails the same store goes on and nothing is lost") {
    std::uint64_t failures = 0;
    for (const auto& sweep : fault_sweeps()) {
      CAPTURE(to_string(sweep.fault));
      REQUIRE(sweep.calls > 0);
      const auto every = std::max<std::uint64_t>(1, sweep.calls / runs_of_a_sweep);
      const auto tally = run_sweep(sweep, every);
      CHECK((tally.wrong.empty() ? "" : tally.wrong.front()) == "");
      CHECK(tally.failures > 0);
      failures += tally.failures;
    }
    CHECK(failures > 1000);
  }

  TEST_CASE_FIXTURE(FaultyStores, "a full disk refuses appends until there is space again") {
    const auto store = open();
    std::uint64_t number = 1;
    for (; number <= 20; ++number) REQUIRE(append_code(*store, number) == "no failure");
    files->limit_size(files->size() + 20'000);
    std::string code;
    for (; code != "store.disk_full"; ++number) {
      REQUIRE(number < 50);
      code = append_code(*store, number);
    }
    CHECK(append_code(*store, number) == "store.disk_full");
    CHECK(read(*store).events.size() == number - 2);
    files->limit_size(UINT64_MAX);
    CHECK(append_code(*store, number - 1) == "no failure");
    CHECK(append_code(*store, number) == "no failure");
    CHECK(store->high_water() == Position(number));
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(FaultyStores, "a full disk is not tried again for each append of a group") {
    const auto store = open();
    REQUIRE(append_code(*store, 1) == "no failure");
    // More than the cache takes, so that pages are written long before the commit.
    std::vector<Ticket> tickets;
    for (std::uint64_t number = 2; number < 42; ++number) {
      auto append = append_of(number, stream(std::to_string(number)), {number});
      append.streams[0].events[0].data = std::string(900'000, 'x');
      tickets.push_back(store->submit(std::move(append)));
    }
    files->plan({.call = DiskCall::write, .kind = Kind::full, .lasting = true});
    for (auto& ticket : tickets) {
      CHECK(test::failure_code([&] { static_cast<void>(ticket.wait()); }) == "store.disk_full");
    }
    CHECK(files->calls(DiskCall::write) == 1);
    files->heal();
    CHECK(append_code(*store, 2) == "no failure");
  }

  TEST_CASE_FIXTURE(FaultyStores, "a file that became read-only is read, and appended to later") {
    const auto store = open();
    REQUIRE(append_code(*store, 1) == "no failure");
    files->plan({.call = DiskCall::write, .kind = Kind::read_only, .lasting = true});
    CHECK(append_code(*store, 2) == "store.read_only");
    CHECK(read(*store).events.size() == 1);
    files->heal();
    CHECK(append_code(*store, 2) == "no failure");
    CHECK(store->high_water() == Position(2));
  }

  TEST_CASE_FIXTURE(FaultyStores, "a store whose file may only be read cannot be appended to") {
    REQUIRE(append_code(*open(), 1) == "no failure");
    files->plan({.call = DiskCall::open, .kind = Kind::read_only});
    CHECK(append_code(*open(), 2) == "store.read_only");
    // Nor its folder be written: there can be no WAL.
    files->plan({.call = DiskCall::open, .kind = Kind::read_only, .lasting = true});
    CHECK(test::failure_code([&] { open(); }) == "store.io");
    files->heal();
    CHECK(append_code(*open(), 2) == "no failure");
  }

  TEST_CASE_FIXTURE(FaultyStores, "a clock that goes backwards changes no order") {
    const auto store = open();
    REQUIRE(append_code(*store, 1) == "no failure");
    const auto first = read(*store).events[0].metadata().recorded_at;
    clock.jump_to(clock.now() - std::chrono::hours(1));
    REQUIRE(append_code(*store, 2) == "no failure");
    clock.advance(std::chrono::hours(2));
    REQUIRE(append_code(*store, 3) == "no failure");
    const auto events = read(*store).events;
    REQUIRE(events.size() == 3);
    CHECK(events[1].metadata().recorded_at == first);
    CHECK(events[2].metadata().recorded_at > first);
    CHECK(store->position_at(first) == Position(1));
    CHECK(store->position_at(first + Micros(1)) == Position(3));
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  // The bytes of some made verify go round for ever.
  TEST_CASE_FIXTURE(FaultyStores, "a corrupted page fails or is named and is never a sound log") {
    auto store = open();
    for (std::uint64_t number = 1; number <= 200; ++number) {
      auto append = append_of(number, stream("a"), {number});
      append.streams[0].events[0].data = std::string(number * 7 % 900, 'd');
      REQUIRE(store->append(append).has_value());
    }
    const auto sound = what_is_read(*store);
    store.reset();
    const auto images = files->images();
    std::uint64_t refused = 0;
    std::uint64_t found = 0;
    for (std::uint64_t round = 0; round < 1000; ++round) {
      CAPTURE(round);
      sqlite::MemoryFiles damaged(images);
      SeededRandom choice(round);
      corrupt(damaged, round, choice);
      const auto code = test::failure_code([&] {
        const auto opened = open(damaged);
        if (opened->verify({}).damage) {
          ++found;
        } else {
          CHECK(what_is_read(*opened) == sound);
        }
      });
      if (code == "no failure") continue;
      ++refused;
      CHECK(code.starts_with("store."));
    }
    CHECK(refused > 10);
    CHECK(found > 300);
  }

  // The commit of a killed process may be in the WAL, whole but not synced: under full when it was
  // in the sync, under normal most of the time. It is told as stored, so it must be durable.
  TEST_CASE_FIXTURE(FaultyStores, "what a store finds when it is opened survives a power loss") {
    options.durability = Durability::normal;
    const auto killed = open();
    REQUIRE(append_code(*killed, 1) == "no failure");
    REQUIRE(append_code(*killed, 2) == "no failure");
    options.durability = Durability::full;
    const auto left = sqlite::MemoryFiles::left_by(*files);
    const auto store = open(*left);
    REQUIRE(store->high_water() == Position(2));
    CHECK(store->append(append_of(2, stream("a"), {2}))->repeated);
    const sqlite::MemoryFiles lost(disk.after({}));
    CHECK(open(lost)->high_water() == Position(2));
    left->watch(nullptr);
  }

  TEST_CASE_FIXTURE(FaultyStores, "under normal too what is kept is changed for good at once") {
    options.durability = Durability::normal;
    const auto store = open();
    for (std::uint64_t number = 1; number <= 3; ++number) {
      REQUIRE(append_code(*store, number) == "no failure");
    }
    while (store->maintain()) continue;
    const auto chain = *store->chain_at(Position(3));
    const Consumer reader{.name = "reader",
                          .checkpoint = {.position = Position(3), .chain = chain},
                          .reported_at = {}};
    const auto is_left = [&](const auto& look) {
      const sqlite::MemoryFiles lost(disk.after({}));
      return look(*open(lost));
    };
    const TruncateStream truncation{.stream = stream("a"), .before = StreamVersion(2)};
    REQUIRE(store->change({.what = truncation, .who = "ann"}).has_value());
    CHECK(is_left([](SqliteStore& left) {
      return left.stream_state(stream("a")).first == StreamVersion(2);
    }));
    const auto issued = store->issue_checkpoint();
    CHECK(is_left([&](SqliteStore& left) {
      const auto newest = left.issued_checkpoints(1);
      return !newest.empty() && newest[0].note == issued.note;
    }));
    store->report_consumers({reader});
    while (store->maintain()) continue;
    CHECK(is_left([](SqliteStore& left) { return left.consumers().size() == 1; }));
    REQUIRE(store->forget_consumer("reader"));
    CHECK(is_left([](SqliteStore& left) { return left.consumers().empty(); }));
  }

  TEST_CASE_FIXTURE(FaultyStores, "upkeep of a quiet log syncs what was committed without events") {
    options.durability = Durability::normal;
    options.side_store = false;
    const auto store = open();
    REQUIRE(append_code(*store, 1) == "no failure");
    while (store->maintain()) continue;
    store->set_property("name", "value");
    CHECK(store->maintain());
    CHECK_FALSE(store->maintain());
    const sqlite::MemoryFiles lost(disk.after({}));
    CHECK(open(lost)->property("name") == "value");
  }
}

}  // namespace
}  // namespace tidemark::store
