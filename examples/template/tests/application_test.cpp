// [application]
#include <doctest/doctest.h>

#include <tidemark/testing/simulation.hpp>

#include "readers.hpp"
#include "wiring.hpp"
#include "words.hpp"

using namespace lending;
using namespace std::chrono_literals;

TEST_SUITE("application") {
  TEST_CASE("a book that is not returned leads to a reminder, whatever restarts on the way") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      tidemark::testing::Simulation library(wiring(), seed, {.restart_one_in = 50});
      library.send(lend());
      library.advance(20 * 24h);
      library.catch_up();
      const auto readers = library.rows<Readers>();
      REQUIRE(readers.size() == 1);
      CHECK(readers.front().books() == 1);
      CHECK(readers.front().reminders() == 1);
    }
  }
}
// [/application]
