#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "contract/store/stores.hpp"
#include "golden/golden.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::store {
namespace {

namespace fs = std::filesystem;

fs::path golden_file(std::string_view name) { return fs::path(TIDEMARK_GOLDEN_FILES) / name; }

template <typename Bytes>
std::string hex(const Bytes& bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

/// A store over a copy of a file that an earlier version wrote, with its cold files.
struct OldStore : StorePlace {
  explicit OldStore(std::string_view name) {
    options.file = folder.file();
    fs::copy_file(golden_file(name), options.file);
    const auto stem = fs::path(name).stem().string();
    for (const auto& entry : fs::directory_iterator(TIDEMARK_GOLDEN_FILES)) {
      const auto file = entry.path().filename().string();
      if (file.starts_with(stem + ".cold-")) fs::copy_file(entry.path(), folder.file(file));
    }
  }
  TestFolder folder;
};

void change(SqliteStore& store, decltype(LifeCycleChange::what) what) {
  REQUIRE(store.change({.what = std::move(what), .who = "anna", .reason = "golden"}).has_value());
}

NewEvent full_event(std::uint64_t number) {
  auto made = event(number, std::string("by\0tes", 6));
  made.type = "test.Full";
  made.schema = 2;
  made.ingested_at = UtcTime::from_micros(1'700'000'000'000'001);
  made.correlation_id = "conversation 1";
  made.causation_id = "cause 1";
  made.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  made.tenant = "acme";
  made.headers = {{"name", "value"}, {"other", ""}};
  made.tags = {"red", "round"};
  return made;
}

/// All that format 2 can hold, but for the subtrees that a thousand events come to.
void fill(SqliteStore& store) {
  const auto append = [&](Append made) { REQUIRE(store.append(std::move(made)).has_value()); };
  CHECK(store.register_type("test.Full", "fingerprint one") == 1);
  CHECK(store.register_type("test.Full", "fingerprint two") == 2);
  auto first = append_of(1, stream("a"), {2});
  first.id = AppendId(event_id(1).uuid());  // told by its first event
  first.streams[0].events.insert(first.streams[0].events.begin(), full_event(1));
  append(std::move(first));
  auto two = append_of(3, stream("b"), {3});
  two.streams.push_back({.stream = stream("c", "other"), .events = {event(4, "")}});
  two.answer = Answer{.bytes = "yes", .expires_at = UtcTime::from_micros(9'000'000'000'000'000)};
  append(std::move(two));
  append(append_of(5, stream("a"), {5, 6}));
  append(append_of(7, stream("gone"), {7}));
  append(append_of(8, stream("kept"), {8, 9, 10}));
  append(append_of(11, stream("b"), {11}));
  change(store, TruncateStream{.stream = stream("a"), .before = StreamVersion(2)});
  change(store, DeleteStream{.stream = stream("gone"), .deletion = Deletion::hard});
  change(store, DeleteStream{.stream = stream("c", "other")});
  change(store, Retention{.stream = stream("kept"), .count_max = 2});
  change(store, SkipEvent{.event = event_id(3)});
  const Checkpoint handled{.position = Position(11), .chain = *store.chain_at(Position(11))};
  store.report_consumers({Consumer{.name = "billing", .checkpoint = handled, .reported_at = {}}});
  store.set_property("manifest", std::string("tex\0t", 5));
  while (store.compact(100).more) continue;
  while (store.archive({.before = Position(5), .file_events = 4}).value().more) continue;
  CHECK(store.issue_checkpoint().checkpoint.position == Position(11));
  while (store.maintain()) continue;
}

/// Writes the file of format 2 once; one that exists stays as it is.
void write_format_2() {
  StorePlace place;
  place.options.file = golden_file("store-format-2.db");
  if (fs::exists(place.options.file) || std::getenv("DEV_GOLDEN_WRITE") == nullptr) return;
  place.options.side_store = false;
  fill(*SqliteStore::open(place.options, place.clock, place.random));
  auto file =
      sqlite::Database::open({.file = place.options.file, .mode = sqlite::OpenMode::read_write});
  file.set_pragma("journal_mode", "delete");
}

/// What `read_store.py` prints of the same file.
std::string lines_of(SqliteStore& store) {
  std::string lines;
  const auto word = [](std::string_view text) { return text.empty() ? "-" : text; };
  store.read({}, [&](const EventView& event) {
    const auto& metadata = event.metadata;
    lines += fmt::format(
        "{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}\n", metadata.position.value(),
        metadata.stream, metadata.version.value(), event.type, event.schema,
        to_string(metadata.event_id.uuid()), to_string(metadata.append_id.uuid()),
        metadata.event_time.micros(), metadata.recorded_at.micros(),
        metadata.ingested_at ? fmt::to_string(metadata.ingested_at->micros()) : "-",
        word(metadata.correlation_id), word(metadata.causation_id), word(metadata.traceparent),
        word(metadata.tenant), word(hex(metadata.extra)),
        hex(store.chain_at(metadata.position).value()),
        event.tombstone      ? "tombstone"
        : event.data.empty() ? "empty"
                             : hex(event.data));
    return true;
  });
  return lines;
}

TEST_SUITE("golden/store") {
  TEST_CASE("a store of format 1 opens with all that is in it") {
    OldStore old("store-format-1.db");
    const auto store = SqliteStore::open(old.options, old.clock, old.random);
    CHECK(to_string(store->store_id()) == "01a0c450-6c00-715c-a7ec-8e65a18debbe");
    const auto verified = store->verify({});
    CHECK(verified.events == 6);
    CHECK_FALSE(verified.damage.has_value());
    CHECK(hex(verified.head) == "933bf32bba3151eba690ba71b3f1389cf7c1cdfc981ef4b20c3de236e9b09e8b");
    const auto first = store->find_event(event_id(1));
    REQUIRE(first.has_value());
    CHECK(first->data() == std::string_view("by\0tes", 6));
    CHECK(first->metadata().tenant == "acme");
    const auto repeated = store->append(append_of(2, stream("b"), {99}));
    REQUIRE(repeated.has_value());
    CHECK(repeated->repeated);
    CHECK(repeated->answer == "yes");
    CHECK(store->property("manifest") == std::string("tex\0t", 5));
    CHECK(store->register_type("test.Happened", "fingerprint two") == 2);
  }

  TEST_CASE("a store of format 2 opens with all that is in it") {
    write_format_2();
    OldStore old("store-format-2.db");
    const auto store = SqliteStore::open(old.options, old.clock, old.random);
    golden::expect_golden("store-format-2", lines_of(*store));
    const auto verified = store->verify({});
    CHECK_FALSE(verified.damage.has_value());
    CHECK(verified.checkpoints == 1);
    CHECK(store->facts(true).archives == 1);
    CHECK(store->stream_state(stream("gone")).deletion == Deletion::hard);
    CHECK(store->stream_state(stream("c", "other")).deletion == Deletion::soft);
    CHECK(store->stream_state(stream("a")).first == StreamVersion(2));
    CHECK(store->stream_state(stream("kept")).first == StreamVersion(2));
    CHECK(store->skipped_events(Position(), 10).size() == 1);
    CHECK(store->consumers().size() == 1);
    CHECK(store->property("manifest") == std::string("tex\0t", 5));
    CHECK(store->register_type("test.Full", "fingerprint two") == 2);
    CHECK(store->prove(Position(3)).has_value());
    const auto told = store->find_append(AppendId(event_id(1).uuid()));
    REQUIRE(told.has_value());
    CHECK(told->last == Position(2));
    const auto repeated = store->append(append_of(3, stream("b"), {99}));
    REQUIRE(repeated.has_value());
    CHECK(repeated->answer == "yes");
    REQUIRE(store->append(append_of(50, stream("a"), {50}, ExpectedState::exact(StreamVersion(4))))
                .has_value());
  }

  TEST_CASE("a store of format 1 can be read by tag and by type") {
    OldStore old("store-format-1.db");
    const auto store = SqliteStore::open(old.options, old.clock, old.random);
    using Positions = std::vector<std::uint64_t>;
    CHECK(read(*store, {.criteria = {{.tags = {"red"}}}}).positions() == Positions{1, 3});
    CHECK(read(*store, {.criteria = {{.tags = {"red", "round"}}}}).positions() == Positions{3});
    CHECK(read(*store, {.category = "other"}).positions() == Positions{6});
    CHECK(read(*store, {.types = {"test.Happened"}}).events.size() == 6);
    CHECK(store->stream_state(stream("a")).version == StreamVersion(3));
    REQUIRE(store->append(append_of(50, stream("a"), {50})).has_value());
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
}

}  // namespace
}  // namespace tidemark::store
