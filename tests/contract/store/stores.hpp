#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "contract/store/archiving_store.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/store/sqlite_store.hpp"
#ifdef TIDEMARK_STORES_IN_POSTGRES
#include "contract/store/postgres/postgres_stores.hpp"
#endif

namespace tidemark::store {

/// A folder of its own for one test, removed with it.
class TestFolder {
 public:
  TestFolder() {
    SystemRandom random;
    path_ = std::filesystem::temp_directory_path() /
            ("tidemark-store-" + to_string(Uuid::version7(SystemClock().now(), random)));
    std::filesystem::create_directories(path_);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path file(std::string_view name = "log.db") const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// What every kind of store is tested with: where it lies, its clock, its options.
struct StorePlace {
  ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
  SeededRandom random{7};
  SqliteStoreOptions options{.sync_interval = Micros(0)};
  static constexpr std::uint64_t model_programs = 20;  ///< of a thousand operations, in the gate
};

/// Stores in memory.
struct MemoryStores : StorePlace {
  static constexpr bool survives = false;  ///< what was stored is there when it is opened again
  std::unique_ptr<SqliteStore> open() {
    options.file = ":memory:";
    return SqliteStore::open(options, clock, random);
  }
};

/// Stores in a file.
struct FileStores : StorePlace {
  static constexpr bool survives = true;
  TestFolder folder;
  /// What another process opens the store by, see `store_address.hpp`.
  [[nodiscard]] std::string address() const { return "sqlite:" + folder.file().string(); }
  std::unique_ptr<SqliteStore> open() {
    options.file = folder.file();
    return SqliteStore::open(options, clock, random);
  }
};

/// Stores in a file that archive all but their newest events.
struct ArchivedStores : FileStores {
  static constexpr std::uint64_t model_programs = 6;
  std::unique_ptr<SqliteStore> open() { return archiving(FileStores::open()); }
  std::unique_ptr<SqliteStore> archiving(std::unique_ptr<SqliteStore> store) const {
    if (options.read_only) return store;
    return std::make_unique<ArchivingStore>(std::move(store));
  }
};

/// Every engine passes every suite; PostgreSQL in a program of its own, which needs a server.
/// `SharedStores` are those that may be opened again, also while they are open, `PlainStores` those
/// that do nothing but what a case asks for.
#ifdef TIDEMARK_STORES_IN_POSTGRES
using Stores = std::tuple<PostgresStores>;
using SharedStores = Stores;
using PlainStores = Stores;
#else
using Stores = std::tuple<MemoryStores, FileStores, ArchivedStores>;
using PlainStores = std::tuple<MemoryStores, FileStores>;
using SharedStores = std::tuple<FileStores>;
#endif

/// Ids that tests can name: the same numbers give the same id.
template <typename AnyId>
AnyId id_of(std::uint64_t number, std::uint64_t kind = 1) {
  Uuid::Bytes bytes{};
  for (unsigned at = 0; at < 8; ++at) {
    bytes[at] = static_cast<std::uint8_t>(kind >> (8 * (7 - at)));
    bytes[8 + at] = static_cast<std::uint8_t>(number >> (8 * (7 - at)));
  }
  return AnyId(Uuid(bytes));
}

inline EventId event_id(std::uint64_t number, std::uint64_t kind = 1) {
  return id_of<EventId>(number, kind);
}
inline AppendId append_id(std::uint64_t number, std::uint64_t kind = 1) {
  return id_of<AppendId>(number, kind);
}

inline NewEvent event(std::uint64_t number, std::string data = "data") {
  return {.event_id = event_id(number),
          .type = "test.Happened",
          .data = std::move(data),
          .event_time = UtcTime::from_micros(static_cast<std::int64_t>(number))};
}

inline StreamId stream(std::string_view id, std::string_view category = "thing") {
  return {category, id};
}

/// An append of events with these numbers to one stream.
inline Append append_of(std::uint64_t id, const StreamId& to,
                        const std::vector<std::uint64_t>& numbers,
                        ExpectedState expected = ExpectedState::any()) {
  StreamWrite write{.stream = to, .expected = expected};
  for (const auto number : numbers) write.events.push_back(event(number));
  return {.id = append_id(id), .streams = {std::move(write)}};
}

/// What a read visited.
struct Page {
  std::vector<RecordedEvent> events;
  ReadEnd end;

  [[nodiscard]] std::vector<std::uint64_t> positions() const {
    std::vector<std::uint64_t> found;
    found.reserve(events.size());
    for (const auto& event : events) found.push_back(event.metadata().position.value());
    return found;
  }
};

inline Page read(EventStore& store, const ReadQuery& query = {}) {
  Page page;
  page.end = store.read(query, [&](const EventView& view) {
    page.events.emplace_back(view);
    return true;
  });
  return page;
}

inline Page read_stream(EventStore& store, const StreamQuery& query) {
  Page page;
  page.end = store.read_stream(query, [&](const EventView& view) {
    page.events.emplace_back(view);
    return true;
  });
  return page;
}

template <typename Error>
Error error_of(const Result<Appended, AppendError>& result) {
  REQUIRE_FALSE(result.has_value());
  const auto* error = std::get_if<Error>(&result.error());
  REQUIRE(error != nullptr);
  return *error;
}

}  // namespace tidemark::store
