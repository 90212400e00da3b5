#include "fuzz/sound_store.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::fuzz {
namespace {

constexpr std::uint8_t appends = 12;
constexpr std::uint16_t many_events = 1100;  // a subtree that is stored is over 1024

using store::SqliteStore;

/// Every column of every table of one file, as it names them itself.
void add_columns(const sqlite::FileImages& images, const std::string& file,
                 std::vector<SoundColumn>& columns) {
  const sqlite::MemoryFiles files(images);
  auto database = sqlite::Database::open({.file = file, .vfs = files.vfs()});
  auto names = database.statement(
      "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
      "WHERE t.type = 'table' ORDER BY t.name, c.cid");
  while (names.next()) {
    columns.push_back({.file = file,
                       .update = fmt::format("UPDATE \"{0}\" SET \"{1}\" = ?1 WHERE \"{1}\" IS "
                                             "(SELECT \"{1}\" FROM \"{0}\" LIMIT 1 OFFSET ?2)",
                                             names.text(0), names.text(1))});
  }
}

std::vector<SoundColumn> columns_of(const sqlite::FileImages& images) {
  std::vector<SoundColumn> columns;
  for (const auto& [file, bytes] : images) {
    if (!bytes.empty()) add_columns(images, file, columns);
  }
  return columns;
}

void append_all(SqliteStore& store, ManualClock& clock) {
  store.register_type("test.Changed", "fingerprint");
  store.set_property("name", "value");
  for (const auto& append : sound_appends()) {
    clock.advance(std::chrono::seconds(1));
    static_cast<void>(store.append(append));
  }
}

void import_many(SqliteStore& store) {
  store::Import import{.id = AppendId(Uuid({3})), .events = {}};
  for (std::uint16_t number = 0; number < many_events; ++number) {
    const auto high = static_cast<std::uint8_t>(number >> 8U);
    const auto low = static_cast<std::uint8_t>(number & 0xFFU);
    import.events.push_back(
        {.stream = StreamId("thing", std::to_string(number % 4)),
         .event = {.event_id = EventId(Uuid({4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low})),
                   .type = "test.Happened",
                   .data = "data",
                   .event_time = UtcTime::from_micros(sound_start_micros)}});
  }
  static_cast<void>(store.import(std::move(import)));
}

/// All that is no append: what is kept, who reads, cold files of which one was made anew, a
/// checkpoint, a side store.
void change_all(SqliteStore& store, std::uint64_t file_events) {
  const auto change = [&](decltype(store::LifeCycleChange::what) what) {
    static_cast<void>(store.change({.what = std::move(what), .who = "ann", .reason = "sound"}));
  };
  const auto archive = [&](Position before) {
    while (store.archive({.before = before, .file_events = file_events})->more) continue;
    while (store.maintain()) continue;
  };
  const auto end = store.high_water();
  archive(Position(end.value() / 2));
  change(store::TruncateStream{.stream = StreamId("thing", "1"), .before = StreamVersion(3)});
  change(store::DeleteStream{.stream = StreamId("other", "2"), .deletion = store::Deletion::hard});
  change(store::DeleteStream{.stream = StreamId("other", "1")});
  change(store::Retention{
      .stream = StreamId("thing", "3"), .count_max = 2, .age_max = std::chrono::hours(24)});
  change(
      store::SkipEvent{.event = EventId(Uuid({2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}))});
  while (store.compact(100).more) continue;
  store.report_consumers({{.name = "reader",
                           .checkpoint = {.position = end, .chain = *store.chain_at(end)},
                           .reported_at = {}}});
  archive(Position(end.value() * 3 / 4));
  store.issue_checkpoint();
}

/// What one does to a store, and what it is left as.
template <typename Fill, typename Change>
SoundStore make_sound_store(Fill fill, Change change) {
  SoundStore sound;
  ManualClock clock(UtcTime::from_micros(sound_start_micros));
  SeededRandom random(1);
  sqlite::MemoryFiles files;
  {
    const auto store = SqliteStore::open({.file = sound_file, .vfs = files.vfs()}, clock, random);
    fill(*store, clock);
    store->read({.limit = 10'000}, [&](const EventView& event) {
      sound.events.push_back({.envelope = envelope_text(event), .data = std::string(event.data)});
      return true;
    });
    change(*store);
    sound.with_wal = files.images();
  }
  sound.closed = files.images();
  sound.columns = columns_of(sound.closed);
  return sound;
}

/// Tables of the log's file: those that have rows, or all.
std::set<std::string> filled_tables(const SoundStore& sound, bool filled) {
  const sqlite::MemoryFiles files(sound.closed);
  auto database = sqlite::Database::open({.file = sound_file, .vfs = files.vfs()});
  auto names = database.statement("SELECT name FROM sqlite_schema WHERE type = 'table'");
  std::set<std::string> tables;
  while (names.next()) {
    const std::string name(names.text(0));
    auto rows = database.statement(fmt::format("SELECT 1 FROM \"{}\" LIMIT 1", name));
    if (!filled || rows.next()) tables.insert(name);
  }
  return tables;
}

/// Damage to an empty table does nothing.
void check_filled(const std::vector<SoundStore>& stores) {
  std::set<std::string> filled;
  for (const auto& sound : stores) filled.merge(filled_tables(sound, true));
  for (const auto& table : filled_tables(stores.front(), false)) {
    TIDEMARK_ASSERT(filled.contains(table), "every table has rows in one of the stores: " + table);
  }
}

std::vector<SoundStore> make_sound_stores() {
  std::vector<SoundStore> stores;
  stores.push_back(make_sound_store(append_all, [](SqliteStore& /*store*/) {}));
  stores.push_back(make_sound_store(append_all, [](SqliteStore& store) { change_all(store, 4); }));
  stores.push_back(
      make_sound_store([](SqliteStore& store, ManualClock& /*clock*/) { import_many(store); },
                       [](SqliteStore& store) { change_all(store, 500); }));
  check_filled(stores);
  return stores;
}

}  // namespace

