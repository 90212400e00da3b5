#include <array>
#include <atomic>
#include <string>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"
#include "tidemark/store/engines.hpp"
#include "tidemark/store_postgres/postgres_engine.hpp"

namespace tidemark::store {
namespace {

const Engines& engines() {
  static const Engines all{store_postgres::postgres_engine()};
  return all;
}

/// Of a store on the test's server, over TCP: "…?schema=" and a name.
std::string address(const std::string& parameters) {
  return "postgresql://tidemark@127.0.0.1:" +
         std::to_string(test::PostgresServer::running().port()) + "/postgres" + parameters;
}

/// Runs `work` where all that lay on the stack before is something else.
template <typename Work>
[[gnu::noinline]] void run_deeper(const Work& work) {
  std::array<std::atomic<unsigned char>, 65'536> bytes;
  for (auto& byte : bytes) byte = 1;
  work();
}

struct Opened {
  ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
  SeededRandom random{7};

  std::unique_ptr<StoreEngine> open(const std::string& name, const OpenOptions& options = {}) {
    return open_store({.name = name, .engines = engines()}, options, clock, random);
  }
  std::string code(const std::string& name, const OpenOptions& options = {}) {
    return test::failure_code([&] { open(name, options); });
  }
};

TEST_SUITE("store/address") {
  TEST_CASE("what is shown of an address is no secret") {
    const auto shown = [](const std::string& name) { return shown_name(engines(), name); };
    CHECK(shown("data/tidemark.db") == "data/tidemark.db");
    CHECK(shown("postgresql://ann@host:5432/db") == "postgresql://ann@host:5432/db");
    CHECK(shown("postgresql://ann:pw@host:5432/db?schema=log") ==
          "postgresql://ann@host:5432/db?schema=log");
    CHECK(shown("postgres:///db?host=/run&password=pw&schema=log") == "postgres:///db?schema=log");
    CHECK(shown("postgres://host/db?password=pw") == "postgres://host/db");
    for (const std::string secret :
         {"ann:p@w@host/db", "ann:p/w@host/db", "ann:p?w@host/db", "ann:p:w@host/db",
          ":p@w@host/db", "host/db?password=p@w", "host/db?sslpassword=p@w&schema=p@w",
          "ann/p:w@host/db", "host/db?password=p&schema=p=w", "ann:p?schema=w@host"}) {
      CAPTURE(secret);
      const auto text = shown("postgresql://" + secret);
      CHECK(text.find("p") == text.find("postgresql"));
      CHECK(text.find('p', 1) == std::string::npos);
    }
    CHECK(shown("oracle://ann:pw@host") == "oracle://…");
  }

  TEST_CASE_FIXTURE(Opened, "an address opens the store that it names") {
    const PostgresStores place;  // drops its schema
    const auto name = address("?schema=" + place.options.schema);
    CHECK(code(name, {.must_exist = true}) == "store.missing");
    const auto store = open(name);
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    CHECK(store->facts(false).engine == "postgres");
    CHECK(open(address("?connect_timeout=5&schema=" + place.options.schema))->high_water() ==
          Position(1));
    const auto reader = open(name, {.read_only = true});
    CHECK(reader->store_id() == store->store_id());
    CHECK(test::failure_code([&] { reader->set_property("a", "b"); }) == "store.read_only");
    CHECK(code(name, {.identity = Identity{.store_id = id_of<StoreId>(9), .created_at = {}}}) ==
          "store.other_store");
  }

  TEST_CASE_FIXTURE(Opened, "a store that was opened by its address is kept up") {
    const PostgresStores place;
    const auto store = open(address("?schema=" + place.options.schema));
    auto append = append_of(1, stream("a"), {1});
    append.answer = Answer{.bytes = "yes", .expires_at = clock.now() + std::chrono::seconds(1)};
    REQUIRE(store->append(append).has_value());
    clock.advance(std::chrono::seconds(2));
    auto outside = place.connect();
    const auto is_kept_up = [&] {
      store->maintain();
      return outside
          .query(
              "SELECT listening_until > now() AND NOT EXISTS "
              "(SELECT 1 FROM appends WHERE expires_at IS NOT NULL) FROM head")
          .boolean(0, 0);
    };
    bool kept_up = false;
    // Nothing of what it was opened with is there any more.
    run_deeper([&] {
      const SystemClock timer;
      const auto deadline = timer.monotonic() + std::chrono::seconds(10);
      while (!kept_up && timer.monotonic() < deadline) kept_up = is_kept_up();
    });
    CHECK(kept_up);
  }

  TEST_CASE_FIXTURE(Opened, "what cannot be opened says so and nothing of the address") {
    CHECK(code("oracle://ann:pw@host/db") == "store.unknown_engine");
    CHECK(code(address("?schema=")) == "store.bad_address");
    CHECK(code(address("?schema=A;B")) == "store.bad_address");
    CHECK(code(address("?schema=" + std::string(64, 'n'))) == "store.bad_address");
    CHECK(code(address(""), {.durability = Durability::normal}) == "store.no_such_mode");
    std::string said;
    try {
      open("postgresql://zed:p%zzw@[host/db");
    } catch (const Failure& failure) {
      said = failure.what();
    }
    CHECK(said.find("store.bad_settings") != std::string::npos);
    CHECK(said.find("zed") == std::string::npos);
  }

  TEST_CASE_FIXTURE(Opened, "a name without an address is a file") {
    const TestFolder folder;
    const auto store = open(folder.file().string());
    CHECK(store->facts(false).engine == "sqlite");
    CHECK(std::filesystem::exists(folder.file()));
    CHECK(code(folder.file("none").string(), {.must_exist = true}) == "store.missing");
  }
}

}  // namespace
}  // namespace tidemark::store
