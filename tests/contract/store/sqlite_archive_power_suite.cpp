#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "contract/store/power_check.hpp"
#include "contract/store/stores.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/disk_state.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t cuts = 250;

/// Every operation of a disk, in order.
struct Recorder final : sqlite::DiskWatcher {
  void happened(const sqlite::DiskOperation& operation) override {
    operations.push_back(operation);
  }
  std::vector<sqlite::DiskOperation> operations;
};

SqliteStoreOptions options_on(const std::string& vfs) {
  return {.file = "store", .sync_interval = Micros(0), .side_store = false, .vfs = vfs};
}

bool archive_step(SqliteStore& store) {
  const auto end = store.high_water();
  return store.archive({.before = end, .file_events = 6, .force = true, .reason = "room"})->more;
}

void settle(SqliteStore& store) {
  while (archive_step(store)) continue;
  while (store.compact(100).more) continue;
  while (store.maintain()) continue;
}

/// What has to be in a store, at least.
struct Stored {
  std::uint64_t events = 0;
  std::vector<TruncateStream> truncations = {};
};

/// Appends, archives, deletes and compacts in turn, a step of each between two appends.
class Work {
 public:
  explicit Work(const Recorder& recorder) : recorder_(recorder) {}

  void run(SqliteStore& store) {
    for (std::uint64_t number = 1; number <= 60; ++number) {
      const auto appended =
          store.append(append_of(number, stream(std::to_string(number % 4)), {number}));
      REQUIRE(appended.has_value());
      acknowledged_.push_back(recorder_.operations.size());
      archive_step(store);
      store.maintain();
      if (number % 20 != 0) continue;
      truncate(store, {.stream = stream(std::to_string(number / 20)),
                       .before = StreamVersion(number / 8)});
      for (int round = 0; round < 6; ++round) store.compact(100);
    }
    settle(store);
  }
  /// What has to be there after so many operations of the disk.
  [[nodiscard]] Stored stored_at(std::uint64_t operations) const {
    Stored stored{.events = static_cast<std::uint64_t>(
                      std::ranges::upper_bound(acknowledged_, operations) - acknowledged_.begin())};
    for (const auto& [truncation, at] : truncations_) {
      if (at <= operations) stored.truncations.push_back(truncation);
    }
    return stored;
  }

 private:
  void truncate(SqliteStore& store, const TruncateStream& truncation) {
    REQUIRE(store.change({.what = truncation, .who = "ann"}).has_value());
    truncations_.emplace_back(truncation, recorder_.operations.size());
  }

  const Recorder& recorder_;
  std::vector<std::pair<TruncateStream, std::uint64_t>> truncations_;
  std::vector<std::uint64_t> acknowledged_;
};

std::uint64_t cold_files_on(const sqlite::MemoryFiles& disk) {
  std::uint64_t files = 0;
  for (const auto& [name, bytes] : disk.images()) {
    files += name.starts_with("store.cold-") && name.ends_with(".db") ? 1U : 0U;
  }
  return files;
}

/// Says so when data are still there that were truncated and compacted; empty: none are.
std::string data_kept(SqliteStore& store, const std::vector<TruncateStream>& truncations) {
  std::string kept;
  store.stored_events(Position(1), UINT64_MAX, [&](const StoredEvent& stored) {
    const auto& [tombstone, metadata] = std::tie(stored.event.tombstone, stored.event.metadata);
    for (const auto& [name, before] : truncations) {
      const bool gone = metadata.stream == name.name() && metadata.version < before;
      if (gone && !tombstone) kept = "data of " + name.name() + " are still there";
    }
    return kept.empty();
  });
  return kept;
}

