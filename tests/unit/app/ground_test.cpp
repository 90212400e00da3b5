#include "ground_of.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "counter.hpp"
#include "failure_code.hpp"
#include "tidemark/app/settings.hpp"
#include "tidemark/security/key_file.hpp"
#include "tidemark/security/note.hpp"
#include "tidemark/security/signature.hpp"
#include "tidemark/sqlite/database.hpp"

using namespace tidemark;
using test::failure_code;

namespace {

runtime::Config config(std::vector<std::string> flags) {
  const auto loaded = runtime::Config::load(app::config_schema(), {.flags = std::move(flags)});
  REQUIRE(loaded.has_value());
  return *loaded;
}

/// A data directory of its own, and a store in it that is configured.
struct Configured {
  Configured() {
    auto pattern = (std::filesystem::temp_directory_path() / "tidemark-ground-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~Configured() { std::filesystem::remove_all(folder); }
  Configured(const Configured&) = delete;
  Configured& operator=(const Configured&) = delete;

  void open(std::vector<std::string> flags) {
    flags.push_back("data.directory=" + folder.string());
    surroundings.reset();
    surroundings = std::make_unique<app::Surroundings>(
        Wiring("counting").aggregates<counter::v1::Counter>(), config(std::move(flags)));
  }
  [[nodiscard]] store::StoreEngine& store() const { return *surroundings->store; }

  /// An append of so many events of so many bytes.
  Result<store::Appended, store::AppendError> append(std::size_t events, std::size_t size) {
    const auto id = [&] {
      return Uuid::version7(surroundings->clock().now(), surroundings->random);
    };
    store::StreamWrite write{.stream = StreamId("thing", "a")};
    for (std::size_t n = 0; n < events; ++n) {
      write.events.push_back(
          {.event_id = EventId(id()), .type = "t", .schema = 1, .data = std::string(size, 'x')});
    }
    return store().append({.id = AppendId(id()), .streams = {std::move(write)}});
  }

  std::filesystem::path folder;
  std::unique_ptr<app::Surroundings> surroundings;
};

}  // namespace

TEST_SUITE("app/ground") {
  TEST_CASE("the configuration reaches commands, feeds, relay and upkeep") {
    const auto options = app::assembly_options(config(
        {"command.attempts_max=8", "command.answer_ttl=9s", "command.snapshot_every=10",
         "command.snapshot_bytes=11KiB", "store.poll_interval=12ms", "store.event_size_max=130KiB",
         "feed.attempts_max=5", "feed.retry_first=2s", "feed.retry_factor=3", "feed.retry_max=1m",
         "feed.parked_keys_max=6", "feed.parked_events_max=7", "kafka.topics.campaign=all",
         "kafka.topics.impression=", "kafka.resume_after=42"}));
    CHECK(options.dispatcher.attempts_max == 8);
    CHECK(options.dispatcher.answer_ttl == std::chrono::seconds(9));
    CHECK(options.dispatcher.snapshot_every == 10);
    CHECK(options.dispatcher.snapshot_bytes == 11 * 1024);
    CHECK(options.store_poll_interval == std::chrono::milliseconds(12));
    CHECK(options.relay.event_bytes_max == 130 * 1024);
    CHECK(options.feed.attempts_max == 5);
    CHECK(options.feed.retry_first == std::chrono::seconds(2));
    CHECK(options.feed.retry_factor == 3);
    CHECK(options.feed.retry_max == std::chrono::minutes(1));
    CHECK(options.feed.parked_keys_max == 6);
    CHECK(options.feed.parked_events_max == 7);
    const relay::TopicMap topics(options.relay.topics);
    CHECK(topics.topic_of("campaign")->name == "all");
    CHECK_FALSE(topics.topic_of("impression"));
    CHECK(options.relay.resume_after == Position(42));
    CHECK_FALSE(app::assembly_options(config({})).relay.resume_after);
  }

  TEST_CASE("Kafka's client lets the largest event through unless it is told otherwise") {
    CHECK_FALSE(app::broker_settings(config({})).contains("message.max.bytes"));
    const std::string large = "store.event_size_max=2MiB";
    CHECK(app::broker_settings(config({large})).at("message.max.bytes") ==
          std::to_string((2 << 20) + (64 << 10)));
    CHECK(app::broker_settings(config({large, "kafka.settings.message.max.bytes=3000000"}))
              .at("message.max.bytes") == "3000000");
  }

  TEST_CASE_FIXTURE(Configured, "the configuration says how durable the log is") {
    open({});
    CHECK(store().facts(false).durability == store::Durability::full);
    open({"store.durability=normal"});
    CHECK(store().facts(false).durability == store::Durability::normal);
  }

  TEST_CASE_FIXTURE(Configured, "the configuration limits appends") {
    open({"store.event_size_max=64KiB", "store.append_events_max=100"});
    CHECK(append(100, 1).has_value());
    CHECK(append(1, 65'536).has_value());
    const auto large = append(1, 65'537);
    REQUIRE_FALSE(large.has_value());
    CHECK(std::get<store::LimitExceeded>(large.error()).max == 65'536);
    const auto many = append(101, 1);
    REQUIRE_FALSE(many.has_value());
    CHECK(std::get<store::LimitExceeded>(many.error()).max == 100);
  }

  TEST_CASE_FIXTURE(Configured, "the configuration says how long another's commit is waited for") {
    open({"store.busy_timeout=10ms"});
    auto other = sqlite::Database::open({.file = folder / "tidemark.db"});
    other.execute("BEGIN IMMEDIATE");
    const auto began = surroundings->system_clock.monotonic();
    CHECK(failure_code([&] { (void)append(1, 1); }) == "store.busy");
    CHECK(surroundings->system_clock.monotonic() - began < std::chrono::seconds(4));
    other.execute("ROLLBACK");
  }

  TEST_CASE_FIXTURE(Configured, "the configuration limits reads at the same time") {
    open({"store.readers_max=1", "store.busy_timeout=10ms"});
    REQUIRE(append(1, 1).has_value());
    const auto code_beside_a_read = [&] {
      std::string code;
      store().read({}, [&](const EventView&) {
        std::thread other([&] { code = failure_code([&] { (void)store().high_water(); }); });
        other.join();
        return true;
      });
      return code;
    };
    CHECK(code_beside_a_read() == "store.busy");
    open({});
    CHECK(code_beside_a_read() == "no failure");
  }

  TEST_CASE_FIXTURE(Configured, "the configuration says whether loads have a side store") {
    open({"store.side_store=false"});
    REQUIRE(append(1, 1).has_value());
    while (store().maintain()) {
    }
    CHECK_FALSE(std::filesystem::exists(folder / "tidemark.side.db"));
    open({});
    while (store().maintain()) {
    }
    CHECK(std::filesystem::exists(folder / "tidemark.side.db"));
  }

  TEST_CASE_FIXTURE(Configured, "the configuration says when checkpoints are signed, and by whom") {
    SystemRandom random;
    const auto key = security::SigningKey::create("log", random);
    security::write_key_file(folder / "key", key);
    open({"store.checkpoint_every=2", "store.signing_key_file=" + (folder / "key").string()});
    REQUIRE(append(1, 1).has_value());
    while (store().maintain()) {
    }
    CHECK(store().issued_checkpoints(10).empty());
    REQUIRE(append(1, 1).has_value());
    while (store().maintain()) {
    }
    const auto issued = store().issued_checkpoints(10);
    REQUIRE(issued.size() == 1);
    CHECK(security::parse_note(issued[0].note)->signatures.size() == 1);
  }
}
