// A store's files, sound once and then damaged: by other bytes, by cutting, and by other values in
// their rows, which comes further than bytes do. Opens what is left and does with it what there is
// to do. Nothing but a failure of the store may come of it, and what verify calls sound must be
// what was stored.

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/may_fail.hpp"
#include "fuzz/sound_store.hpp"
#include "fuzz/store_use.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/clock.hpp"
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
  const SoundStore* sound = nullptr;
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
  Plan plan;
  const auto how = input.byte();
  constexpr std::array which{0U, 1U, 1U, 1U, 0U, 1U, 1U, 2U};  // the last of them takes longest
  const auto& sound = sound_stores().at(which.at((how >> 3U) % which.size()));
  plan.sound = &sound;
  plan.images = (how & 1U) != 0 ? sound.with_wal : sound.closed;
  plan.options = {
      .file = sound_file,
      .durability = (how & 2U) != 0 ? store::Durability::normal : store::Durability::full,
      .busy_timeout = Micros(0),
      .read_only = (how & 4U) != 0};
  while (!input.empty()) {
    const auto what = input.byte();
    const auto file = (what >> 3U) % plan.images.size();
    auto& bytes = std::next(plan.images.begin(), static_cast<std::ptrdiff_t>(file))->second;
    if (what % 4 == 0) {
      bytes.resize(bytes.size() - input.number(4) % (bytes.size() + 1));
    } else if (what % 4 == 1) {
      damage_bytes(input, bytes);
    } else {
      const auto& column = sound.columns[input.number(2) % sound.columns.size()];
      const auto row = input.byte();
      plan.rows.push_back({.column = &column, .row = row, .value = value_of(input)});
    }
  }
  return plan;
}

void damage_rows(const Plan& plan, const sqlite::MemoryFiles& files) {
  for (const auto& damage : plan.rows) {
    may_fail([&] {
      auto database = sqlite::Database::open(
          {.file = damage.column->file, .mode = sqlite::OpenMode::read_write, .vfs = files.vfs()});
      auto update = database.statement(damage.column->update);
      update.bind_value(1, damage.value);
      update.bind(2, damage.row);
      update.run();
    });
  }
}

/// What verify calls sound is a beginning of what was stored, some of it hidden.
void check_verified(store::SqliteStore& store, const std::vector<SoundEvent>& sound) {
  const auto verified = store.verify({});
  if (verified.damage) return;
  std::uint64_t last = 0;
  store.read({.limit = 10'000}, [&](const EventView& event) {
    TIDEMARK_ASSERT(++last <= sound.size(), "no event was added");
    const auto& [envelope, data] = sound[last - 1];
    TIDEMARK_ASSERT(envelope_text(event) == envelope, "each is as it was stored");
    TIDEMARK_ASSERT(event.tombstone || event.data == data, "with its data, or none");
    return true;
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
    may_fail([&] { check_verified(*store, plan.sound->events); });
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
