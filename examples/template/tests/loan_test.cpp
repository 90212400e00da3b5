// [loan]
#include "loan.hpp"

#include <doctest/doctest.h>

#include <tidemark/testing/saga_given.hpp>

#include "words.hpp"

using namespace lending;
using namespace std::chrono_literals;
using tidemark::testing::given_saga;

TEST_SUITE("loan") {
  TEST_CASE("after two weeks the reader is reminded, once") {
    given_saga<Loan>()
        .when(lent())
        .then_sends_nothing()
        .in_state("lent")
        .after(14 * 24h - 1s)
        .then_sends_nothing()
        .after(1s)
        .then_sends(remind())
        .in_state("overdue")
        .after(1000 * 24h)
        .then_sends_nothing();
  }

  TEST_CASE("a book that came back in time reminds nobody") {
    given_saga<Loan>()
        .received(lent(), returned())
        .after(1000 * 24h)
        .then_sends_nothing()
        .in_state("on_shelf");
  }
}
// [/loan]
