#include <string>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

Append answer_of(std::uint64_t id, std::string bytes, UtcTime expires_at) {
  return {.id = append_id(id),
          .streams = {},
          .answer = Answer{.bytes = std::move(bytes), .expires_at = expires_at}};
}

TEST_SUITE("store/repeat") {
  TEST_CASE_TEMPLATE_DEFINE("the same append id again returns the first outcome", Place, repeats) {
    Place place;
    auto store = place.open();
    auto two = append_of(1, stream("a"), {1, 2}, ExpectedState::no_stream());
    two.streams.push_back({.stream = stream("b"), .events = {event(3)}});
    const auto first = store->append(two);
    REQUIRE(first.has_value());
    REQUIRE(store->append(append_of(2, stream("a"), {9})).has_value());

    const auto check = [&](const Result<Appended, AppendError>& again) {
      REQUIRE(again.has_value());
      CHECK(again->repeated);
      CHECK(again->first == first->first);
      CHECK(again->last == first->last);
      CHECK(again->versions == first->versions);
      CHECK(again->skipped == 0);
      CHECK_FALSE(again->answer.has_value());
    };
    check(store->append(two));
    // Another body: other events, another stream, a stream that is not as expected.
    check(store->append(append_of(1, stream("a"), {7})));
    check(store->append(append_of(1, stream("zzz"), {8})));
    check(store->append(append_of(1, stream("zzz"), {8}, ExpectedState::exists())));
    CHECK(store->high_water() == Position(4));
    const auto found = store->find_append(append_id(1));
    REQUIRE(found.has_value());
    check(*found);
    CHECK_FALSE(store->find_append(append_id(3)).has_value());
    if constexpr (Place::survives) {
      store.reset();
      store = place.open();
      check(store->append(append_of(1, stream("zzz"), {8})));
    }
  }
  TEST_CASE_TEMPLATE_APPLY(repeats, Stores);

  TEST_CASE_TEMPLATE_DEFINE("what was refused may be tried again under its id", Place, refused) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    const auto attempt = append_of(2, stream("a"), {2}, ExpectedState::exists());
    CHECK_FALSE(
        store->append(append_of(2, stream("a"), {2}, ExpectedState::no_stream())).has_value());
    CHECK_FALSE(store->find_append(append_id(2)).has_value());
    const auto second = store->append(attempt);
    REQUIRE(second.has_value());
    CHECK_FALSE(second->repeated);
  }
  TEST_CASE_TEMPLATE_APPLY(refused, Stores);

  TEST_CASE_TEMPLATE_DEFINE("event ids of another append are refused by name", Place, duplicates) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1, 2, 3})).has_value());
    const auto result = store->append(append_of(2, stream("b"), {10, 2, 11, 3, 12}));
    CHECK(error_of<DuplicateEvents>(result).event_ids == std::vector{event_id(2), event_id(3)});
    CHECK(store->high_water() == Position(3));
    CHECK(store->stream_version(stream("b")) == StreamVersion(0));
    CHECK(store->streams("", "", 10).size() == 1);
    CHECK_FALSE(store->find_append(append_id(2)).has_value());
    // The log goes on without a gap, and the refused ids are free.
    const auto next = store->append(append_of(3, stream("b"), {10, 11}));
    REQUIRE(next.has_value());
    CHECK(next->first == Position(4));
    CHECK(next->versions == std::vector{StreamVersion(2)});
  }
  TEST_CASE_TEMPLATE_APPLY(duplicates, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an event id twice in one append is refused", Place, twice) {
    Place place;
    const auto store = place.open();
    const auto result = store->append(append_of(1, stream("a"), {1, 2, 1}));
    CHECK(error_of<DuplicateEvents>(result).event_ids == std::vector{event_id(1)});
    CHECK(store->high_water() == Position(0));
  }
  TEST_CASE_TEMPLATE_APPLY(twice, Stores);

  TEST_CASE_TEMPLATE_DEFINE("skip stores each event once, without gaps", Place, skip) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1, 2})).has_value());
    auto append = append_of(2, stream("a"), {2, 3, 3, 4});
    append.on_duplicate = OnDuplicate::skip;
    append.streams.push_back({.stream = stream("b"), .events = {event(1), event(5)}});
    append.streams.push_back({.stream = stream("never"), .events = {event(5)}});
    const auto result = store->append(append);
    REQUIRE(result.has_value());
    CHECK(result->first == Position(3));
    CHECK(result->last == Position(5));
    CHECK(result->skipped == 4);
    CHECK(result->versions == std::vector{StreamVersion(4), StreamVersion(1), StreamVersion(0)});
    CHECK(store->streams("", "", 10).size() == 2);
    CHECK(read_stream(*store, {.stream = stream("a")}).positions() ==
          std::vector<std::uint64_t>{1, 2, 3, 4});

    auto again = append_of(3, stream("c"), {1, 2, 3});
    again.on_duplicate = OnDuplicate::skip;
    const auto nothing = store->append(again);
    REQUIRE(nothing.has_value());
    CHECK(nothing->first == Position(0));
    CHECK(nothing->last == Position(0));
    CHECK(nothing->skipped == 3);
    CHECK(store->find_append(append_id(3))->skipped == 3);
    CHECK(store->find_append(append_id(2))->versions == result->versions);
    CHECK(store->append(append_of(4, stream("c"), {6})).has_value());
    CHECK(store->stream_version(stream("c")) == StreamVersion(1));
  }
  TEST_CASE_TEMPLATE_APPLY(skip, Stores);

  TEST_CASE_TEMPLATE_DEFINE("the expected state is checked before event ids", Place, order) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    const auto result = store->append(append_of(2, stream("a"), {1}, ExpectedState::no_stream()));
    CHECK(error_of<Conflict>(result).actual == StreamVersion(1));
  }
  TEST_CASE_TEMPLATE_APPLY(order, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an answer is given again until it expires", Place, answers) {
    Place place;
    const auto store = place.open();
    const auto expires_at = place.clock.now() + std::chrono::hours(1);
    auto with_event = append_of(1, stream("a"), {1});
    with_event.answer = Answer{.bytes = "accepted", .expires_at = expires_at};
    const auto first = store->append(with_event);
    REQUIRE(first.has_value());
    CHECK_FALSE(first->answer.has_value());
    REQUIRE(store->append(answer_of(2, "rejected", expires_at)).has_value());

    place.clock.advance(std::chrono::minutes(59));
    CHECK(store->append(with_event)->answer == "accepted");
    const auto rejection = store->append(answer_of(2, "accepted after all", expires_at));
    REQUIRE(rejection.has_value());
    CHECK(rejection->repeated);
    CHECK(rejection->answer == "rejected");
    CHECK(store->find_append(append_id(2))->answer == "rejected");

    place.clock.advance(std::chrono::minutes(1));
    const auto without = store->append(with_event);
    REQUIRE(without.has_value());
    CHECK(without->repeated);
    CHECK(without->first == Position(1));
    CHECK_FALSE(without->answer.has_value());
    CHECK_FALSE(store->find_append(append_id(2)).has_value());
    const auto anew =
        store->append(answer_of(2, "another", place.clock.now() + std::chrono::hours(1)));
    REQUIRE(anew.has_value());
    CHECK_FALSE(anew->repeated);
    CHECK(store->find_append(append_id(2))->answer == "another");
  }
  TEST_CASE_TEMPLATE_APPLY(answers, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an answer that is over at once hides no append of its id", Place,
                            over_at_once) {
    Place place;
    const auto store = place.open();
    const auto append = append_of(1, stream("a"), {1});
    // Together, so that both are looked at before either is stored.
    auto answer = store->submit(answer_of(1, "rejected", place.clock.now()));
    auto ticket = store->submit(append);
    REQUIRE(answer.wait().has_value());
    const auto stored = ticket.wait();
    REQUIRE(stored.has_value());
    CHECK_FALSE(stored->repeated);
    CHECK(store->high_water() == Position(1));
    const auto again = store->append(append);
    REQUIRE(again.has_value());
    CHECK(again->repeated);
    CHECK_FALSE(again->answer.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(over_at_once, Stores);
  TEST_CASE_TEMPLATE_DEFINE("an answer that is over at once repeats an append of its id", Place,
                            over_and_known) {
    Place place;
    const auto store = place.open();
    auto told = append_of(0, stream("a"), {1});
    told.id = AppendId(event_id(1).uuid());
    const auto noted = append_of(2, stream("a"), {2});
    std::vector<Appended> stored;
    for (const auto& append : {told, noted}) {
      const auto first = store->append(append);
      REQUIRE(first.has_value());
      stored.push_back(*first);
    }
    std::uint64_t event = 3;
    for (const auto& first : stored) {
      auto answer = answer_of(0, "rejected", place.clock.now());
      answer.id = &first == &stored.front() ? told.id : noted.id;
      // Beside an append to a stream that the store remembers, which may need no question.
      auto beside = store->submit(append_of(event, stream("a"), {event}));
      ++event;
      auto again = store->submit(answer);
      REQUIRE(beside.wait().has_value());
      const auto repeated = again.wait();
      REQUIRE(repeated.has_value());
      CHECK(repeated->repeated);
      CHECK(repeated->first == first.first);
    }
  }
  TEST_CASE_TEMPLATE_APPLY(over_and_known, Stores);
  TEST_CASE_TEMPLATE_DEFINE("an answer that is over hides no append of its id", Place, is_over) {
    Place place;
    const auto store = place.open();
    const auto in_an_hour = [&] { return place.clock.now() + std::chrono::hours(1); };
    auto told = append_of(0, stream("a"), {1});
    told.id = AppendId(event_id(1).uuid());
    auto answer = answer_of(0, "rejected", in_an_hour());
    answer.id = told.id;
    REQUIRE(store->append(answer).has_value());
    place.clock.advance(std::chrono::hours(1));
    const auto first = store->append(told);
    REQUIRE(first.has_value());
    CHECK_FALSE(first->repeated);

    auto other = append_of(0, stream("b"), {2});
    other.id = told.id;
    other.answer = Answer{.bytes = "accepted", .expires_at = in_an_hour()};
    answer.answer->expires_at = in_an_hour();
    for (const auto& again : {told, other, answer}) {
      const auto repeated = store->append(again);
      REQUIRE(repeated.has_value());
      CHECK(repeated->repeated);
      CHECK(repeated->first == first->first);
      CHECK_FALSE(repeated->answer.has_value());
    }
    place.clock.jump_to(place.clock.now() - std::chrono::hours(1));  // the answer was not over then
    CHECK(store->find_append(told.id)->first == first->first);
    CHECK(store->high_water() == Position(1));
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(is_over, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an append may have the id of its first event", Place, first_event_id) {
    Place place;
    const auto store = place.open();
    const auto append_under = [](std::uint64_t id, const std::vector<std::uint64_t>& numbers,
                                 ExpectedState expected = ExpectedState::any()) {
      auto append = append_of(0, stream("a"), numbers, expected);
      append.id = AppendId(event_id(id).uuid());
      return append;
    };
    auto wide = append_under(1, {1, 2});
    wide.streams.push_back({.stream = stream("b"), .events = {event(3), event(4)}});
    REQUIRE(store->append(append_of(7, stream("b"), {70})).has_value());
    const auto first = store->append(wide);
    REQUIRE(first.has_value());
    CHECK_FALSE(first->repeated);
    REQUIRE(store->append(append_of(8, stream("a"), {80})).has_value());
    for (const auto& again : {wide, append_under(1, {5}), append_under(1, {1, 2}),
                              append_under(1, {1, 2}, ExpectedState::no_stream())}) {
      const auto repeated = store->append(again);
      REQUIRE(repeated.has_value());
      CHECK(repeated->repeated);
      CHECK(repeated->first == Position(2));
      CHECK(repeated->last == Position(5));
      CHECK(repeated->versions == std::vector{StreamVersion(2), StreamVersion(3)});
    }
    CHECK(store->find_append(wide.id)->last == Position(5));
    // An id that an ordinary append used is not free for one that is named by its first event.
    auto other = append_of(0, stream("c"), {9});
    other.id = AppendId(event_id(90).uuid());
    REQUIRE(store->append(other).has_value());
    const auto known = store->append(append_under(90, {90}));
    REQUIRE(known.has_value());
    CHECK(known->repeated);
    CHECK(known->first == Position(7));
    // Nor is the id of an event that came with another append.
    const auto duplicates = error_of<DuplicateEvents>(store->append(append_under(2, {2, 10})));
    CHECK(duplicates.event_ids == std::vector{event_id(2)});
    CHECK(store->high_water() == Position(7));
    auto checking = append_under(20, {20});
    checking.streams.push_back(
        {.stream = stream("b"), .expected = ExpectedState::exact(StreamVersion(3))});
    REQUIRE(store->append(checking).has_value());
    const auto checked = store->append(checking);
    REQUIRE(checked.has_value());
    CHECK(checked->repeated);
    CHECK(checked->versions == std::vector{StreamVersion(4), StreamVersion(3)});
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(first_event_id, Stores);
}

}  // namespace
}  // namespace tidemark::store
