// Every case here fails. The cases of boundary_given_test.cpp run them, one by one, and look at
// how. The MESSAGE says how many lines below itself the failure must point.
#include <doctest/doctest.h>

#include "campus.hpp"
#include "tidemark/testing/given.hpp"

using namespace campus::v1;
using tidemark::to;
using tidemark::testing::given;

namespace {

CourseDefined defined(std::int64_t seats) {
  CourseDefined event;
  event.set_seats(seats);
  return event;
}

}  // namespace

TEST_CASE("an event for the wrong aggregate") {
  // clang-format off
  MESSAGE("+3");
  given<SeatMove>(to<Course>("a", defined(2)), to<Course>("b", defined(2)))
      .when(move_seats("a", "b", 1))
      .then(to<Course>("a", seats_changed("a", 1)), to<Course>("a", seats_changed("b", 3)));
  // clang-format on
}

TEST_CASE("an event of a joint decision without a stream") {
  // clang-format off
  MESSAGE("+3");
  given<SeatMove>(to<Course>("a", defined(2)), to<Course>("b", defined(2)))
      .when(move_seats("a", "b", 1))
      .then(seats_changed("a", 1), to<Course>("b", seats_changed("b", 3)));
  // clang-format on
}
