// [readers]
#include "readers.hpp"

#include <doctest/doctest.h>

#include <tidemark/testing/projection_given.hpp>

#include "words.hpp"

using namespace lending;
using tidemark::testing::event;
using tidemark::testing::given_events;

TEST_SUITE("readers") {
  TEST_CASE("a reader's books and reminders are counted") {
    const auto now = tidemark::testing::test_time;
    given_events<Readers>(event(lent(), now)).then_rows(ahab(1));
    given_events<Readers>(event(lent(), now), event(reminded(), now), event(returned(), now))
        .then_rows(ahab(0, 1));
  }
}
// [/readers]
