#include <doctest/doctest.h>

#include <fstream>

#include "admin_world.hpp"

using namespace admin_test;

namespace {

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

struct Counted : World {
  Counted() {
    store_manifest();
    add("a", 1);
    add("b", 2, {.correlation_id = "talk"});
    add("a", 3, {.correlation_id = "talk"});
  }
};

}  // namespace

TEST_SUITE("admin/store_verbs") {
  TEST_CASE("info says what the file is and whose") {
    Counted world;
    const auto ran = world.run({"store", "info"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, "application         counting\n"));
    CHECK(contains(ran.out, "durability          full\n"));
    CHECK(contains(ran.out, "events              3\n"));
    CHECK(contains(ran.out, "newest recorded at  2026-01-01T00:00:03Z\n"));
  }

  TEST_CASE("read shows events with payloads, in order") {
    Counted world;
    const auto ran = world.run({"store", "read"});
    CHECK(ran.code == 0);
    CHECK(lines(ran.out) == 4);
    CHECK(contains(ran.out, R"({"counter_id":"b","amount":"2"})"));
    CHECK(ran.out.find("counter-b") < ran.out.rfind("counter-a"));
  }

  TEST_CASE("read takes its filters together") {
    Counted world;
    CHECK(lines(world.run({"store", "read", "--category", "counter", "--limit", "2"}).out) == 3);
    CHECK(lines(world.run({"store", "read", "--correlation", "talk"}).out) == 3);
    CHECK(lines(world.run({"store", "read", "--type", "Added", "--from", "3"}).out) == 2);
    CHECK(lines(world.run({"store", "read", "--stream", "counter-a", "--from", "2"}).out) == 2);
    CHECK(world.run({"store", "read", "--type", "WasReset"}).out == "no events\n");
    CHECK(world.run({"store", "read", "--category", "other"}).out == "no events\n");
    CHECK(world.run({"store", "read", "--limit", "0"}).out == "no events\n");
    CHECK(world.run({"store", "read", "--stream", "counter-a", "--category", "other"}).out ==
          "no events\n");
    CHECK(world.run({"store", "read", "--category", "other", "--json"}).out.empty());
  }

  TEST_CASE("read backward begins with the newest") {
    Counted world;
    const auto log = world.run({"store", "read", "--backward", "--limit", "1", "--json"});
    CHECK(contains(log.out, R"({"position":3,)"));
    const auto stream =
        world.run({"store", "read", "--backward", "--stream", "counter-a", "--json"});
    CHECK(stream.out.find(R"("version":2)") < stream.out.find(R"("version":1)"));
  }

  TEST_CASE("read since a time shows what was recorded then or later") {
    Counted world;
    const auto read = [&](std::vector<std::string> more) {
      std::vector<std::string> verb{"store", "read", "--since", "2026-01-01T00:00:02Z"};
      verb.insert(verb.end(), more.begin(), more.end());
      return world.run(verb).out;
    };
    CHECK(lines(read({})) == 3);
    CHECK(lines(read({"--from", "3"})) == 2);
    CHECK(lines(read({"--backward"})) == 3);
    CHECK(lines(read({"--stream", "counter-a"})) == 2);
    CHECK(lines(read({"--stream", "counter-a", "--backward"})) == 2);
    const auto wrong = world.run({"store", "read", "--since", "yesterday"});
    CHECK(wrong.code == 2);
    CHECK(contains(wrong.err, "yesterday is no time"));
  }

  TEST_CASE("read as JSON is one whole event a line") {
    Counted world;
    const auto ran = world.run({"store", "read", "--from", "2", "--limit", "1", "--json"});
    CHECK(contains(ran.out, R"({"position":2,"recorded_at":"2026-01-01T00:00:02Z",)"
                            R"("type":"counter.v1.Added","stream":"counter-b","version":1,)"));
    CHECK(contains(ran.out, R"("correlation_id":"talk")"));
    CHECK(contains(ran.out, R"("data":{"counter_id":"b","amount":"2"}})"));
    CHECK(lines(ran.out) == 1);
  }

  TEST_CASE("read works on a log that no application has described") {
    World world;
    world.add("a", 1);
    const auto ran = world.run({"store", "read"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, "bytes, no manifest)"));
  }

  TEST_CASE("tail shows what is appended while it waits, up to its limit") {
    Counted world;
    int waits = 0;
    world.wait = [&](Micros timeout) {
      if (timeout > Micros(0)) ++waits;
      if (waits == 1 && timeout > Micros(0)) world.add("c", 4);
      return waits > 3;
    };
    const auto ran = world.run({"store", "tail", "--back", "1", "--json"});
    CHECK(ran.code == 0);
    CHECK(lines(ran.out) == 2);
    CHECK(contains(ran.out, "counter-c"));
    waits = 0;
    CHECK(lines(world.run({"store", "tail", "--back", "9", "--limit", "2", "--json"}).out) == 2);
  }

  TEST_CASE("tail of a stream leaves the others out") {
    Counted world;
    int waits = 0;
    world.wait = [&](Micros) { return ++waits > 3; };
    const auto ran = world.run({"store", "tail", "--stream", "counter-a", "--json"});
    CHECK(lines(ran.out) == 2);
    CHECK_FALSE(contains(ran.out, "counter-b"));
  }

  TEST_CASE("streams are listed by name, page by page") {
    Counted world;
    CHECK(world.run({"store", "streams"}).out ==
          "STREAM     VERSION  LAST POSITION  DELETED\n"
          "counter-a        2              3  -\n"
          "counter-b        1              2  -\n");
    CHECK(world.run({"store", "streams", "--after", "counter-a", "--json"}).out ==
          R"({"streams":[{"stream":"counter-b","version":1,"last_position":2,"deleted":null}]})"
          "\n");
  }

  TEST_CASE("stats count by category and type") {
    Counted world;
    const auto ran = world.run({"store", "stats", "--json"});
    CHECK(contains(ran.out, R"("types":[{"name":"counter.v1.Added","events":3,"data_bytes":15}])"));
  }

  TEST_CASE("verify finds a whole log as it was written") {
    Counted world;
    const auto ran = world.run({"store", "verify"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, "result       as it was written"));
  }

  TEST_CASE("verify of a log that was changed has findings and exit code 1") {
    Counted world;
    sqlite::Database::open({.file = world.file, .vfs = world.files.vfs()})
        .execute("UPDATE events SET data = X'00' WHERE position = 2");
    const auto ran = world.run({"store", "verify", "--json"});
    CHECK(ran.code == 1);
    CHECK(contains(ran.out, R"("result":"damaged")"));
    CHECK(contains(ran.out, R"("position":2)"));
  }

  TEST_CASE("what is asked for and is not there is an error with a hint and exit code 2") {
    Counted world;
    const auto unknown = world.run({"store", "read", "--stream", "counter-z"});
    CHECK(unknown.code == 2);
    CHECK(unknown.err ==
          "error: store.no_such_stream: counter-z: the log has no such stream "
          "(`store streams` lists them)\n");
    CHECK(contains(world.run({"store", "read", "--stream", "nothing"}).err, "stream.bad_name"));
    CHECK(contains(world.run({"store", "read", "--type", "Nobody"}).err, "schema.unknown_type"));
  }

  TEST_CASE("a file that is missing or no store is an error with exit code 2") {
    World world;
    world.file = "site/other.db";
    const auto missing = world.run({"store", "info", "--json"});
    CHECK(missing.code == 2);
    CHECK(contains(missing.err, R"({"error":{"code":"store.missing")"));
    sqlite::Database::open({.file = world.file, .vfs = world.files.vfs()})
        .execute("CREATE TABLE strangers(id INTEGER)");
    CHECK(contains(world.run({"store", "info"}).err, "store.not_a_store"));
  }

  TEST_CASE("a file of a newer format is left alone") {
    World world;
    sqlite::Database::open({.file = world.file, .vfs = world.files.vfs()})
        .set_pragma("user_version", "99");
    const auto ran = world.run({"store", "info"});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, "store.newer_format"));
  }

  TEST_CASE("wrong usage is an error that says where help is") {
    World world;
    CHECK(world.run({}).code == 2);
    CHECK(contains(world.run({"store", "reed"}).err, "error: usage: "));
    CHECK(contains(world.run({"store", "read", "--limit", "many", "--json"}).err,
                   R"({"error":{"code":"usage")"));
  }

  TEST_CASE("a number that is negative, too large or none is refused by its option") {
    Counted world;
    const std::vector<std::vector<std::string>> wrong{
        {"store", "read", "--from", "-1"},
        {"store", "read", "--limit", "-1"},
        {"store", "read", "--limit", "99999999999999999999"},
        {"store", "streams", "--limit", "1.5"},
        {"doctor", "--lag-max", "-1"},
        {"saga", "list", "--limit", "-7"}};
    for (const auto& arguments : wrong) {
      const auto ran = world.run(arguments);
      CAPTURE(ran.err);
      CHECK(ran.code == 2);
      CHECK(contains(ran.err, "error: usage: " + arguments[arguments.size() - 2] + ": '" +
                                  arguments.back() + "' is no whole number from 0 to 18"));
    }
    CHECK(world.run({"store", "read", "--limit", "18446744073709551615"}).code == 0);
  }

  TEST_CASE("help is no error") {
    World world;
    const auto ran = world.run({"store", "read", "--help"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, "--correlation"));
  }

  TEST_CASE(
      "without an option the log is where the application's variable says it keeps its data") {
    World world;
    world.store_manifest();
    std::ostringstream out;
    std::ostringstream err;
    const auto code = admin::run_tool({"store", "info"}, out, err,
                                      {.clock = world.clock,
                                       .random = world.random,
                                       .wait = world.wait,
                                       .variables = {{"TIDEMARK_DATA_DIRECTORY", "site"}},
                                       .vfs = world.files.vfs()});
    CHECK(code == 0);
    CHECK(contains(out.str(), "counting"));
    CHECK(err.str().empty());
  }
}
