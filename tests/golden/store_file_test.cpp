#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

std::string hex(const ChainHash& hash) {
  std::string text;
  for (const auto byte : hash) text += fmt::format("{:02x}", byte);
  return text;
}

/// A store over a copy of a file that an earlier version wrote.
struct OldStore : StorePlace {
  explicit OldStore(std::string_view name) {
    options.file = folder.file();
    std::filesystem::copy_file(std::filesystem::path(TIDEMARK_GOLDEN_FILES) / name, options.file);
  }
  TestFolder folder;
};

TEST_SUITE("golden/store") {
  TEST_CASE("a store of format 1 opens with all that is in it") {
    OldStore old("store-format-1.db");
    const auto store = SqliteStore::open(old.options, old.clock, old.random);
    CHECK(to_string(store->store_id()) == "01a0c450-6c00-715c-a7ec-8e65a18debbe");
    const auto verified = store->verify({});
    CHECK(verified.events == 6);
    CHECK_FALSE(verified.damage.has_value());
    CHECK(hex(verified.head) == "933bf32bba3151eba690ba71b3f1389cf7c1cdfc981ef4b20c3de236e9b09e8b");
    const auto first = store->find_event(event_id(1));
    REQUIRE(first.has_value());
    CHECK(first->data() == std::string_view("by\0tes", 6));
    CHECK(first->metadata().tenant == "acme");
    const auto repeated = store->append(append_of(2, stream("b"), {99}));
    REQUIRE(repeated.has_value());
    CHECK(repeated->repeated);
    CHECK(repeated->answer == "yes");
    CHECK(store->property("manifest") == std::string("tex\0t", 5));
    CHECK(store->register_type("test.Happened", "fingerprint two") == 2);
  }

  TEST_CASE("a store of format 1 can be read by tag and by type") {
    OldStore old("store-format-1.db");
    const auto store = SqliteStore::open(old.options, old.clock, old.random);
    using Positions = std::vector<std::uint64_t>;
    CHECK(read(*store, {.criteria = {{.tags = {"red"}}}}).positions() == Positions{1, 3});
    CHECK(read(*store, {.criteria = {{.tags = {"red", "round"}}}}).positions() == Positions{3});
    CHECK(read(*store, {.category = "other"}).positions() == Positions{6});
    CHECK(read(*store, {.types = {"test.Happened"}}).events.size() == 6);
    CHECK(store->stream_state(stream("a")).version == StreamVersion(3));
    REQUIRE(store->append(append_of(50, stream("a"), {50})).has_value());
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
}

}  // namespace
}  // namespace tidemark::store
