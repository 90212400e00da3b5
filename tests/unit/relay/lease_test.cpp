#include "tidemark/relay/lease.hpp"

#include <doctest/doctest.h>

#include "tidemark/store/sqlite_store.hpp"

using namespace tidemark;
using relay::Lease;

namespace {

constexpr Micros length = std::chrono::seconds(9);

struct Leases {
  ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
  SeededRandom random{1};
  std::unique_ptr<store::SqliteStore> store =
      store::SqliteStore::open({.file = ":memory:"}, clock, random);

  Lease make() {
    return Lease(
        {.relay_name = "main", .owner = Uuid::version7(clock.now(), random), .length = length},
        *store, clock);
  }
};

/// Tries as often as is due within `patience`.
bool acquire(Lease& lease, ManualClock& clock, Micros patience = Micros(0)) {
  const auto until = clock.monotonic() + patience;
  for (int tries = 0; tries < 1000; ++tries) {
    if (lease.acquire()) return true;
    if (clock.monotonic() + lease.due_in() > until) break;
    clock.advance(lease.due_in());
  }
  return false;
}

}  // namespace

TEST_SUITE("relay/lease") {
  TEST_CASE("a free lease is got at once") {
    Leases leases;
    auto lease = leases.make();
    CHECK(acquire(lease, leases.clock));
  }

  TEST_CASE("a lease that is renewed stays with its holder") {
    Leases leases;
    auto holder = leases.make();
    auto other = leases.make();
    REQUIRE(acquire(holder, leases.clock));
    for (int thirds = 0; thirds < 30; ++thirds) {
      CHECK_FALSE(acquire(other, leases.clock));
      CHECK(holder.renew(Position(5)));
      leases.clock.advance(length / 3);
    }
    CHECK(other.published() == Position(5));
  }

  TEST_CASE("a lease that is not renewed goes to the other after its length") {
    Leases leases;
    auto holder = leases.make();
    auto other = leases.make();
    REQUIRE(acquire(holder, leases.clock));
    CHECK_FALSE(acquire(other, leases.clock, length - Micros(1)));
    CHECK(acquire(other, leases.clock, length));
    CHECK_FALSE(holder.renew(Position()));
  }

  TEST_CASE("a lease that was released is free") {
    Leases leases;
    auto holder = leases.make();
    auto other = leases.make();
    REQUIRE(acquire(holder, leases.clock));
    CHECK_FALSE(acquire(other, leases.clock));
    holder.release();
    leases.clock.advance(length / 3);
    CHECK(acquire(other, leases.clock));
    holder.release();
    leases.clock.advance(length / 3);
    CHECK(other.renew(Position()));
  }

  TEST_CASE("a wall clock that jumped back by years makes nobody wait longer than the length") {
    Leases leases;
    auto holder = leases.make();
    REQUIRE(acquire(holder, leases.clock));
    leases.clock.jump_to(UtcTime::from_micros(1));
    auto other = leases.make();
    CHECK(acquire(other, leases.clock, length + length / 3));
  }

  TEST_CASE("a wall clock that jumped ahead costs one take-over and no more") {
    Leases leases;
    auto holder = leases.make();
    auto other = leases.make();
    REQUIRE(acquire(holder, leases.clock));
    leases.clock.jump_to(leases.clock.now() + std::chrono::hours(1));
    CHECK(acquire(other, leases.clock));
    leases.clock.advance(length / 3);
    CHECK(other.renew(Position()));
    CHECK_FALSE(holder.renew(Position()));
    CHECK_FALSE(acquire(holder, leases.clock));
  }

  TEST_CASE("of two that see it free at the same moment one gets it") {
    Leases leases;
    auto first = leases.make();
    auto second = leases.make();
    CHECK_FALSE(first.acquire());
    leases.store->set_property("relay.main.lease", "");
    CHECK_FALSE(second.acquire());
    CHECK_FALSE(first.acquire());
    CHECK(second.acquire());
  }

  TEST_CASE("who stands back leaves it to others, and does not try for its length") {
    Leases leases;
    auto lease = leases.make();
    REQUIRE(acquire(lease, leases.clock));
    lease.stand_back();
    CHECK_FALSE(acquire(lease, leases.clock, length - Micros(1)));
    auto other = leases.make();
    CHECK(acquire(other, leases.clock));
    leases.clock.advance(length / 2);
    CHECK_FALSE(acquire(lease, leases.clock));
  }

  TEST_CASE("who releases it says how far it published") {
    Leases leases;
    auto lease = leases.make();
    REQUIRE(acquire(lease, leases.clock));
    lease.release(Position(7));
    CHECK(Lease::published_by(*leases.store, "main") == Position(7));
    auto other = leases.make();
    REQUIRE(acquire(other, leases.clock));
    lease.release(Position(9));  // it is another's by now
    CHECK(Lease::published_by(*leases.store, "main") == Position(7));
  }

  TEST_CASE("what another version wrote is nobody's lease") {
    Leases leases;
    leases.store->set_property("relay.main.lease", "2 something else");
    auto lease = leases.make();
    CHECK(acquire(lease, leases.clock));
  }
}
