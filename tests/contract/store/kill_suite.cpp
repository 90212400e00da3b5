#include <string>
#include <tuple>
#include <vector>

#include "contract/store/kill_run.hpp"
#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

/// What a check says of a store in which `number` lies as it should, after `report`.
std::vector<std::string> differences_after(std::uint64_t number,
                                           const std::vector<std::string>& report) {
  std::tuple_element_t<0, Stores> place;
  const auto store = place.open();
  REQUIRE(store->append(append_numbered(number)).has_value());
  WriterCheck check;
  for (const auto& line : report) check.take(line);
  return check.check(*store);
}

void check_kills(const KillPlan& plan) {
  const auto result = run_kills(plan, [](auto&) {});
  for (const auto& difference : result.differences) CHECK_MESSAGE(false, difference);
  CHECK(result.kills == plan.kills);
  CHECK(result.while_appending >= plan.kills / 2);
  CHECK(result.tally.acknowledged > plan.kills);
}

TEST_SUITE("store/kill") {
  TEST_CASE("what writers were told and what is stored are compared") {
    using Lines = std::vector<std::string>;
    CHECK(differences_after(2, {"begin 2", "done 2 1 3"}).empty());
    CHECK(differences_after(2, {"begin 2"}).empty());
    CHECK(differences_after(2, {"begin 2", "done 2 1 3", "begin 9"}).empty());
    CHECK(differences_after(2, {"begin 2", "done 2 1 3", "begin 9", "done 9 4 4"}) ==
          Lines{"append 9 was acknowledged at 4..4 and is lost"});
    CHECK(differences_after(2, {"begin 2", "done 2 2 4"}) ==
          Lines{"append 2 was acknowledged at 2..4 and is elsewhere"});
    CHECK(differences_after(2, {}) == Lines{"append 2 is stored, and nobody handed it in"});
    CHECK(differences_after(2, {"begin 2", "do"}) == Lines{"a writer says 'do'"});
    const auto claim = std::to_string(claim_number(1, 3));
    CHECK(differences_after(claim_number(1, 3), {"begin " + claim, "refused " + claim}) ==
          Lines{"append " + claim + " was refused and is there"});
  }

  TEST_CASE("an append that is there in part is told from a whole one") {
    std::tuple_element_t<0, Stores> place;
    const auto store = place.open();
    auto half = append_numbered(7);
    half.streams[0].events.resize(3);
    REQUIRE(store->append(half).has_value());
    WriterCheck check;
    check.take("begin 7");
    const auto differences = check.check(*store);
    REQUIRE(differences.size() == 1);
    CHECK(differences[0] == "append 7 has 3 of 40 events, up to position 3");
  }

  TEST_CASE_TEMPLATE_DEFINE("a writer that is killed leaves what was acknowledged and no half",
                            Place, killed) {
    Place place;
    place.open();  // made before, so that the writer finds it
    KillPlan plan{.address = place.address(), .seed = 20261121};
    plan.strike = [&](WriterProcess& writer) {
      writer.kill();
      if constexpr (requires { place.await_end_of_sessions(); }) place.await_end_of_sessions();
    };
    check_kills(plan);
  }
  TEST_CASE_TEMPLATE_APPLY(killed, SharedStores);
}

}  // namespace
}  // namespace tidemark::store
