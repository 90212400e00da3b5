#include <filesystem>
#include <fstream>

#include "contract/store/archive_kill.hpp"
#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

TEST_SUITE("store/archive/kill") {
  TEST_CASE_FIXTURE(FileStores, "a writer that archives is killed and nothing is lost or left") {
    open();  // made before, so that the writer finds it
    auto plan = archiving_kills(address(), folder.file().parent_path());
    plan.seed = 20261122;
    const auto result = run_kills(plan, [](auto&) {});
    for (const auto& difference : result.differences) CHECK_MESSAGE(false, difference);
    CHECK(result.kills == plan.kills);
    CHECK(result.while_appending >= plan.kills / 2);
    CHECK(open()->facts(false).archives > plan.kills);
  }

  TEST_CASE_FIXTURE(FileStores, "a cold file that nobody names is found") {
    const auto store = open();
    for (std::uint64_t number = 1; number <= 9; ++number) {
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
    }
    CHECK(check_archives(*store, folder.file().parent_path(), 4).empty());
    std::ofstream(folder.file("log.cold-1-4.9.db")) << "left";
    CHECK(check_archives(*store, folder.file().parent_path(), 4) ==
          std::vector<std::string>{"3 cold files, and 2 that are named, after upkeep",
                                   "3 cold files, and 2 that are named, after more was archived"});
  }
}

}  // namespace
}  // namespace tidemark::store
