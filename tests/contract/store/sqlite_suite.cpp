#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

#include "contract/store/stores.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

/// What only the SQLite engine promises: one file, several processes, two durabilities.

template <typename Work>
std::string code_of(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "none";
}

/// Appends `count` events, each at the version that the stream is at, until all are stored.
void append_all(EventStore& store, std::uint64_t first, std::uint64_t count) {
  for (auto number = first; number < first + count; ++number) {
    for (bool stored = false; !stored;) {
      const auto version = store.stream_version(stream("shared"));
      stored =
          store.append(append_of(number, stream("shared"), {number}, ExpectedState::exact(version)))
              .has_value();
    }
  }
}

TEST_SUITE("store/sharing") {
  TEST_CASE_FIXTURE(FileStores, "two stores on one file append in turn") {
    const auto one = open();
    const auto two = open();
    CHECK(one->store_id() == two->store_id());
    for (std::uint64_t number = 1; number <= 20; ++number) {
      auto& store = number % 2 == 0 ? *one : *two;
      const auto result = store.append(append_of(number, stream("a"), {number},
                                                 ExpectedState::exact(StreamVersion(number - 1))));
      REQUIRE(result.has_value());
      CHECK(result->first == Position(number));
      CHECK(one->high_water() == Position(number));
      CHECK(two->high_water() == Position(number));
    }
    CHECK(one->append(append_of(2, stream("a"), {99}))->repeated);
    CHECK(error_of<DuplicateEvents>(two->append(append_of(50, stream("b"), {2}))).event_ids ==
          std::vector{event_id(2)});
    const auto verified = one->verify({});
    CHECK(verified.events == 20);
    CHECK_FALSE(verified.damage.has_value());
  }

  TEST_CASE_FIXTURE(FileStores, "two stores on one file append at the same time") {
    const auto one = open();
    const auto two = open();
    std::thread other([&] { append_all(*two, 1000, 60); });
    append_all(*one, 1, 60);
    other.join();
    CHECK(one->high_water() == Position(120));
    CHECK_FALSE(two->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(FileStores, "two processes append to one file") {
    open();  // made before, so that both find it
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // Nothing of the parent's is used, and its destructors do not run.
      try {
        append_all(*open(), 1000, 60);
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    const auto store = open();
    append_all(*store, 1, 60);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(store->high_water() == Position(120));
    CHECK(store->stream_version(stream("shared")) == StreamVersion(120));
    const auto verified = store->verify({});
    CHECK(verified.events == 120);
    CHECK_FALSE(verified.damage.has_value());
  }

  TEST_CASE_FIXTURE(FileStores, "maintenance tells listeners what another process stored") {
    const auto one = open();
    const auto two = open();
    int calls = 0;
    const auto listening = one->listen([&] { ++calls; });
    REQUIRE(two->append(append_of(1, stream("a"), {1})).has_value());
    one->maintain();
    CHECK(calls == 1);
    one->maintain();
    CHECK(calls == 1);
    REQUIRE(two->append(append_of(2, stream("a"), {2})).has_value());
    CHECK(one->high_water() == Position(2));
    one->maintain();
    CHECK(calls == 2);
  }

  TEST_CASE_FIXTURE(FileStores, "a store opened for reading follows a writer") {
    const auto writer = open();
    REQUIRE(writer->append(append_of(1, stream("a"), {1})).has_value());
    options.read_only = true;
    const auto reader = open();
    CHECK(reader->store_id() == writer->store_id());
    CHECK(read(*reader).positions() == std::vector<std::uint64_t>{1});
    REQUIRE(writer->append(append_of(2, stream("a"), {2})).has_value());
    CHECK(reader->high_water() == Position(2));
    CHECK(read(*reader).events.size() == 2);
    CHECK_FALSE(reader->verify({}).damage.has_value());
    CHECK(code_of([&] { static_cast<void>(reader->append(append_of(3, stream("a"), {3}))); }) ==
          "store.read_only");
    CHECK(code_of([&] { reader->set_property("a", "b"); }) == "store.read_only");
    CHECK(code_of([&] { reader->register_type("a", "b"); }) == "store.read_only");
    CHECK_FALSE(reader->maintain());
  }
}

TEST_SUITE("store/durability") {
  TEST_CASE_FIXTURE(FileStores, "under normal, consumers see what is synced, writers all") {
    options.durability = Durability::normal;
    auto store = open();
    int calls = 0;
    auto listening = store->listen([&] { ++calls; });
    REQUIRE(store->append(append_of(1, stream("a"), {1, 2})).has_value());
    CHECK(store->high_water() == Position(0));
    CHECK(read(*store).events.empty());
    CHECK(calls == 0);
    CHECK(read_stream(*store, {.stream = stream("a")}).events.size() == 2);
    CHECK(store->stream_version(stream("a")) == StreamVersion(2));
    CHECK(store->append(append_of(2, stream("a"), {3}, ExpectedState::exact(StreamVersion(2))))
              .has_value());
    CHECK(store->maintain());
    CHECK(store->high_water() == Position(3));
    CHECK(read(*store).events.size() == 3);
    CHECK(calls == 1);
    CHECK_FALSE(store->maintain());
    REQUIRE(store->append(append_of(3, stream("a"), {4})).has_value());
    listening = Listening();
    store.reset();
    store = open();  // syncs what it finds
    CHECK(store->high_water() == Position(4));
  }

  TEST_CASE_FIXTURE(FileStores, "under normal, what another process stored is synced too") {
    options.durability = Durability::normal;
    const auto one = open();
    const auto two = open();
    REQUIRE(two->append(append_of(1, stream("a"), {1})).has_value());
    CHECK(one->high_water() == Position(0));
    CHECK(one->maintain());
    CHECK(one->high_water() == Position(1));
  }
}

TEST_SUITE("store/maintenance") {
  TEST_CASE_FIXTURE(FileStores, "expired answers are forgotten, outcomes are not") {
    options.side_store = false;
    const auto store = open();
    const auto soon = clock.now() + std::chrono::seconds(1);
    auto with_event = append_of(1, stream("a"), {1});
    with_event.answer = Answer{.bytes = "yes", .expires_at = soon};
    REQUIRE(store->append(with_event).has_value());
    REQUIRE(store
                ->append({.id = append_id(2),
                          .streams = {},
                          .answer = Answer{.bytes = "no", .expires_at = soon}})
                .has_value());
    CHECK_FALSE(store->maintain());
    CHECK(store->facts(true).appends == 2);
    clock.advance(std::chrono::seconds(1));
    CHECK(store->maintain());
    CHECK_FALSE(store->maintain());
    CHECK(store->facts(true).appends == 1);
    CHECK(store->append(with_event)->repeated);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(FileStores,
                    "the WAL is moved above its soft size, and bounded by its hard one") {
    options.wal_soft_bytes = 100'000;
    options.wal_hard_bytes = 1'000'000;
    const auto store = open();
    auto append_some = [&, number = std::uint64_t{0}](int count) mutable {
      for (int i = 0; i < count; ++i) {
        ++number;
        auto append = append_of(number, stream("a"), {number});
        append.streams[0].events[0].data = std::string(10'000, 'x');
        REQUIRE(store->append(std::move(append)).has_value());
      }
    };
    append_some(20);
    CHECK(store->facts(false).wal_bytes > options.wal_soft_bytes);
    CHECK(store->maintain());
    append_some(1);
    CHECK(store->facts(false).wal_bytes <= options.wal_soft_bytes);
    append_some(300);
    CHECK(store->facts(false).wal_bytes < 2 * options.wal_hard_bytes);
    CHECK_FALSE(store->verify({}).damage.has_value());
  }

  TEST_CASE_FIXTURE(FileStores, "facts tell how much there is") {
    const auto store = open();
    REQUIRE(store->append(append_of(1, stream("a"), {1, 2})).has_value());
    auto other = append_of(2, stream("a", "other"), {3});
    other.streams[0].events[0].type = "test.Other";
    REQUIRE(store->append(other).has_value());
    const auto facts = store->facts(true);
    CHECK(facts.store_id == store->store_id());
    CHECK(facts.format == 2);
    CHECK(facts.created_at == clock.now());
    CHECK(facts.events == 3);
    CHECK(facts.streams == 2);
    CHECK(facts.types == 2);
    CHECK(facts.appends == 2);
    CHECK(facts.high_water == Position(3));
    CHECK(facts.head == store->chain_at(Position(3)));
    CHECK(facts.file_bytes > 0);
    REQUIRE(facts.per_category.size() == 2);
    CHECK(facts.per_category[1].name == "thing");
    CHECK(facts.per_category[1].events == 2);
    CHECK(facts.per_category[1].data_bytes == 8);
    REQUIRE(facts.per_type.size() == 2);
    CHECK(facts.per_type[0].name == "test.Happened");
  }
}

TEST_SUITE("store/opening") {
  TEST_CASE_FIXTURE(FileStores, "what is no store is refused by code, and left as it is") {
    std::ofstream(folder.file()) << std::string(5000, 'x');
    CHECK(code_of([&] { open(); }) == "store.not_a_store");
    options.read_only = true;
    CHECK(code_of([&] { open(); }) == "store.not_a_store");
    CHECK(std::filesystem::file_size(folder.file()) == 5000);
  }

  TEST_CASE_FIXTURE(FileStores, "a pipe is no store, and nobody waits for it") {
    REQUIRE(::mkfifo(folder.file().c_str(), 0600) == 0);
    CHECK(code_of([&] { open(); }) == "store.not_a_store");
  }

  TEST_CASE_FIXTURE(FileStores, "a missing file is created unless it must exist") {
    options.must_exist = true;
    CHECK(code_of([&] { open(); }) == "store.missing");
    options.read_only = true;
    options.must_exist = false;
    CHECK(code_of([&] { open(); }) == "store.missing");
    options.read_only = false;
    open();
    options.must_exist = true;
    CHECK(code_of([&] { open(); }) == "none");
  }

  TEST_CASE("a folder that is not there is an I/O failure") {
    FileStores place;
    place.options.file = place.folder.file("none") / "log.db";
    CHECK(code_of([&] { SqliteStore::open(place.options, place.clock, place.random); }) ==
          "store.io");
  }
}

}  // namespace
}  // namespace tidemark::store