/// What is not as promised in the store on a disk; empty when all is well.
std::string flaw_of(sqlite::MemoryFiles& disk, const Stored& stored) {
  ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
  SeededRandom random{3};
  const auto store = SqliteStore::open(options_on(disk.vfs()), clock, random);
  const auto sound = [&](std::uint64_t events) -> std::string {
    const auto verified = store->verify({});
    if (verified.damage) return verified.damage->code + ": " + verified.damage->message;
    if (verified.events < events) return "only " + std::to_string(verified.events) + " events";
    const auto page = read(*store);
    for (const auto& event : page.events) {
      if (!store->find_event(event.metadata().event_id)) return "an event is not found by its id";
    }
    for (const auto& [name, before] : stored.truncations) {
      if (store->stream_state(name).first != before) return "a truncation of " + name.name();
    }
    return page.events.size() == verified.events ? "" : "a read misses events";
  };
  if (auto flaw = sound(stored.events); !flaw.empty()) return flaw;
  for (std::uint64_t number = 1000; number < 1010; ++number) {
    if (!store->append(append_of(number, stream("new"), {number}))) return "it takes no append";
  }
  settle(*store);
  if (auto flaw = sound(stored.events + 10); !flaw.empty()) return "after more: " + flaw;
  if (const auto kept = data_kept(*store, stored.truncations); !kept.empty()) return kept;
  const auto files = store->facts(false).archives;
  return cold_files_on(disk) == files ? "" : "a cold file is left over";
}

/// A disk on which all of the work was done.
struct WorkedDisk {
  Recorder recorder;
  Work work{recorder};
  WorkedDisk() {
    sqlite::MemoryFiles disk;
    disk.watch(&recorder);
    ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
    SeededRandom random{3};
    work.run(*SqliteStore::open(options_on(disk.vfs()), clock, random));
  }
  /// Cuts the power at moments spread evenly over `operations`; the first flaw.
  [[nodiscard]] std::string cut(const std::vector<sqlite::DiskOperation>& operations) const {
    sqlite::DiskState state;
    std::size_t at = 0;
    for (std::uint64_t number = 1; number <= cuts; ++number) {
      const auto end = operations.size() * number / cuts;
      for (; at < end; ++at) state.happened(operations[at]);
      sqlite::MemoryFiles left(state.after(power_loss(number)));
      // Where operations were left out it is later than their number says: less is asked for.
      const auto flaw = flaw_of(left, work.stored_at(end));
      if (!flaw.empty()) return flaw + ", in cut " + std::to_string(number);
    }
    return {};
  }
};

TEST_SUITE("store/archive/power") {
  TEST_CASE("a power loss while events are archived and erased loses none and leaves no file") {
    const WorkedDisk disk;
    CHECK(disk.cut(disk.recorder.operations) == "");
  }

  TEST_CASE("a disk that does not sync cold files is found out") {
    const WorkedDisk disk;
    auto operations = disk.recorder.operations;
    std::vector<std::uint64_t> cold;
    std::erase_if(operations, [&](const sqlite::DiskOperation& operation) {
      if (operation.kind == sqlite::DiskOperation::Kind::create &&
          operation.name.starts_with("store.cold-")) {
        cold.push_back(operation.file);
      }
      return operation.kind == sqlite::DiskOperation::Kind::sync &&
             std::ranges::find(cold, operation.file) != cold.end();
    });
    CHECK(cold.size() > 10);
    CHECK_FALSE(disk.cut(operations).empty());
  }

  TEST_CASE("a disk that fails while events are archived loses none and goes on when it is well") {
    using Kind = sqlite::DiskFault::Kind;
    std::uint64_t failed = 0;
    const TruncateStream truncation{.stream = stream("a"), .before = StreamVersion(9)};
    for (const auto call : {sqlite::DiskCall::write, sqlite::DiskCall::sync, sqlite::DiskCall::open,
                            sqlite::DiskCall::remove}) {
      for (std::uint64_t nth = 1; nth <= 40; nth += 3) {
        sqlite::MemoryFiles disk;
        {
          ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
          SeededRandom random{3};
          const auto store = SqliteStore::open(options_on(disk.vfs()), clock, random);
          for (std::uint64_t number = 1; number <= 15; ++number) {
            REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
          }
          if (nth % 4 < 2) settle(*store);  // what is truncated lies in cold files then
          REQUIRE(store->change({.what = truncation, .who = "ann"}).has_value());
          disk.plan({.call = call, .kind = nth % 2 == 0 ? Kind::full : Kind::io_error, .nth = nth});
          try {
            settle(*store);
          } catch (const Failure& failure) {
            CHECK(failure.code().starts_with("store."));
            ++failed;
          }
          disk.heal();
          settle(*store);
          CHECK(store->facts(false).archived_events == 12);
          CHECK(read(*store).events.size() == 15);
        }
        CAPTURE(nth);
        CHECK(flaw_of(disk, {.events = 15, .truncations = {truncation}}) == "");
      }
    }
    CHECK(failed > 10);
  }
}

}  // namespace
}  // namespace tidemark::store
