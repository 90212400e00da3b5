// A store's files, sound once and then damaged: by other bytes, by cutting, and by other values in
// their rows, which comes further than bytes do. Opens what is left and does with it what there is
// to do. Nothing but a failure of the store may come of it, and what verify calls sound must be
// what was stored.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/sound_store.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/sqlite/memory_files.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::fuzz {
namespace {

/// Other values in one column of a row.
struct RowDamage {
  const SoundColumn* column = nullptr;
  std::uint64_t row = 0;
  sqlite::ValueView value;
};

/// What the input does to the files.
struct Plan {
  sqlite::FileImages images;
  store::SqliteStoreOptions options;
  std::vector<RowDamage> rows;
};

sqlite::ValueView value_of(FuzzInput& input) {
  switch (input.byte() % 4) {
    case 0:
      return nullptr;
    case 1:
      return static_cast<std::int64_t>(input.number(8));
    case 2:
      return sqlite::Blob{input.short_text()};
    default:
      return input.short_text();
  }
}

void damage_bytes(FuzzInput& input, std::string& bytes) {
  if (bytes.empty()) return;
  const auto at = input.number(4) % bytes.size();
  const auto others = input.text(1 + input.byte() % 64).substr(0, bytes.size() - at);
  bytes.replace(at, others.size(), others);
}

Plan plan_of(FuzzInput& input) {
  const auto& sound = sound_store();
  Plan plan;
  const auto how = input.byte();
  plan.images = (how & 1U) != 0 ? sound.with_wal : sound.closed;
  plan.options = {
      .file = sound_file,
      .durability = (how & 2U) != 0 ? store::Durability::normal : store::Durability::full,
      .busy_timeout = Micros(0),
      .read_only = (how & 4U) != 0};
  while (!input.empty()) {
    const auto what = input.byte();
    auto& bytes = (what & 8U) != 0 ? plan.images.rbegin()->second : plan.images.begin()->second;
    if (what % 4 == 0) {
      bytes.resize(bytes.size() - input.number(4) % (bytes.size() + 1));
    } else if (what % 4 == 1) {
      damage_bytes(input, bytes);
    } else {
      const auto& column = sound.columns[input.byte() % sound.columns.size()];
      const auto row = input.byte();
      plan.rows.push_back({.column = &column, .row = row, .value = value_of(input)});
    }
  }
  return plan;
}

/// Runs `work`, which may fail as a store does, and in no other way.
template <typename Work>
void may_fail(Work&& work) {
  try {
    work();
  } catch (const Failure& failure) {
    TIDEMARK_ASSERT(!failure.code().empty(), "a failure has a code");
  }
}

void damage_rows(const Plan& plan, const sqlite::MemoryFiles& files) {
  if (plan.rows.empty()) return;
  may_fail([&] {
    auto database = sqlite::Database::open({.file = sound_file, .vfs = files.vfs()});
    for (const auto& damage : plan.rows) {
      may_fail([&] {
        auto update = database.statement(damage.column->update);
        update.bind_value(1, damage.value);
        update.bind(2, damage.row);
        update.run();
      });
    }
  });
}

/// What verify calls sound is a beginning of what was stored.
void check_verified(store::SqliteStore& store) {
  const auto verified = store.verify({});
  if (verified.damage) return;
  std::uint64_t last = 0;
  store.read({}, [&](const EventView& event) {
    TIDEMARK_ASSERT(++last <= sound_store().events.size(), "no event was added");
    TIDEMARK_ASSERT(as_text(event) == sound_store().events[last - 1], "each is as it was stored");
    return true;
  });
}

void read_everything(store::SqliteStore& store) {
  const auto visit = [](const EventView& event) {
    return decode_extra(event.metadata.extra).has_value() || !event.metadata.category().empty();
  };
  may_fail([&] { store.read({}, visit); });
  may_fail([&] { store.read({.direction = store::Direction::backward}, visit); });
  may_fail([&] { store.read({.category = "thing", .types = {"test.Changed"}}, visit); });
  may_fail([&] { store.read({.correlation_id = "conversation"}, visit); });
  may_fail([&] {
    for (const auto& info : store.streams("", "", 100)) {
      store.read_stream({.stream = info.stream}, visit);
      static_cast<void>(store.stream_version(info.stream));
    }
  });
  may_fail([&] {
    static_cast<void>(store.position_at(UtcTime::from_micros(sound_start_micros + 2'000'000)));
  });
  may_fail([&] { static_cast<void>(store.facts(true)); });
  may_fail([&] { static_cast<void>(store.property("name")); });
  for (const auto& append : sound_store().appends) {
    may_fail([&] { static_cast<void>(store.find_append(append.id)); });
    if (append.streams.empty()) continue;
    const auto& id = append.streams[0].events[0].event_id;
    may_fail([&] { static_cast<void>(store.find_event(id)); });
  }
}

void change_everything(store::SqliteStore& store) {
  // Again what is stored, and then something new.
  const auto& appends = sound_store().appends;
  for (auto append : {appends.front(), appends.back()}) {
    may_fail([&] { static_cast<void>(store.append(append)); });
    append.id = AppendId(Uuid({0xFF, append.id.uuid().bytes()[15]}));
    append.on_duplicate = store::OnDuplicate::skip;
    may_fail([&] { static_cast<void>(store.append(append)); });
  }
  may_fail([&] { static_cast<void>(store.append(new_append(200))); });
  may_fail([&] { store.register_type("test.Changed", "fingerprint"); });
  may_fail([&] { store.set_property("name", "other"); });
  may_fail([&] {
    for (int round = 0; round < 4 && store.maintain(); ++round) {
    }
  });
}

void run(FuzzInput input) {
  auto plan = plan_of(input);
  const sqlite::MemoryFiles files(plan.images);
  damage_rows(plan, files);
  plan.options.vfs = files.vfs();
  ManualClock clock(UtcTime::from_micros(sound_start_micros) + std::chrono::hours(1));
  SeededRandom random(2);
  may_fail([&] {
    const auto store = store::SqliteStore::open(plan.options, clock, random);
    may_fail([&] { check_verified(*store); });
    read_everything(*store);
    change_everything(*store);
    may_fail([&] { static_cast<void>(store->verify({})); });
  });
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tidemark::fuzz::run(
      tidemark::fuzz::FuzzInput(std::string_view(reinterpret_cast<const char*>(data), size)));
  return 0;
}
