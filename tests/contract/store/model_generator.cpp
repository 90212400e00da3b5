#include "contract/store/model_generator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

/// Categories of which one begins like another, and what sorts next to the sign between.
constexpr const char* categories[] = {"thing", "thing.s", "thin", "$other"};

}  // namespace

ModelGenerator::ModelGenerator(Random& random, const ModelStore& model, const Clock& clock)
    : random_(random),
      model_(model),
      clock_(clock),
      streams_(1 + random.below(random.below(3) == 0 ? 200 : 12)),
      types_(1 + random.below(6)),
      tags_(1 + random.below(9)),
      correlations_(1 + random.below(4)) {}

Operation ModelGenerator::next() {
  const auto roll = random_.below(100);
  if (roll < 40) return write();
  if (roll < 70) return read();
  if (roll < 85) return look();
  return live();
}

Operation ModelGenerator::write() {
  const auto roll = random_.below(100);
  if (roll < 8) return import();
  if (roll < 16) {
    AppendGroup group;
    for (auto count = 2 + few(6); count > 0; --count) group.appends.push_back(append());
    return group;
  }
  return append();
}

Operation ModelGenerator::read() {
  const auto roll = random_.below(100);
  if (roll < 6) return pages();
  if (roll < 60) return query();
  return stream_query();
}

Operation ModelGenerator::look() {
  switch (random_.below(8)) {
    case 0:
      return FindEvent{event_id()};
    case 1:
      return FindAppend{append_id()};
    case 2:
      return FindPosition{near_now(200, 20)};
    case 3:
      return ListSkipped{.after = position(), .limit = 1 + few(10)};
    case 4:
      return ListStreams{.category = one_in(2) ? "" : categories[random_.below(4)],
                         .after = one_in(2) ? "" : stream().name(),
                         .limit = 1 + few(20)};
    case 5:
      return AskProperty{one_in(2) ? name("p", 3) : snapshot_property(stream())};
    case 6:
      return one_in(4) ? Operation(AskFacts()) : Operation(ListConsumers());
    default:
      return AskStream{stream()};
  }
}

Operation ModelGenerator::live() {
  const auto roll = random_.below(100);
  if (roll < 40) return MoveClock{near_now(one_in(3) ? 30 : 0, 20)};
  if (roll < 68) return change();
  if (roll < 76) return CompactAll{.events_max = 1 + few(50)};
  if (roll < 82) {
    return ReportConsumer{{.name = name("reader", 3),
                           .checkpoint = {.position = position()},
                           .reported_at = clock_.now()}};
  }
  if (roll < 86) return ForgetConsumer{name("reader", 3)};
  if (roll < 90) {
    return SetProperty{.name = one_in(2) ? name("p", 3) : snapshot_property(stream()),
                       .value = std::string("v\0", 2) + name("", 10)};
  }
  if (roll < 91) return RegisterType{.type = name("type", types_), .fingerprint = name("f", 4)};
  if (roll < 97) return Maintain();
  if (roll < 98) return Reopen();
  return VerifyLog();
}

// --- names and numbers -------------------------------------------------------------------------

std::string ModelGenerator::name(const char* kind, std::uint64_t count) {
  return fmt::format("{}{}", kind, random_.below(count));
}

StreamId ModelGenerator::stream() {
  const auto number = few(streams_ - 1);
  return {categories[number % 4], fmt::format("{}{}", number % 3 == 0 ? "x-" : "", number)};
}

EventId ModelGenerator::event_id() {
  return store::event_id(random_.below(next_event_ + next_event_ / 20 + 1));
}

AppendId ModelGenerator::append_id() {
  return store::append_id(random_.below(next_append_ + next_append_ / 20 + 1));
}

Position ModelGenerator::position() {
  const auto end = model_.high_water().value();
  if (one_in(3)) return Position(random_.below(end + 3));
  return Position(end - std::min(end, few(30)));
}

