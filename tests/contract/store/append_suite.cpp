#include <chrono>
#include <string>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"

namespace tidemark::store {
namespace {

using test::failure_code;

/// Whether a stream with three events takes another one under `expected`.
template <typename Place>
bool takes(ExpectedState expected, const StreamId& to) {
  Place place;
  const auto store = place.open();
  REQUIRE(store->append(append_of(1, stream("a"), {1, 2, 3})).has_value());
  const auto result = store->append(append_of(2, to, {4}, expected));
  if (!result.has_value()) {
    const auto& conflict = error_of<Conflict>(result);
    CHECK(conflict.stream == to);
    CHECK(conflict.expected.kind() == expected.kind());
    CHECK(conflict.actual == store->stream_version(to));
    CHECK(store->high_water() == Position(3));
  }
  return result.has_value();
}

TEST_SUITE("store/append") {
  TEST_CASE_TEMPLATE_DEFINE("an append tells where it landed", Place, lands) {
    Place place;
    const auto store = place.open();
    const auto first = store->append(append_of(1, stream("a"), {1, 2}));
    REQUIRE(first.has_value());
    CHECK(first->first == Position(1));
    CHECK(first->last == Position(2));
    CHECK(first->versions == std::vector{StreamVersion(2)});
    CHECK_FALSE(first->repeated);
    const auto second = store->append(append_of(2, stream("b"), {3}));
    REQUIRE(second.has_value());
    CHECK(second->first == Position(3));
    CHECK(second->versions == std::vector{StreamVersion(1)});
    CHECK(store->high_water() == Position(3));
    CHECK(store->stream_version(stream("a")) == StreamVersion(2));
    CHECK(store->stream_version(stream("c")) == StreamVersion(0));
  }
  TEST_CASE_TEMPLATE_APPLY(lands, Stores);

  TEST_CASE_TEMPLATE_DEFINE("everything about an event comes back", Place, comes_back) {
    Place place;
    const auto store = place.open();
    NewEvent full = event(1, std::string("by\0tes", 6));
    full.schema = 3;
    full.event_time = UtcTime::from_micros(-5);
    full.ingested_at = UtcTime::from_micros(17);
    full.correlation_id = "conversation";
    full.causation_id = "cause";
    full.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    full.tenant = "acme";
    full.headers = {{"name", "value"}, {"name", ""}};
    full.tags = {"red"};
    const Append append{.id = append_id(9),
                        .streams = {{.stream = stream("ä"), .events = {full, event(2, "")}}}};
    REQUIRE(store->append(append).has_value());
    const auto page = read(*store);
    REQUIRE(page.events.size() == 2);
    const auto& view = page.events[0].view();
    CHECK(view.metadata.position == Position(1));
    CHECK(view.metadata.version == StreamVersion(1));
    CHECK(view.metadata.event_id == full.event_id);
    CHECK(view.metadata.append_id == append_id(9));
    CHECK(view.metadata.stream == "thing-ä");
    CHECK(view.metadata.event_time == full.event_time);
    CHECK(view.metadata.recorded_at == place.clock.now());
    CHECK(view.metadata.ingested_at == full.ingested_at);
    CHECK(view.metadata.correlation_id == "conversation");
    CHECK(view.metadata.causation_id == "cause");
    CHECK(view.metadata.traceparent == full.traceparent);
    CHECK(view.metadata.tenant == "acme");
    CHECK(decode_extra(view.metadata.extra) == Extra{full.headers, full.tags});
    CHECK(view.type == "test.Happened");
    CHECK(view.schema == 3);
    CHECK(view.data == full.data);
    CHECK_FALSE(view.tombstone);
    const auto& plain = page.events[1].view();
    CHECK_FALSE(plain.metadata.ingested_at.has_value());
    CHECK(plain.metadata.correlation_id.empty());
    CHECK(plain.metadata.extra.empty());
    CHECK(plain.data.empty());
    CHECK_FALSE(plain.tombstone);
  }
  TEST_CASE_TEMPLATE_APPLY(comes_back, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a stream must be as the writer expects", Place, expected_states) {
    const auto exact = [](std::uint64_t version) {
      return ExpectedState::exact(StreamVersion(version));
    };
    CHECK(takes<Place>(ExpectedState::any(), stream("a")));
    CHECK(takes<Place>(ExpectedState::any(), stream("new")));
    CHECK(takes<Place>(ExpectedState::no_stream(), stream("new")));
    CHECK_FALSE(takes<Place>(ExpectedState::no_stream(), stream("a")));
    CHECK(takes<Place>(ExpectedState::exists(), stream("a")));
    CHECK_FALSE(takes<Place>(ExpectedState::exists(), stream("new")));
    CHECK(takes<Place>(exact(3), stream("a")));
    CHECK_FALSE(takes<Place>(exact(2), stream("a")));
    CHECK_FALSE(takes<Place>(exact(4), stream("a")));
    CHECK(takes<Place>(exact(0), stream("new")));
    CHECK_FALSE(takes<Place>(exact(1), stream("new")));
  }
  TEST_CASE_TEMPLATE_APPLY(expected_states, Stores);

  TEST_CASE_TEMPLATE_DEFINE("streams that are only read are checked too", Place, only_read) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("rule"), {1})).has_value());
    const auto attempt = [&](std::uint64_t id, StreamVersion rule) {
      auto append = append_of(id, stream("target"), {id + 100});
      append.streams.push_back({.stream = stream("rule"), .expected = ExpectedState::exact(rule)});
      return store->append(std::move(append));
    };
    const auto good = attempt(2, StreamVersion(1));
    REQUIRE(good.has_value());
    CHECK(good->versions == std::vector{StreamVersion(1), StreamVersion(1)});
    const auto bad = attempt(3, StreamVersion(7));
    CHECK(error_of<Conflict>(bad).stream == stream("rule"));
    CHECK(error_of<Conflict>(bad).actual == StreamVersion(1));
    CHECK(store->stream_version(stream("target")) == StreamVersion(1));
    CHECK(store->stream_version(stream("rule")) == StreamVersion(1));
  }
  TEST_CASE_TEMPLATE_APPLY(only_read, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an append that only checks stores no event", Place, only_checks) {
    Place place;
    const auto store = place.open();
    const Append check{
        .id = append_id(1),
        .streams = {{.stream = stream("a"), .expected = ExpectedState::no_stream()}}};
    const auto result = store->append(check);
    REQUIRE(result.has_value());
    CHECK(result->first == Position(0));
    CHECK(result->last == Position(0));
    CHECK(result->versions == std::vector{StreamVersion(0)});
    CHECK(store->high_water() == Position(0));
    CHECK(store->streams("", "", 10).empty());
  }
  TEST_CASE_TEMPLATE_APPLY(only_checks, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an append to several streams is stored whole or not at all", Place,
                            several_streams) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("b"), {1})).has_value());
    const auto attempt = [&](std::uint64_t id, ExpectedState expected_of_b) {
      auto append = append_of(id, stream("a"), {id * 10, id * 10 + 1});
      append.streams.push_back(
          {.stream = stream("b"), .expected = expected_of_b, .events = {event(id * 10 + 2)}});
      return store->append(std::move(append));
    };
    CHECK_FALSE(attempt(2, ExpectedState::no_stream()).has_value());
    CHECK(store->high_water() == Position(1));
    CHECK(store->stream_version(stream("a")) == StreamVersion(0));
    CHECK(store->streams("", "", 10).size() == 1);
    const auto good = attempt(3, ExpectedState::exact(StreamVersion(1)));
    REQUIRE(good.has_value());
    CHECK(good->first == Position(2));
    CHECK(good->last == Position(4));
    CHECK(good->versions == std::vector{StreamVersion(2), StreamVersion(2)});
    CHECK(read_stream(*store, {.stream = stream("b")}).positions() ==
          std::vector<std::uint64_t>{1, 4});
  }
  TEST_CASE_TEMPLATE_APPLY(several_streams, Stores);

  TEST_CASE_TEMPLATE_DEFINE("limits are told before anything is stored", Place, limits) {
    Place place;
    place.options.events_max = 2;
    place.options.data_size_max = 10;
    const auto store = place.open();
    const auto field_of = [&](Append append) {
      const auto result = store->append(std::move(append));
      const auto& limit = error_of<LimitExceeded>(result);
      CHECK(limit.actual > limit.max);
      return limit.field;
    };
    const auto with = [&](auto change) {
      auto append = append_of(1, stream("a"), {1});
      change(append.streams[0].events[0]);
      return append;
    };
    const std::string long_name(256, 'x');
    CHECK(field_of(append_of(1, stream("a"), {1, 2, 3})) == "events");
    CHECK(field_of(with([](NewEvent& e) { e.data = std::string(11, 'x'); })) == "data");
    CHECK(field_of(with([&](NewEvent& e) { e.type = long_name; })) == "type");
    CHECK(field_of(with([&](NewEvent& e) { e.correlation_id = long_name; })) == "correlation_id");
    CHECK(field_of(with([&](NewEvent& e) { e.causation_id = long_name; })) == "causation_id");
    CHECK(field_of(with([&](NewEvent& e) { e.traceparent = long_name; })) == "traceparent");
    CHECK(field_of(with([&](NewEvent& e) { e.tenant = long_name; })) == "tenant");
    CHECK(field_of(with([](NewEvent& e) { e.headers = {{"name", std::string(70'000, 'x')}}; })) ==
          "headers and tags");
    CHECK(field_of({.id = append_id(1),
                    .streams = {},
                    .answer = Answer{.bytes = std::string(11, 'x'),
                                     .expires_at = place.clock.now()}}) == "answer");
    Append wide{.id = append_id(1), .streams = {}};
    for (int i = 0; i < 1025; ++i) {
      wide.streams.push_back(
          {.stream = stream(std::to_string(i)), .expected = ExpectedState::no_stream()});
    }
    CHECK(field_of(wide) == "streams");
    CHECK(store->high_water() == Position(0));
    CHECK(store->append(append_of(1, stream("a"), {1, 2})).has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(limits, Stores);

  TEST_CASE_TEMPLATE_DEFINE("names that are no text are refused and disturb no neighbour", Place,
                            not_text) {
    Place place;
    const auto store = place.open();
    auto ticket = store->submit(append_of(1, stream("a"), {1}));
    const auto code_with = [&](auto change) {
      auto append = append_of(2, stream("a"), {2});
      change(append, append.streams[0].events[0]);
      return failure_code([&] { store->submit(append); });
    };
    const std::string refused = "store.not_text";
    const std::string not_utf8 = "caf\xE9";
    const std::string with_zero("a\0b", 3);
    for (const auto& name : {not_utf8, with_zero}) {
      CHECK(code_with([&](Append&, NewEvent& e) { e.type = name; }) == refused);
      CHECK(code_with([&](Append&, NewEvent& e) { e.correlation_id = name; }) == refused);
      CHECK(code_with([&](Append&, NewEvent& e) { e.causation_id = name; }) == refused);
      CHECK(code_with([&](Append&, NewEvent& e) { e.traceparent = name; }) == refused);
      CHECK(code_with([&](Append&, NewEvent& e) { e.tenant = name; }) == refused);
      CHECK(code_with([&](Append&, NewEvent& e) { e.tags = {"good", name}; }) == refused);
      CHECK(code_with([&](Append& append, NewEvent&) {
              append.condition = AppendCondition{.criteria = {{.types = {name}}}, .after = {}};
            }) == refused);
      CHECK(code_with([&](Append& append, NewEvent&) {
              append.condition = AppendCondition{.criteria = {{.tags = {name}}}, .after = {}};
            }) == refused);
      Import batch{.id = append_id(3)};
      batch.events.push_back({.stream = stream("a"), .event = event(3)});
      batch.events[0].event.tenant = name;
      CHECK(failure_code([&] { (void)store->import(batch); }) == refused);
      CHECK(failure_code([&] { store->register_type(name, "print"); }) == refused);
      CHECK(failure_code([&] { store->register_type("test.Happened", name); }) == refused);
      CHECK(failure_code([&] { store->set_property(name, "value"); }) == refused);
      CHECK(failure_code([&] { store->change_property(name, std::nullopt, "value"); }) == refused);
    }
    CHECK(ticket.wait().has_value());
    auto bytes = append_of(4, stream("a"), {4});
    bytes.streams[0].events[0].data = with_zero + not_utf8;
    bytes.streams[0].events[0].headers = {{not_utf8, with_zero}};
    bytes.streams[0].events[0].tenant = "caf\xC3\xA9";
    CHECK(store->append(bytes)->last == Position(2));
  }
  TEST_CASE_TEMPLATE_APPLY(not_text, Stores);

  TEST_CASE("errors of an append say what to know in one sentence") {
    CHECK(to_string(AppendError(Conflict{.stream = stream("a"),
                                         .expected = ExpectedState::exact(StreamVersion(4)),
                                         .actual = StreamVersion(5)})) ==
          "store.conflict: thing-a should be at version 4, is at version 5");
    CHECK(to_string(
              AppendError(Conflict{.stream = stream("a"), .expected = ExpectedState::exists()})) ==
          "store.conflict: thing-a should be at exists, is at no stream");
    CHECK(to_string(AppendError(LimitExceeded{.field = "data", .actual = 11, .max = 10})) ==
          "store.limit: data is 11, at most 10 are allowed");
    CHECK(to_string(AppendError(DuplicateEvents{.event_ids = {event_id(1)}})) ==
          "store.duplicate_events: 1 of the event ids are stored already or stand twice in the "
          "append: " +
              to_string(event_id(1)));
  }

  TEST_CASE_TEMPLATE_DEFINE("an append without events gives no later one its time", Place,
                            leaves_no_time) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    const auto later = UtcTime::from_micros(place.clock.now().micros() + 1'000'000);
    place.clock.advance(std::chrono::seconds(10));
    auto empty = append_of(2, stream("a"), {});
    empty.answer =
        Answer{.bytes = "yes", .expires_at = UtcTime::from_micros(later.micros() + 3'600'000'000)};
    REQUIRE(store->append(empty).has_value());
    place.clock.jump_to(later);
    REQUIRE(store->append(append_of(3, stream("a"), {3})).has_value());
    CHECK(read(*store).events[1].metadata().recorded_at == later);
  }
  TEST_CASE_TEMPLATE_APPLY(leaves_no_time, Stores);
}

}  // namespace
}  // namespace tidemark::store
