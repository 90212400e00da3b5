#include "fuzz/sound_store.hpp"

#include <fmt/format.h>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::fuzz {
namespace {

constexpr std::uint8_t appends = 12;

/// Every column of every table, as the file itself names them.
std::vector<SoundColumn> columns_of(const sqlite::FileImages& images) {
  const sqlite::MemoryFiles files(images);
  auto database = sqlite::Database::open({.file = sound_file, .vfs = files.vfs()});
  auto names = database.statement(
      "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
      "WHERE t.type = 'table' ORDER BY t.name, c.cid");
  std::vector<SoundColumn> columns;
  while (names.next()) {
    columns.push_back({.update = fmt::format("UPDATE \"{0}\" SET \"{1}\" = ?1 WHERE \"{1}\" IS "
                                             "(SELECT \"{1}\" FROM \"{0}\" LIMIT 1 OFFSET ?2)",
                                             names.text(0), names.text(1))});
  }
  return columns;
}

SoundStore make_sound_store() {
  SoundStore sound;
  ManualClock clock(UtcTime::from_micros(sound_start_micros));
  SeededRandom random(1);
  sqlite::MemoryFiles files;
  {
    const auto store =
        store::SqliteStore::open({.file = sound_file, .vfs = files.vfs()}, clock, random);
    store->register_type("test.Changed", "fingerprint");
    store->set_property("name", "value");
    for (std::uint8_t number = 1; number <= appends; ++number) {
      clock.advance(std::chrono::seconds(1));
      sound.appends.push_back(new_append(number));
      static_cast<void>(store->append(sound.appends.back()));
    }
    store->read({}, [&](const EventView& event) {
      sound.events.push_back(as_text(event));
      return true;
    });
    sound.with_wal = files.images();
  }
  sound.closed = files.images();
  sound.columns = columns_of(sound.closed);
  return sound;
}

}  // namespace

const SoundStore& sound_store() {
  static const SoundStore sound = make_sound_store();
  return sound;
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

std::string as_text(const EventView& event) {
  const auto& metadata = event.metadata;
  return fmt::format(
      "{} {} {} {} {} {} {} {} {} {} {} {} {}", metadata.position.value(), metadata.version.value(),
      to_string(metadata.event_id.uuid()), to_string(metadata.append_id.uuid()), metadata.stream,
      metadata.event_time.micros(), metadata.recorded_at.micros(), metadata.correlation_id,
      metadata.causation_id, metadata.extra, event.type, event.schema, event.data);
}

}  // namespace tidemark::fuzz