UtcTime ModelGenerator::near_now(std::int64_t before_seconds, std::int64_t after_seconds) {
  const auto width = static_cast<std::uint64_t>(before_seconds + after_seconds);
  const auto seconds = static_cast<std::int64_t>(random_.below(width + 1)) - before_seconds;
  return clock_.now() + std::chrono::seconds(seconds);
}

// --- writes ------------------------------------------------------------------------------------

NewEvent ModelGenerator::event() {
  auto made = store::event(one_in(25) ? random_.below(next_event_) : next_event_++, "");
  made.type = name("type", types_);
  made.schema = static_cast<std::uint32_t>(1 + few(3));
  made.event_time = near_now(100, 100);
  if (!one_in(8)) made.data = name("data", 1000);
  if (one_in(40)) made.data.resize(one_in(2) ? 300 : 20);
  if (one_in(10)) made.ingested_at = clock_.now();
  if (one_in(3)) made.correlation_id = name("c", correlations_);
  if (one_in(10)) made.causation_id = name("because", 5);
  if (one_in(10)) made.tenant = name("tenant", 3);
  if (one_in(10)) made.headers = {{"name", name("value", 9)}, {"name", ""}};
  if (one_in(2)) {
    for (auto count = 1 + few(3); count > 0; --count) made.tags.push_back(name("tag", tags_));
  }
  return made;
}

ExpectedState ModelGenerator::expected(const StreamId& of) {
  const auto state = model_.stream_state(of);
  const auto roll = random_.below(100);
  if (roll < 30) return ExpectedState::any();
  if (roll < 80) {
    if (state.exists()) return ExpectedState::exact(state.version);
    return state.deletion == Deletion::soft && one_in(2) ? ExpectedState::soft_deleted()
                                                         : ExpectedState::no_stream();
  }
  if (roll < 85) return ExpectedState::no_stream();
  if (roll < 90) return ExpectedState::exists();
  if (roll < 93) return ExpectedState::soft_deleted();
  return ExpectedState::exact(StreamVersion(few(state.version.value() + 1)));
}

StreamWrite ModelGenerator::stream_write(const StreamId& to) {
  StreamWrite write{.stream = to, .expected = expected(to)};
  if (one_in(8)) return write;
  auto count = 1 + few(3);
  if (one_in(20)) count = 1 + random_.below(40);
  for (; count > 0; --count) write.events.push_back(event());
  return write;
}

Append ModelGenerator::append() {
  Append append{.id = one_in(15) ? append_id() : store::append_id(next_append_++), .streams = {}};
  for (auto count = one_in(25) ? 0 : 1 + few(3); count > 0; --count) {
    auto write = stream_write(stream());
    const bool named = std::any_of(append.streams.begin(), append.streams.end(),
                                   [&](const auto& other) { return other.stream == write.stream; });
    if (!named) append.streams.push_back(std::move(write));
  }
  if (one_in(5)) append.on_duplicate = OnDuplicate::skip;
  if (one_in(6)) append.condition = AppendCondition{.criteria = criteria(3), .after = position()};
  const bool has_event = std::any_of(append.streams.begin(), append.streams.end(),
                                     [](const auto& write) { return !write.events.empty(); });
  if (!has_event || one_in(8)) {
    append.answer = Answer{.bytes = name("answer", 100), .expires_at = near_now(2, 60)};
  }
  if (one_in(100)) break_limit(append);
  return append;
}

void ModelGenerator::break_limit(Append& append) {
  if (append.streams.empty()) append.streams.push_back({.stream = stream()});
  auto& events = append.streams.back().events;
  if (events.empty()) events.push_back(event());
  auto& last = events.back();
  switch (random_.below(7)) {
    case 0:
      last.data.assign(1001, 'x');
      break;
    case 1:
      last.type.assign(256, 'x');
      break;
    case 2:
      last.correlation_id.assign(256, 'x');
      break;
    case 3:
      last.tags.assign(65, "tag");
      break;
    case 4:
      append.condition = AppendCondition{.criteria = std::vector<Criterion>(65), .after = {}};
      break;
    case 5:
      append.condition =
          AppendCondition{.criteria = {{.tags = std::vector<std::string>(17)}}, .after = {}};
      break;
    default:
      for (int count = 0; count < 60; ++count) events.push_back(event());
  }
}

