#include "contract/store/postgres/server_kill.hpp"
#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

TEST_SUITE("store/kill") {
  TEST_CASE_FIXTURE(PostgresStores, "a server that is killed leaves what was acknowledged") {
    open();  // made before, so that the writer finds it
    const auto plan = server_kills(*this, 10, 20261121);
    const auto result = run_kills(plan, [](auto&) {});
    for (const auto& difference : result.differences) CHECK_MESSAGE(false, difference);
    CHECK(result.kills == plan.kills);
    CHECK(result.while_appending >= plan.kills / 2);
    CHECK(result.tally.acknowledged > plan.kills);
  }
}

}  // namespace
}  // namespace tidemark::store
