#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

TEST_SUITE("store/append") {
  TEST_CASE_TEMPLATE_DEFINE("an append tells where it landed", Place, lands) {
    Place place;
    const auto store = place.open();
    const auto first = store->append(append_of(1, stream("a"), {1, 2}));
    REQUIRE(first.has_value());
    CHECK(first->first == Position(1));
    CHECK(first->last == Position(2));
    CHECK(first->versions == std::vector{StreamVersion(2)});
    CHECK_FALSE(first->repeated);
    const auto second = store->append(append_of(2, stream("b"), {3}));
    REQUIRE(second.has_value());
    CHECK(second->first == Position(3));
    CHECK(second->versions == std::vector{StreamVersion(1)});
    CHECK(store->high_water() == Position(3));
    CHECK(store->stream_version(stream("a")) == StreamVersion(2));
    CHECK(store->stream_version(stream("c")) == StreamVersion(0));
  }
  TEST_CASE_TEMPLATE_APPLY(lands, Stores);
}

}  // namespace
}  // namespace tidemark::store
