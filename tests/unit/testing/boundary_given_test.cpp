#include <doctest/doctest.h>

#include "campus.hpp"
#include "tidemark/testing/given.hpp"
#include "unit/testing/failing.hpp"

using namespace campus::v1;
using failing::failure_of;
using failing::holds;
using tidemark::to;
using tidemark::testing::given;

namespace {

CourseDefined defined(const std::string& course, std::int64_t seats) {
  CourseDefined event;
  event.set_course_id(course);
  event.set_seats(seats);
  return event;
}
StudentSubscribed subscribed(const std::string& student, const std::string& course) {
  StudentSubscribed event;
  event.set_course_id(course);
  event.set_student_id(student);
  return event;
}

}  // namespace

TEST_SUITE("testing/boundary_given") {
  // [joint-test]
  TEST_CASE("seats move from one course to another") {
    given<SeatMove>(to<Course>("a", defined("a", 10)), to<Course>("b", defined("b", 5)))
        .when(move_seats("a", "b", 4))
        .then(to<Course>("a", seats_changed("a", 6)), to<Course>("b", seats_changed("b", 9)))
        .when(move_seats("a", "b", 7))
        .then_rejected("course.too_few_seats");
  }
  // [/joint-test]

  // [boundary-test]
  TEST_CASE("a student takes two courses at most while there are seats") {
    given<Subscription>(defined("c1", 1), defined("c2", 9), subscribed("s2", "c1"))
        .when(subscribe("s1", "c1"))
        .then_rejected("course.full")
        .when(subscribe("s1", "c2"))
        .then(subscribed("s1", "c2"))
        .when(subscribe("s1", "c2"))
        .then_nothing();
    given<Subscription>(subscribed("s1", "a"), subscribed("s1", "b"), defined("c", 9))
        .when(subscribe("s1", "c"))
        .then_rejected("student.busy");
  }
  // [/boundary-test]

  TEST_CASE("a joint decision on what nothing has happened to can be given commands") {
    given<SeatMove>().when(move_seats("a", "b", 1)).then_rejected("course.unknown");
    given<SeatMove>(to<Course>("a", defined("a", 1))).when(move_seats("a", "a", 1)).then_nothing();
  }

  TEST_CASE("a boundary sees of the past only what meets the criteria") {
    given<Subscription>(defined("c1", 1), subscribed("s2", "c2"), defined("c2", 0))
        .when(subscribe("s1", "c1"))
        .then(subscribed("s1", "c1"));
  }

  TEST_CASE("a wrong stream is a failure that names both") {
    holds(failure_of("an event for the wrong aggregate"),
          "event 2: goes to course-b, not to course-a");
    holds(failure_of("an event of a joint decision without a stream"),
          "event 1: goes to course-a, not to the command's own stream");
  }
}
