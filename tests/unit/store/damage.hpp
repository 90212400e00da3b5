#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

template <typename Work>
std::string code_of(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code() + (failure.retryable() ? " retryable" : "");
  }
  return "none";
}

/// A store in memory, and a way to its file past the store.
struct DamageFixture {
  sqlite::MemoryFiles files;
  ManualClock clock{UtcTime::from_micros(1'000'000)};
  SeededRandom random{1};
  SqliteStoreOptions options{.file = "log", .vfs = files.vfs()};
  std::uint64_t events = 0;

  std::unique_ptr<SqliteStore> open() { return SqliteStore::open(options, clock, random); }

  Append append_of(std::uint64_t count, const char* stream) {
    Append append{.id = AppendId(Uuid::version7(clock.now(), random)), .streams = {}};
    StreamWrite write{.stream = StreamId("thing", stream)};
    for (std::uint64_t number = 0; number < count; ++number) {
      write.events.push_back({.event_id = EventId(Uuid::version7(clock.now(), random)),
                              .type = "test.Happened",
                              .data = "data " + std::to_string(++events),
                              .event_time = clock.now()});
    }
    append.streams.push_back(std::move(write));
    return append;
  }

  /// Six events: two appends of two to stream a and b, two of one to a.
  void fill() {
    const auto store = open();
    for (const auto& [count, stream] : {std::pair(2, "a"), {2, "b"}, {1, "a"}, {1, "a"}}) {
      clock.advance(std::chrono::seconds(1));
      REQUIRE(store->append(append_of(static_cast<std::uint64_t>(count), stream)).has_value());
    }
  }
  void tamper(const std::string& sql) {
    sqlite::Database::open({.file = options.file, .vfs = files.vfs()}).execute(sql);
  }
  Verified verify() { return open()->verify({}); }
  /// "code position" of the damage after `sql` was run on a sound store.
  std::string damage_after(const std::string& sql) {
    fill();
    tamper(sql);
    const auto verified = verify();
    REQUIRE(verified.damage.has_value());
    return verified.damage->code + " " + std::to_string(verified.damage->position.value());
  }
};

}  // namespace tidemark::store
