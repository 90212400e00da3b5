#include "tidemark/aggregate/tags.hpp"

#include <doctest/doctest.h>

#include "campus.hpp"
#include "failure_code.hpp"

using namespace tidemark;
using campus::v1::Tagged;
using Tags = std::vector<std::string>;

TEST_SUITE("aggregate/tags") {
  TEST_CASE("each field with the option makes a tag of its name and value") {
    Tagged event;
    event.set_text("a:b");
    event.set_small(-1);
    event.set_large(2);
    event.set_positive(3);
    event.set_huge(4);
    event.set_yes(true);
    event.set_colour(Tagged::COLOUR_RED);
    event.add_words("x");
    event.add_words("");
    event.add_words("y");
    event.set_maybe(0);
    event.set_untagged("nobody asks");
    CHECK(tags_of(event) == Tags{"text:a:b", "small:-1", "large:2", "positive:3", "huge:4",
                                 "yes:true", "colour:COLOUR_RED", "word:x", "word:y", "maybe:0"});
  }

  TEST_CASE("what is empty or not set makes no tag, and a zero is a number") {
    CHECK(tags_of(Tagged()) ==
          Tags{"small:0", "large:0", "positive:0", "huge:0", "yes:false", "colour:COLOUR_NONE"});
  }

  TEST_CASE("criteria name tags as events do") {
    const auto event = campus::v1::seats_changed("c1", 1);
    CHECK(tags_of(event) == Tags{as_tag("course", "c1")});
    CHECK(as_tag("shard", 17) == "shard:17");
  }

  TEST_CASE("a field that cannot be a tag is named") {
    CHECK(test::failure_code([] { check_tags(*campus::v1::BadlyTagged::descriptor()); }) ==
          "schema.bad_tag");
    CHECK(test::failure_code([] { check_tags(*Tagged::descriptor()); }) == "no failure");
  }
}

TEST_SUITE("aggregate/boundary") {
  TEST_CASE("a criterion is met by an event of one of its types with all of its tags") {
    const Criterion criterion =
        tagged<campus::v1::SeatsChanged, campus::v1::CourseDefined>("course:c1", "term:1");
    const std::string type = "campus.v1.SeatsChanged";
    CHECK(meets(criterion, type, {"term:1", "x:y", "course:c1"}));
    CHECK_FALSE(meets(criterion, type, {"course:c1"}));
    CHECK_FALSE(meets(criterion, "campus.v1.StudentSubscribed", {"course:c1", "term:1"}));
    CHECK(meets(tagged("course:c1"), "anything", {"course:c1"}));
    CHECK(meets(tagged<campus::v1::SeatsChanged>(), type, {}));
  }

  TEST_CASE("a criterion without types is about all that the boundary names") {
    const auto asked = with_types(
        {tagged("a:b"), tagged<campus::v1::SeatsChanged>("a:b")},
        {campus::v1::CourseDefined::descriptor(), campus::v1::StudentSubscribed::descriptor()});
    CHECK(asked[0].types == Tags{"campus.v1.CourseDefined", "campus.v1.StudentSubscribed"});
    CHECK(asked[1].types == Tags{"campus.v1.SeatsChanged"});
  }

  TEST_CASE("what has criteria is a boundary, and knows what a command is about") {
    using campus::v1::Subscription;
    static_assert(Boundary<Subscription>);
    static_assert(!Boundary<campus::v1::Course>);
    static_assert(JointDecision<campus::v1::SeatMove>);
    check_boundary<Subscription>();
    CHECK(state_about<Subscription>(campus::v1::subscribe("s1", "c1")).student == "s1");
    CHECK(state_about<campus::v1::Course>(campus::v1::define("c1", 1)).seats == 0);
  }

  TEST_CASE("a joint decision names the stream of each of its aggregates") {
    const auto streams = streams_of<campus::v1::SeatMove>(campus::v1::move_seats("a", "b", 1));
    REQUIRE(streams.size() == 2);
    CHECK(streams[0].name() == "course-a");
    CHECK(streams[1].name() == "course-b");
  }

  TEST_CASE("a decision keeps where each event goes") {
    const auto decision = emit(campus::v1::seats_changed("a", 1),
                               to<campus::v1::Course>("b", campus::v1::seats_changed("b", 2)));
    REQUIRE(decision.events().size() == 2);
    REQUIRE(decision.streams().size() == 2);
    CHECK(decision.streams()[0] == StreamId());
    CHECK(decision.streams()[1].name() == "course-b");
  }
}
