#include <chrono>
#include <cstdint>
#include <memory>

#include "contract/store/stores.hpp"
#include "tidemark/base/clock.hpp"

namespace tidemark::store {
namespace {

/// Commits of other processes wake who listens.

using namespace std::chrono_literals;

/// A store that somebody listens to, and how often that was called. The clock of all stores stands
/// still: nothing but a notification makes it look again.
struct Ear {
  explicit Ear(PostgresStores& place)
      : store(place.open()), listening(store->listen([this] { ++calls; })) {
    const auto says_so = [&] {
      const auto rows = place.connect().query("SELECT listening_until > now() FROM head");
      return rows.boolean(0, 0);
    };
    while (timer.monotonic() < deadline && !says_so()) store->maintain();
    REQUIRE(says_so());
    for (int rounds = 0; rounds < 10; ++rounds) CHECK_FALSE(store->maintain());
    calls = 0;
  }
  /// Whether it was called since the last time, now or in a while.
  bool hears() {
    while (timer.monotonic() < deadline && calls == 0) store->maintain();
    const bool heard = calls == 1;
    calls = 0;
    return heard;
  }

  const SystemClock timer;
  const Micros deadline = timer.monotonic() + 20s;
  int calls = 0;
  std::unique_ptr<PostgresStore> store;
  Listening listening;
};

TEST_SUITE("store/postgres_wake_up") {
  TEST_CASE_FIXTURE(PostgresStores, "a commit of another process wakes who listens") {
    Ear ear(*this);
    const auto other = open();
    for (std::uint64_t number = 1; number <= 3; ++number) {
      REQUIRE(other->append(append_of(number, stream("a"), {number})).has_value());
      CHECK(ear.hears());
      CHECK(ear.store->high_water() == Position(number));
    }
  }

  TEST_CASE_FIXTURE(PostgresStores, "a writer that asked before learns that somebody listens") {
    const auto other = open();
    REQUIRE(other->append(append_of(1, stream("a"), {1})).has_value());
    Ear ear(*this);
    const auto deadline = ear.timer.monotonic() + 600ms;  // it asks every 500 ms
    for (std::uint64_t number = 2; ear.timer.monotonic() < deadline; ++number) {
      REQUIRE(other->append(append_of(number, stream("a"), {number})).has_value());
    }
    CHECK(ear.hears());
  }

  TEST_CASE_FIXTURE(PostgresStores, "an import of another process wakes who listens") {
    Ear ear(*this);
    const auto other = open();
    for (std::uint64_t number = 1; number <= 2; ++number) {
      const Import batch{.id = append_id(number),
                         .events = {{.stream = stream("a"), .event = event(number)}}};
      REQUIRE(other->import(batch).has_value());
      CHECK(ear.hears());
    }
  }

  TEST_CASE_FIXTURE(PostgresStores, "a copy by another process wakes who listens") {
    const auto file = SqliteStore::open({.file = ":memory:"}, clock, random);
    REQUIRE(file->append(append_of(1, stream("a"), {1})).has_value());
    Ear ear(*this);
    const auto other = open();
    file->stored_events(Position(1), 1, [&](const StoredEvent& event) {
      other->put_events({&event, 1});
      return true;
    });
    CHECK(ear.hears());
  }
}

}  // namespace
}  // namespace tidemark::store