Import ModelGenerator::import() {
  Import batch{.id = one_in(15) ? append_id() : store::append_id(next_append_++), .events = {}};
  const auto count = one_in(60) ? 1500 : 1 + few(40);
  auto time = std::max(near_now(5, 0), model_.newest());
  for (std::uint64_t at = 0; at < count; ++at) {
    auto& imported = batch.events.emplace_back();
    imported.stream = stream();
    imported.event = event();
    if (one_in(5)) time = time + std::chrono::milliseconds(random_.below(2000));
    if (!one_in(4)) imported.recorded_at = time;
    if (one_in(300)) imported.recorded_at = time - std::chrono::seconds(3);
  }
  return batch;
}

// --- reads -------------------------------------------------------------------------------------

Criterion ModelGenerator::criterion() {
  Criterion made;
  for (auto count = few(2); count > 0; --count) made.types.push_back(name("type", types_ + 1));
  for (auto count = few(3); count > 0; --count) made.tags.push_back(name("tag", tags_ + 1));
  return made;
}

std::vector<Criterion> ModelGenerator::criteria(std::uint64_t most) {
  std::vector<Criterion> made;
  for (auto count = 1 + few(most - 1); count > 0; --count) made.push_back(criterion());
  return made;
}

ReadQuery ModelGenerator::query() {
  ReadQuery made{.limit = 1 + few(30)};
  if (one_in(2)) made.direction = Direction::backward;
  if (!one_in(3)) made.from = position();
  if (one_in(4)) made.category = categories[random_.below(4)];
  if (one_in(4)) made.types = {name("type", types_ + 1)};
  if (one_in(12)) made.types = {name("type", types_), name("type", types_), "unheard.Of"};
  if (one_in(6)) made.correlation_id = name("c", correlations_ + 1);
  if (one_in(3)) made.criteria = criteria(3);
  if (one_in(40)) made.limit = 2000;
  return made;
}

ReadPages ModelGenerator::pages() {
  auto made = query();
  made.limit = 3 + few(60);
  made.scan_max = 1 + model_.high_water().value() / 10 + few(100);
  return {made};
}

StreamQuery ModelGenerator::stream_query() {
  StreamQuery made{.stream = stream(), .limit = 1 + few(20)};
  const auto version = model_.stream_state(made.stream).version.value();
  if (one_in(2)) made.direction = Direction::backward;
  if (one_in(2)) made.from = StreamVersion(random_.below(version + 3));
  if (one_in(20)) made.limit = 1000;
  return made;
}

// --- life cycle --------------------------------------------------------------------------------

DeleteStream ModelGenerator::deletion() {
  DeleteStream what{.stream = stream()};
  if (one_in(6)) what.deletion = Deletion::hard;
  if (one_in(3)) what.expected = expected(what.stream);
  return what;
}

Retention ModelGenerator::retention() {
  Retention what{.stream = stream()};
  if (one_in(2)) what.count_max = few(20);
  if (one_in(3)) what.age_max = std::chrono::seconds(random_.below(60));
  return what;
}

LifeCycleChange ModelGenerator::change() {
  LifeCycleChange made{.who = "ann", .reason = name("reason", 3), .force = one_in(4)};
  const auto roll = random_.below(100);
  if (roll < 25) {
    made.what = deletion();
  } else if (roll < 50) {
    const auto of = stream();
    const auto version = model_.stream_state(of).version.value();
    made.what = TruncateStream{.stream = of, .before = StreamVersion(random_.below(version + 3))};
  } else if (roll < 70) {
    made.what = retention();
  } else {
    made.what = SkipEvent{.event = event_id(), .skipped = !one_in(3)};
  }
  if (one_in(40)) made.who.assign(one_in(2) ? 0 : 201, 'x');
  if (one_in(40)) made.reason.assign(one_in(2) ? 0 : 501, 'x');
  return made;
}

}  // namespace tidemark::store
