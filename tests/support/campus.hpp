#pragma once

#include <array>
#include <tidemark/aggregate.hpp>

#include "protos/campus.pb.h"

/// What is decided on more than one aggregate, as small as it can be.
namespace campus::v1 {

/// A course has seats.
struct Course {
  using Commands = tidemark::List<DefineCourse>;
  using Events = tidemark::List<CourseDefined, SeatsChanged>;
  static constexpr std::string_view category = "course";
  static std::string_view id(const DefineCourse& command) { return command.course_id(); }
  bool defined = false;
  std::int64_t seats = 0;
};

inline void evolve(Course& course, const CourseDefined& event) {
  course.defined = true;
  course.seats = event.seats();
}
inline void evolve(Course& course, const SeatsChanged& event) { course.seats = event.seats(); }

inline SeatsChanged seats_changed(const std::string& course, std::int64_t seats) {
  SeatsChanged event;
  event.set_course_id(course);
  event.set_seats(seats);
  return event;
}

inline tidemark::Decision decide(const Course& course, const DefineCourse& command,
                                 const tidemark::Context&) {
  if (course.defined) return tidemark::nothing();
  CourseDefined event;
  event.set_course_id(command.course_id());
  event.set_seats(command.seats());
  return tidemark::emit(event);
}

// [joint]
/// Seats move from one course to another, all or none.
struct SeatMove {
  using Commands = tidemark::List<MoveSeats>;
  using Aggregates = tidemark::List<Course, Course>;
  static std::array<std::string_view, 2> ids(const MoveSeats& command) {
    return {command.from_course_id(), command.to_course_id()};
  }
};

inline tidemark::Decision decide(const Course& from, const Course& to, const MoveSeats& command,
                                 const tidemark::Context&) {
  const auto& [from_id, to_id] = SeatMove::ids(command);
  if (from_id == to_id) return tidemark::nothing();
  if (!to.defined) return tidemark::reject("course.unknown");
  if (from.seats < command.seats()) return tidemark::reject("course.too_few_seats");
  return tidemark::emit(tidemark::to<Course>(from_id, seats_changed(command.from_course_id(),
                                                                    from.seats - command.seats())),
                        tidemark::to<Course>(to_id, seats_changed(command.to_course_id(),
                                                                  to.seats + command.seats())));
}
// [/joint]

// [boundary]
/// A student takes a course while it has seats, and two courses at most.
struct Subscription {
  using Commands = tidemark::List<SubscribeStudent>;
  using Events = tidemark::List<CourseDefined, SeatsChanged, StudentSubscribed>;
  static constexpr std::string_view category = "subscription";
  static std::string_view id(const SubscribeStudent& command) { return command.course_id(); }
  static std::vector<tidemark::Criterion> criteria(const SubscribeStudent& command) {
    return {tidemark::tagged(tidemark::as_tag("course", command.course_id())),
            tidemark::tagged<StudentSubscribed>(tidemark::as_tag("student", command.student_id()))};
  }
  static Subscription about(const SubscribeStudent& command) {
    Subscription state;
    state.course = command.course_id();
    state.student = command.student_id();
    return state;
  }

  std::string course, student;
  std::int64_t seats = 0, taken = 0, courses_of_student = 0;
  bool defined = false, subscribed = false;
};

inline void evolve(Subscription& state, const CourseDefined& event) {
  state.defined = true;
  state.seats = event.seats();
}
inline void evolve(Subscription& state, const SeatsChanged& event) { state.seats = event.seats(); }
inline void evolve(Subscription& state, const StudentSubscribed& event) {
  const bool same_course = event.course_id() == state.course;
  const bool same_student = event.student_id() == state.student;
  state.taken += same_course ? 1 : 0;
  state.courses_of_student += same_student ? 1 : 0;
  state.subscribed = state.subscribed || (same_course && same_student);
}

inline tidemark::Decision decide(const Subscription& state, const SubscribeStudent& command,
                                 const tidemark::Context&) {
  if (!state.defined) return tidemark::reject("course.unknown");
  if (state.subscribed) return tidemark::nothing();
  if (state.taken >= state.seats) return tidemark::reject("course.full");
  if (state.courses_of_student >= 2) return tidemark::reject("student.busy");
  StudentSubscribed event;
  event.set_course_id(command.course_id());
  event.set_student_id(command.student_id());
  return tidemark::emit(event);
}
// [/boundary]

inline DefineCourse define(const std::string& course, std::int64_t seats) {
  DefineCourse command;
  command.set_course_id(course);
  command.set_seats(seats);
  return command;
}
inline MoveSeats move_seats(const std::string& from, const std::string& to, std::int64_t seats) {
  MoveSeats command;
  command.set_from_course_id(from);
  command.set_to_course_id(to);
  command.set_seats(seats);
  return command;
}
inline SubscribeStudent subscribe(const std::string& student, const std::string& course) {
  SubscribeStudent command;
  command.set_course_id(course);
  command.set_student_id(student);
  return command;
}

}  // namespace campus::v1
