#include <doctest/doctest.h>

#include <tidemark/aggregate.hpp>

#include "counter.hpp"

using counter::v1::Added;
using counter::v1::WasReset;
using tidemark::Decision;

TEST_SUITE("aggregate/decision") {
  TEST_CASE("emitted events keep their order") {
    Added added;
    added.set_amount(3);
    const auto decision = tidemark::emit(added, WasReset());
    CHECK(decision.kind() == Decision::Kind::events);
    REQUIRE(decision.events().size() == 2);
    CHECK(decision.events()[0]->SerializeAsString() == added.SerializeAsString());
    CHECK(decision.events()[1]->GetDescriptor() == WasReset::descriptor());
  }

  TEST_CASE("events may be added one by one") {
    Decision decision;
    CHECK(decision.kind() == Decision::Kind::nothing);
    for (int i = 0; i < 3; ++i) decision.also(Added());
    CHECK(decision.kind() == Decision::Kind::events);
    CHECK(decision.events().size() == 3);
  }

  TEST_CASE("nothing has no events") {
    const auto decision = tidemark::nothing();
    CHECK(decision.kind() == Decision::Kind::nothing);
    CHECK(decision.events().empty());
  }

  TEST_CASE("a rejection has a code and, for a person, a detail") {
    const auto decision = tidemark::reject("counter.full", "at most 100");
    CHECK(decision.kind() == Decision::Kind::rejected);
    CHECK(decision.rejection().code == "counter.full");
    CHECK(decision.rejection().detail == "at most 100");
    CHECK(tidemark::reject("counter.full").rejection().detail.empty());
  }
}
