#include <string>

#include "contract/store/kill_run.hpp"
#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

TEST_SUITE("store/kill") {
  TEST_CASE_TEMPLATE_DEFINE("a writer that is killed leaves what was acknowledged and no half",
                            Place, killed) {
    Place place;
    place.open();  // made before, so that the writer finds it
    constexpr std::uint64_t kills = 10;
    const auto result =
        run_kills({.address = place.address(), .kills = kills, .seed = 20261121}, [](auto&) {});
    for (const auto& difference : result.differences) CHECK_MESSAGE(false, difference);
    CHECK(result.kills == kills);
    CHECK(result.while_appending >= kills / 2);
    CHECK(result.tally.acknowledged > kills);
  }
  TEST_CASE_TEMPLATE_APPLY(killed, SharedStores);
}

}  // namespace
}  // namespace tidemark::store
