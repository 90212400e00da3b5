#include <doctest/doctest.h>

#include <limits>

#include "projection_fixture.hpp"

using namespace projection_test;
using tally::v1::Everything;
using tally::v1::Flat;

namespace {

template <typename RowType>
void fill(RowType& row) {
  row.set_small(-7);
  row.set_positive(4'000'000'000U);
  row.set_large(9'000'000'000'000'000'000U);
  row.set_ratio(0.25);
  row.set_share(0.5F);
  row.set_raw(std::string("\0\xff", 2));
  row.set_maybe(0);
}

struct EverythingTable {
  static constexpr ProjectionSpec spec{.name = "everything"};
  using Row = Everything;
  using Key = tidemark::Key<&Row::name, &Row::rank, &Row::active>;
  using Events = List<Scored>;
  static void on(Table<EverythingTable>& rows, const Scored& event, const Metadata&) {
    auto& row = rows.at(event.player(), tally::v1::RANK_MASTER, true);
    if (row.small() == 0) {
      fill(row);
      row.set_best(tally::v1::RANK_ROOKIE);
      row.mutable_home()->set_city("Delft");
      row.add_tags("x");
      (*row.mutable_counts())["k"] = 3;
      row.set_left(9);
    } else {
      row.add_tags("again");
    }
  }
};

struct FlatTable {
  static constexpr ProjectionSpec spec{.name = "flat"};
  using Row = Flat;
  using Key = tidemark::Key<&Row::name>;
  using Events = List<Scored>;
  static void on(Table<FlatTable>& rows, const Scored& event, const Metadata&) {
    if (event.points() == 0) {
      rows.at(event.player());
      return;
    }
    auto& row = rows.at(event.player());
    if (event.points() == 13) {
      row.set_large(std::numeric_limits<std::uint64_t>::max());
    } else if (event.points() == 15) {
      row.set_note("\xC3");
    } else if (event.points() == 16) {
      throw std::runtime_error("not \xFF a text");
    } else if (event.points() == 14) {
      row.set_ratio(std::numeric_limits<double>::quiet_NaN());
    } else if (row.small() == 0) {
      fill(row);
      row.set_rank(static_cast<tally::v1::Rank>(77));
    } else {
      Flat expected;
      fill(expected);
      expected.set_name(event.player());
      expected.set_rank(static_cast<tally::v1::Rank>(77));
      expected.set_small(row.small());
      if (row.SerializeAsString() != expected.SerializeAsString()) {
        throw std::runtime_error("read back: " + row.ShortDebugString());
      }
      row.set_small(row.small() - 1);
    }
  }
};

struct SqlTable {
  static constexpr ProjectionSpec spec{.name = "sql_table"};
  using Row = MinuteScore;
  using Key = tidemark::Key<&Row::player, &Row::minute_micros>;
  using Events = List<Scored>;
  static void on(Table<SqlTable>& rows, const Scored& event, const Metadata&) {
    auto& row = rows.at(event.player(), std::int64_t{0});
    row.set_points(row.points() + event.points());
    if (event.points() == 3) {
      auto add = rows.sql().statement("UPDATE sql_table SET hits = hits + points");
      add.run();
      rows.at(event.player(), std::int64_t{0}).set_points(100);
    }
    if (event.points() == 4) {
      rows.sql().execute("DELETE FROM sql_table");
      throw std::runtime_error("after the deletion");
    }
    if (event.points() == 6) rows.sql().execute("INSERT INTO sql_table SELECT * FROM sql_table");
    if (event.points() == 7) {
      rows.sql().statement("INSERT INTO sql_table SELECT * FROM sql_table").run();
    }
  }
};

struct Lookups {
  static constexpr ProjectionSpec spec{.name = "lookups", .cache_rows_max = 1};
  using Row = MinuteScore;
  using Key = tidemark::Key<&Row::player, &Row::minute_micros>;
  using Events = List<Scored>;
  static void on(Table<Lookups>& rows, const Scored& event, const Metadata&) {
    auto& row = rows.at(event.player(), std::int64_t{0});
    row.set_points(row.points() + event.points());
    const auto* first = rows.find("ann", std::int64_t{0});
    const auto* none = rows.find("nobody", std::int64_t{0});
    row.set_hits((first != nullptr ? first->points() : -1) + (none != nullptr ? 1000 : 0));
  }
};

/// Erases its row and makes it anew with what the old one had.
struct Renewed {
  static constexpr ProjectionSpec spec{.name = "renewed"};
  using Row = MinuteScore;
  using Key = tidemark::Key<&Row::player, &Row::minute_micros>;
  using Events = List<Scored>;
  static void on(Table<Renewed>& rows, const Scored& event, const Metadata&) {
    const auto* old = rows.find(event.player(), std::int64_t{0});
    rows.erase(event.player(), std::int64_t{0});
    auto& fresh = rows.at(event.player(), std::int64_t{0});
    for (std::int64_t other = 0; other < 10; ++other) {
      rows.at("other", 10 * event.points() + other).set_points(99);
    }
    fresh.set_points(event.points() + (old != nullptr ? old->points() : 0));
  }
};

struct OtherLayout : Lookups {
  static constexpr ProjectionSpec spec{.name = "lookups", .allowed_lateness = Micros(0)};
  using Events = List<Scored, Struck>;
  static void on(Table<OtherLayout>&, const Scored&, const Metadata&) {}
  static void on(Table<OtherLayout>&, const Struck&, const Metadata&) {}
};
struct NextVersion : OtherLayout {
  static constexpr ProjectionSpec spec{.name = "lookups", .version = 2};
  static void on(Table<NextVersion>&, const Scored&, const Metadata&) {}
  static void on(Table<NextVersion>&, const Struck&, const Metadata&) {}
};

struct BadName : SqlTable {
  static constexpr ProjectionSpec spec{.name = "feed_parked"};
  static void on(Table<BadName>&, const Scored&, const Metadata&) {}
};
struct BadKey : SqlTable {
  using Key = tidemark::Key<&Row::player>;
  static void on(Table<BadKey>&, const Scored&, const Metadata&) {}
};

template <typename P>
std::string prepare_code(Arena& arena, const std::string& name) {
  auto file = arena.open(name);
  try {
    projection::prepare_model_file(file, *make_projection<P>());
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "fine";
}

}  // namespace

TEST_SUITE("projection/table") {
  TEST_CASE("rows at the checkpoint are the fold of all events up to it") {
    Arena arena;
    for (int i = 0; i < 100; ++i) arena.score(i % 2 == 0 ? "ann" : "bob", i, i);
    Model<Scores> model(arena, {.batch_max = 7, .commit_events_max = 21});
    for (;;) {
      const auto step = model.worker.step();
      std::int64_t points = 0;
      const auto position = static_cast<std::int64_t>(model.worker.checkpoint().value());
      for (std::int64_t i = 0; i < position; ++i) points += i;
      CHECK(model.query("SELECT coalesce(sum(points), 0) FROM minute_scores") ==
            Texts{std::to_string(points)});
      if (step.did == runtime::Step::Did::nothing) break;
    }
    CHECK(model.worker.checkpoint() == Position(100));
  }

  TEST_CASE("each kind of field has its column") {
    Arena arena;
    arena.score("ann", 1, 1);
    Model<EverythingTable> model(arena);
    model.catch_up();
    CHECK(model.query("SELECT name, rank, active, small, positive, large, ratio, share, raw,"
                      " maybe, note, best, home, tags, counts, \"left\", \"right\""
                      " FROM everything") ==
          Texts{R"(ann|RANK_MASTER|1|-7|4000000000|9000000000000000000|0.25|0.5|00ff|0|null|)"
                R"(RANK_ROOKIE|{"city":"Delft"}|["x"]|{"k":"3"}|9|null)"});
    const sql::Database& file = model.file;
    if (file.dialect().strict.empty()) return;
    CHECK(model.query("SELECT strict, wr FROM pragma_table_list('everything')") == Texts{"1|1"});
  }

  TEST_CASE("a row comes back from disk as it was") {
    Arena arena;
    for (int i = 0; i < 2; ++i) arena.score("ann", i, 1);
    {
      Model<FlatTable> model(arena);
      Model<EverythingTable> nested(arena, {}, "nested.db");
      model.worker.step();
      nested.worker.step();
      model.catch_up();
      nested.catch_up();
    }
    for (int i = 0; i < 2; ++i) arena.score("ann", i, 1);
    Model<FlatTable> model(arena);
    model.catch_up();
    CHECK(model.query("SELECT small, rank FROM flat") == Texts{"-10|77"});
    CHECK(feed::ParkingDesk(model.reader).count() == 0);
    Model<EverythingTable> nested(arena, {}, "nested.db");
    nested.catch_up();
    CHECK(nested.query("SELECT tags, home FROM everything") ==
          Texts{R"(["x","again","again","again"]|{"city":"Delft"})"});
  }

  TEST_CASE("a value that fits no column parks the event's key") {
    Arena arena;
    arena.score("ann", 1, 13);
    arena.score("bob", 1, 14);
    arena.score("cid", 1, 0);
    Model<FlatTable> model(arena);
    model.catch_up();
    CHECK(model.query("SELECT name FROM flat") == Texts{"cid"});
    const auto parked = feed::ParkingDesk(model.reader).list(10);
    REQUIRE(parked.size() == 2);
    CHECK(parked[0].reason.find("large = 18446744073709551615") != std::string::npos);
    CHECK(parked[1].reason.find("ratio") != std::string::npos);
  }

  TEST_CASE("what a handler throws is kept as text, whatever its bytes") {
    Arena arena;
    arena.score("ann", 1, 16);
    arena.score("bob", 1, 0);
    Model<FlatTable> model(arena, {.attempts_max = 2});
    model.catch_up();
    arena.clock.advance(std::chrono::hours(1));
    model.catch_up();
    CHECK(model.query("SELECT name FROM flat") == Texts{"bob"});
    const auto parked = feed::ParkingDesk(model.reader).list(10);
    REQUIRE(parked.size() == 1);
    CHECK(parked[0].state == feed::ParkState::parked);
    CHECK(parked[0].attempts == 2);
    CHECK(parked[0].reason == "not ? a text");
  }

  TEST_CASE("a text that the engine does not take parks the event's key") {
    Arena arena;
    arena.score("ann", 1, 15);
    arena.score("bob", 1, 0);
    Model<FlatTable> model(arena);
    model.catch_up();
    const sql::Database& file = model.file;
    const auto parked = feed::ParkingDesk(model.reader).list(10);
    if (file.dialect().zero_in_text) {
      CHECK(parked.empty());
      return;
    }
    REQUIRE(parked.size() == 1);
    CHECK(parked[0].reason.find("note is no UTF-8 text") != std::string::npos);
    CHECK(model.query("SELECT name FROM flat") == Texts{"bob"});
  }

  TEST_CASE("plain SQL sees the rows so far, and commits with its event") {
    Arena arena;
    arena.score("ann", 1, 1);
    arena.score("ann", 2, 3);
    arena.score("bob", 3, 4);
    arena.score("ann", 4, 5);
    Model<SqlTable> model(arena);
    model.catch_up();
    CHECK(model.query("SELECT player, points, hits FROM sql_table") == Texts{"ann|105|4"});
    CHECK(feed::ParkingDesk(model.reader).count() == 1);
  }

  TEST_CASE("a row that was erased can be looked at until the handler returns") {
    Arena arena;
    arena.score("ann", 0, 2);
    arena.score("ann", 0, 3);
    Model<Renewed> model(arena);
    model.catch_up();
    CHECK(model.query("SELECT points FROM renewed WHERE player = 'ann'") == Texts{"5"});
  }

  TEST_CASE("SQL that a row refuses parks the event's key and not the whole model") {
    Arena arena;
    SUBCASE("at once") { arena.score("ann", 0, 6); }
    SUBCASE("when it is sent") { arena.score("ann", 0, 7); }
    arena.score("bob", 0, 1);
    Model<SqlTable> model(arena);
    model.catch_up();
    CHECK(model.query("SELECT player, points FROM sql_table") == Texts{"bob|1"});
    const auto parked = feed::ParkingDesk(model.reader).list(10);
    REQUIRE(parked.size() == 1);
    CHECK(parked[0].key == "tally-ann");
    CHECK(parked[0].reason.find("projection.constraint") != std::string::npos);
  }

  TEST_CASE("a handler can look at other rows, whatever the size of the cache") {
    Arena arena;
    arena.score("ann", 1, 1);
    arena.score("bob", 2, 5);
    arena.score("ann", 3, 1);
    arena.score("cid", 4, 7);
    Model<Lookups> model(arena);
    model.catch_up();
    CHECK(model.query("SELECT player, points, hits FROM lookups ORDER BY player") ==
          Texts{"ann|2|2", "bob|5|1", "cid|7|2"});
  }

  TEST_CASE("a redelivery after a crash changes nothing") {
    Arena arena;
    for (int i = 0; i < 20; ++i) arena.score("ann", i, 1);
    for (int crash = 0; crash < 5; ++crash) {
      Model<Scores> model(arena, {.batch_max = 3, .commit_events_max = 7});
      for (int steps = 0; steps < 2; ++steps) model.worker.step();
    }
    Model<Scores> model(arena);
    model.catch_up();
    CHECK(model.scores() == Texts{"ann|0|20|20"});
  }

  TEST_CASE("a file of another layout or another projection is refused") {
    Arena arena;
    CHECK(prepare_code<Lookups>(arena, "a.db") == "fine");
    CHECK(prepare_code<Lookups>(arena, "a.db") == "fine");
    CHECK(prepare_code<OtherLayout>(arena, "a.db") == "projection.layout_changed");
    CHECK(prepare_code<NextVersion>(arena, "a.db") == "projection.foreign");
    CHECK(prepare_code<SqlTable>(arena, "a.db") == "projection.foreign");
  }

  TEST_CASE("keys compare as bytes as their values do") {
    const auto key = [](std::string_view text, std::int64_t number) {
      std::string bytes;
      projection::put_key(bytes, text);
      projection::put_key(bytes, number);
      return bytes;
    };
    const std::vector<std::pair<std::string, std::int64_t>> sorted = {
        {"", 0},   {std::string("\0", 1), 1},  {"a", -5},    {"a", 0},
        {"a", 10}, {std::string("a\0", 2), 0}, {"a\x01", 0}, {"b", -1}};
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      CHECK(key(sorted[i - 1].first, sorted[i - 1].second) <
            key(sorted[i].first, sorted[i].second));
    }
  }

  TEST_CASE("a bad definition is refused by name") {
    const auto code = [](auto make) {
      try {
        make();
      } catch (const Failure& failure) {
        return failure.code() + ": " + failure.message();
      }
      return std::string("fine");
    };
    CHECK(code([] { make_projection<BadName>(); }).starts_with("projection.bad_definition"));
    CHECK(code([] { make_projection<BadKey>(); }).find("(tidemark.key)") != std::string::npos);
  }
}
