#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "damage.hpp"

namespace tidemark::store {
namespace {

constexpr std::size_t file_page_size = 4096;

/// A store whose file can be damaged byte by byte.
struct Fixture : DamageFixture {
  /// Everything in one file, none of it in the WAL.
  void fill_file() {
    fill();
    tamper("PRAGMA wal_checkpoint(TRUNCATE)");
    open()->read({}, [&](const EventView& event) {
      ids.push_back(event.metadata.event_id);
      return true;
    });
    good_answers = answers();
    REQUIRE(good_answers.size() == 12);
  }
  /// Where in the file the only page of an index begins.
  std::size_t page_of(std::string_view index) {
    auto database = sqlite::Database::open({.file = options.file, .vfs = files.vfs()});
    auto select = database.statement("SELECT rootpage FROM sqlite_schema WHERE name = ?1");
    REQUIRE(select.bind(1, index).next());
    return static_cast<std::size_t>(select.integer(0) - 1) * file_page_size;
  }
  /// Where its entries lie: behind the two bytes of the page's header that say so, to its end.
  std::vector<std::size_t> entries_of(std::string_view index) {
    const auto page = page_of(index);
    const auto file = files.images().at(options.file.string());
    REQUIRE(file[page] == 0x0A);  // a leaf: the whole index
    const auto byte = [&](std::size_t at) {
      return std::size_t{static_cast<std::uint8_t>(file[page + at])};
    };
    std::vector<std::size_t> entries;
    for (auto at = 256 * byte(5) + byte(6); at < file_page_size; ++at) entries.push_back(page + at);
    return entries;
  }
  /// Every event as it is found by its id and in its stream.
  std::vector<std::string> answers() {
    std::vector<std::string> found;
    const auto store = open();
    for (const auto& id : ids) {
      const auto event = store->find_event(id);
      found.push_back(event ? to_string(event->metadata().event_id) : "none");
    }
    for (const auto* name : {"a", "b"}) {
      store->read_stream({.stream = StreamId("thing", name)}, [&](const EventView& event) {
        found.push_back(to_string(event.metadata.event_id));
        return true;
      });
    }
    return found;
  }
  /// What is found with the lowest bit of the byte at `offset` turned; "harmless" when nothing is,
  /// and every answer is as before.
  std::string found_at(std::size_t offset) {
    const auto good = files.images().at(options.file.string())[offset];
    const char bad = static_cast<char>(good ^ 1);
    files.overwrite(options.file.string(), offset, {&bad, 1});
    std::string found;
    const auto thrown = code_of([&] {
      const auto verified = verify();
      found = verified.damage             ? verified.damage->code
              : answers() == good_answers ? "harmless"
                                          : "none";
    });
    files.overwrite(options.file.string(), offset, {&good, 1});
    return found.empty() ? thrown : found;
  }
  /// Offsets whose damage is not found.
  std::vector<std::size_t> unseen(std::string_view index) {
    auto entries = entries_of(index);
    REQUIRE(entries.size() > 30);
    std::erase_if(entries, [&](std::size_t offset) { return found_at(offset) != "none"; });
    return entries;
  }

  std::vector<EventId> ids;
  std::vector<std::string> good_answers;
};

TEST_SUITE("store/verify_index") {
  TEST_CASE_FIXTURE(Fixture, "a byte that is another in the index of ids is found wherever it is") {
    fill_file();
    CHECK(verify().events == 6);
    CHECK_FALSE(verify().damage.has_value());
    CHECK(unseen("events_by_id").empty());
    CHECK_FALSE(verify().damage.has_value());
  }

  TEST_CASE_FIXTURE(Fixture, "a byte that is another in the index of streams is found likewise") {
    fill_file();
    CHECK(unseen("events_by_stream").empty());
    CHECK_FALSE(verify().damage.has_value());
  }

  TEST_CASE_FIXTURE(Fixture, "a list of a category's streams looks at no other names") {
    fill();
    auto store = open();
    for (int number = 1000; number < 3000; ++number) {
      auto append = append_of(1, "x");
      append.streams[0].stream = StreamId("zebra", std::to_string(number));
      REQUIRE(store->append(append).has_value());
    }
    store = nullptr;
    tamper("PRAGMA wal_checkpoint(TRUNCATE)");
    const auto file = files.images().at(options.file.string());
    std::size_t damaged = 0;
    for (auto at = file.find("zebra-2500"); at != std::string::npos;
         at = file.find("zebra-2500", at + 1)) {
      const auto page = at - at % file_page_size;
      if (file[page] != 0x0A) continue;  // a leaf of an index
      files.overwrite(options.file.string(), page, "X");
      ++damaged;
    }
    REQUIRE(damaged == 1);
    store = open();
    CHECK(store->streams("thing", "", 1000).size() == 2);
    CHECK(store->streams("", "", 100).size() == 100);
    CHECK(store->streams("", "thing-a", 1).front().stream.name() == "thing-b");
    CHECK(code_of([&] { store->streams("", "", 10'000); }) == "store.corrupt");
  }

  TEST_CASE_FIXTURE(Fixture, "what cannot be read beside the events is named, too") {
    fill_file();
    const auto sound = files.images().at(options.file.string());
    const auto damage_of = [&](std::string_view table) {
      const auto page = page_of(table);
      files.overwrite(options.file.string(), page, "X");
      const auto damage = verify().damage;
      files.overwrite(options.file.string(), page, sound.substr(page, 1));
      return damage ? damage->code : "none";
    };
    CHECK(damage_of("event_tags") == "verify.tags");
    CHECK(damage_of("appends") == "verify.append");
    CHECK(damage_of("checkpoints") == "verify.checkpoint");
    CHECK(damage_of("type_blocks") == "verify.unreadable");
    CHECK_FALSE(verify().damage.has_value());
    tamper("UPDATE appends SET skipped = -1 WHERE first = 3");
    CHECK(verify().damage->code == "verify.append");
    CHECK(verify().damage->position == Position(3));
  }

  TEST_CASE_FIXTURE(Fixture, "an event that its id does not find is named") {
    fill_file();
    std::string id;
    open()->read({.from = Position(4)}, [&](const EventView& event) {
      const auto& bytes = event.metadata.event_id.uuid().bytes();
      id.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return false;
    });
    const auto file = files.images().at(options.file.string());
    const auto at = file.find(id, page_of("events_by_id"));
    REQUIRE(at < page_of("events_by_id") + file_page_size);
    const char bad = static_cast<char>(id.back() ^ 1);
    files.overwrite(options.file.string(), at + id.size() - 1, {&bad, 1});
    const auto damage = verify().damage;
    REQUIRE(damage.has_value());
    CHECK(damage->code == "verify.index");
    CHECK(damage->position == Position(4));
  }
}

}  // namespace
}  // namespace tidemark::store
