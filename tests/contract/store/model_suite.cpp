#include <string>

#include "contract/store/model_check.hpp"
#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

TEST_SUITE("store/model") {
  TEST_CASE_TEMPLATE_DEFINE("a store answers what its model answers", Place, model) {
    constexpr std::uint64_t programs = 20;
    constexpr std::uint64_t operations = 1000;
    ModelTally tally;
    const FreshStore fresh = [] { return std::make_unique<TestedPlace<Place>>(); };
    for (std::uint64_t seed = 1; seed <= programs; ++seed) {
      const auto failure = check_model(fresh, seed, operations, tally);
      if (failure) FAIL(to_string(*failure));
    }
    CHECK(tally.operations == programs * operations);
    CHECK(tally.stored > programs * operations / 4);
  }
  TEST_CASE_TEMPLATE_APPLY(model, Stores);
}

}  // namespace
}  // namespace tidemark::store