const std::vector<SoundStore>& sound_stores() {
  static const auto stores = make_sound_stores();
  return stores;
}

const std::vector<store::Append>& sound_appends() {
  static const auto made = [] {
    std::vector<store::Append> list;
    for (std::uint8_t number = 1; number <= appends; ++number) list.push_back(new_append(number));
    return list;
  }();
  return made;
}

store::Append new_append(std::uint8_t number) {
  store::Append append{.id = AppendId(Uuid({1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number})),
                       .streams = {}};
  if (number % 5 == 0) {
    append.answer = store::Answer{.bytes = "answer",
                                  .expires_at = UtcTime::from_micros(sound_start_micros * 2)};
  }
  if (number % 10 == 0) return append;
  store::StreamWrite write{
      .stream = StreamId(number % 3 == 0 ? "other" : "thing", std::to_string(number % 4))};
  for (std::uint8_t event = 0; event < 1 + number % 3; ++event) {
    write.events.push_back(
        {.event_id = EventId(Uuid({2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, event, number})),
         .type = event == 0 ? "test.Happened" : "test.Changed",
         .data = std::string(number * 20U + (number == 7 ? 6000U : 0U), 'd'),
         .event_time = UtcTime::from_micros(sound_start_micros + number),
         .correlation_id = event == 0 ? "conversation" : "",
         .headers = {{"name", "value"}},
         .tags = {"tag"}});
  }
  append.streams.push_back(std::move(write));
  return append;
}

std::string envelope_text(const EventView& event) {
  const auto& metadata = event.metadata;
  return fmt::format(
      "{} {} {} {} {} {} {} {} {} {} {} {}", metadata.position.value(), metadata.version.value(),
      to_string(metadata.event_id.uuid()), to_string(metadata.append_id.uuid()), metadata.stream,
      metadata.event_time.micros(), metadata.recorded_at.micros(), metadata.correlation_id,
      metadata.causation_id, metadata.extra, event.type, event.schema);
}

}  // namespace tidemark::fuzz
