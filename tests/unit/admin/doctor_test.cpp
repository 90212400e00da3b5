#include "tidemark/admin/doctor.hpp"

#include <doctest/doctest.h>

#include "operated_world.hpp"
#include "tidemark/admin/operation_client.hpp"
#include "tidemark/admin/status.hpp"
#include "tidemark/feed/consumer_group.hpp"
#include "tidemark/feed/parking.hpp"

using namespace admin_test;

namespace {

/// Findings as "severity code subject", in the order of the checks.
std::vector<std::string> found(const admin::Report& report) {
  std::vector<std::string> lines;
  for (const auto& section : report.sections) {
    const auto* tree = std::get_if<admin::Tree>(&section);
    if (tree == nullptr) continue;
    for (const auto& node : tree->roots) {
      const auto text = [&](const char* name) {
        return admin::to_text(std::ranges::find(node.facts, name, &admin::Fact::name)->value);
      };
      lines.push_back(text("severity") + " " + text("code") + " " + text("subject"));
      CHECK(node.children.size() == 1);  // what to do
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

struct Examined : RunningWorld {
  admin::Report examine(bool runs = true, admin::DoctorOptions options = {}) {
    const admin::Site site(*store, clock, {.directory = "site", .vfs = files.vfs()});
    return admin::doctor(site, runs, options);
  }
};

}  // namespace

TEST_SUITE("admin/doctor") {
  TEST_CASE("nothing is found where nothing is wrong") {
    Examined world;
    world.add("a", 40);
    world.settle();
    const auto report = world.examine(true, {.full = true});
    CHECK(found(report) == Lines{});
    CHECK_FALSE(report.findings);
    const auto ran = world.run({"doctor"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, "FINDINGS\nnothing is wrong in what was looked at\n"));
    CHECK(contains(ran.out, "chain        not looked at (--full)\n"));
    CHECK(contains(world.run({"doctor", "--full"}).out, "chain        ok\n"));
  }

  TEST_CASE("a group that handled events of another history is named with the way back") {
    Examined other;
    other.add("a", 40);
    feed::ConsumerGroupWorker member(
        *other.store, {.name = "billing"}, [](const EventView&, const feed::GroupTurn&) {},
        other.clock, other.random);
    member.step();
    member.stop();
    CHECK(found(other.examine()) == Lines{});
    Examined world;
    world.store->set_property("group.billing", other.store->property("group.billing").value());
    CHECK(found(world.examine()) == Lines{"bad store.diverged group billing"});
    CHECK(contains(world.run({"doctor"}).out, "group rewind billing"));
    world.store->set_property("group.billing", "nonsense");
    CHECK(found(world.examine()) == Lines{"bad group.corrupt group billing"});
  }

  TEST_CASE("an event that somebody changed is not called well by a look that passes it by") {
    Examined world;
    world.add("a", 40);
    world.settle();
    sqlite::Database::open({.file = world.file, .vfs = world.files.vfs()})
        .execute("UPDATE events SET data = X'00' WHERE position = 1");
    CHECK(contains(world.run({"doctor", "--json"}).out,
                   R"json({"check":"chain","result":"not looked at (--full)"})json"));
    const auto full = world.run({"doctor", "--full"});
    CHECK(full.code == 1);
    CHECK(contains(full.out, "chain        bad\n"));
  }

  TEST_CASE("a file of another history is not to be removed where its reaction starts at news") {
    Examined world;
    auto source = world.source();
    auto manifest = admin::make_manifest(source);
    manifest.reactions = {{.name = "greet", .start = "news"},
                          {.name = "count", .start = "everything"}};
    manifest.feeds.push_back({.name = "reaction/greet", .file = "reaction.greet.db"});
    manifest.feeds.push_back({.name = "reaction/count", .file = "reaction.count.db"});
    admin::store_manifest(*world.store, manifest);
    for (const auto* name : {"reaction.greet.db", "reaction.count.db"}) {
      auto file = world.open(name);
      feed::create_feed_tables(file);
      file.execute(
          "INSERT OR REPLACE INTO feed_checkpoint VALUES (1, 7, zeroblob(32), zeroblob(16))");
    }
    const auto out = world.run({"doctor"}).out;
    CHECK(contains(out, "miss what came before"));
    CHECK(contains(out, "remove reaction.count.db, which handles everything again"));
    CHECK_FALSE(contains(out, "remove reaction.greet.db"));
  }

  TEST_CASE("parked events and suspended instances are findings") {
    Examined world;
    world.add("a", 13);
    world.add("b", 66);
    world.settle();
    const auto report = world.examine();
    CHECK(found(report) ==
          Lines{"bad parked.waiting projection/totals", "bad saga.suspended refill"});
    CHECK(report.findings);
    CHECK(world.run({"doctor"}).code == 1);
  }

  TEST_CASE("a log without a manifest is a finding, and the rest is examined") {
    World world;
    const admin::Site site(*world.store, world.clock,
                           {.directory = "site", .vfs = world.files.vfs()});
    CHECK(found(admin::doctor(site, false, {})) == Lines{"bad manifest.missing manifest"});
  }

  TEST_CASE("rows that another history made are a finding") {
    Examined world;
    world.add("a", 1);
    world.settle();
    auto file = world.open("totals.v2.g1.db");
    file.execute("UPDATE feed_checkpoint SET chain = zeroblob(32)");
    CHECK(found(world.examine()) == Lines{"bad store.diverged projection/totals"});
    file.execute("UPDATE feed_checkpoint SET position = 1000");
    CHECK(found(world.examine()) == Lines{"bad store.diverged projection/totals"});
  }

  TEST_CASE("a paused feed and a paused instance are warnings") {
    Examined world;
    world.add("a", 40);
    world.settle();
    auto file = world.open("totals.v2.g1.db");
    feed::FeedDesk(file).pause("audit");
    (void)world.coordinator->apply(
        "a", {.kind = saga::Verb::Kind::pause, .by = "ann", .reason = "audit"});
    world.settle();
    CHECK(found(world.examine()) ==
          Lines{"warning feed.paused projection/totals", "warning saga.paused refill"});
  }

  TEST_CASE("a feed that stands still is told from one that is behind, and from a stop") {
    Examined world;
    world.add("a", 1);
    world.settle();
    world.feeds.clear();
    for (int i = 0; i < 3; ++i) world.add("bank", 1);
    CHECK(found(world.examine()) == Lines{});
    CHECK(found(world.examine(true, {.lag_max = 2})) == Lines{"warning feed.lags projection/totals",
                                                              "warning feed.lags index/sagas",
                                                              "warning feed.lags saga/refill"});
    world.clock.advance(std::chrono::minutes(2));
    CHECK(found(world.examine()).front() == "bad feed.stands_still projection/totals");
    auto file = world.open("totals.v2.g1.db");
    file.execute("UPDATE feed_state SET committed_at = 0");
    const admin::Tree* tree = nullptr;
    const auto report = world.examine();
    for (const auto& section : report.sections) {
      if (const auto* one = std::get_if<admin::Tree>(&section)) tree = one;
    }
    REQUIRE(tree != nullptr);
    CHECK(contains(tree->roots.front().text, "it has committed nothing yet"));
    CHECK(found(world.examine(false)).front() == "note saga.timer_overdue refill");
  }

  TEST_CASE("a timer that should have fired is a finding while the application runs") {
    Examined world;
    world.add("a", 40);
    world.settle();
    world.clock.advance(std::chrono::minutes(5));
    CHECK(found(world.examine()) == Lines{"bad saga.timer_overdue refill"});
    const auto stopped = world.examine(false);
    CHECK(found(stopped) == Lines{"note saga.timer_overdue refill"});
    CHECK_FALSE(stopped.findings);
  }

  TEST_CASE("a build that stopped is a finding with its reason") {
    OperatedWorld world;
    auto models = world.list_models();
    CHECK(world.change({"projection", "rebuild", "totals"}).code == 0);
    models.set_problem(*models.find("totals", projection::GenerationState::filling), "13 came");
    const auto lines = found(admin::doctor(world.site, true, {}));
    CHECK(std::ranges::count(lines, "bad projection.build_stopped totals.v2.g2.db") == 1);
  }

  TEST_CASE("an operation that is not finished long after is a warning") {
    Examined world;
    admin::OperationClient client(*world.store, world.clock, world.random);
    const auto id = client.request({.verb = "saga pause", .by = "ann", .reason = "audit"},
                                   std::chrono::seconds(10));
    world.settle();
    CHECK(found(world.examine()) == Lines{});
    world.clock.advance(std::chrono::minutes(2));
    CHECK(found(world.examine()) == Lines{"warning operation.open " + to_string(id)});
  }

  TEST_CASE("durability that was chosen lower is a note") {
    Examined world;
    auto source = world.source();
    source.durability = "normal";
    admin::store_manifest(*world.store, admin::make_manifest(source));
    CHECK(found(world.examine()) == Lines{"note store.normal_durability log"});
  }

  TEST_CASE("a status comes back from its text as it was, and other texts are none") {
    admin::ApplicationStatus status{
        .at = UtcTime::from_micros(1'767'225'600'000'000),
        .started_at = UtcTime::from_micros(1'767'225'500'000'000),
        .process_id = 77,
        .http_port = 8080,
        .workers = {{.worker = "projection totals"},
                    {.worker = "relay",
                     .state = observe::HealthState::failed,
                     .lag = 9,
                     .problem = Problem{.code = "kafka.fatal", .message = "fenced"},
                     .text = "relay: stuck"}}};
    const auto text = admin::encode_status(status);
    const auto decoded = admin::decode_status(text);
    REQUIRE(decoded.has_value());
    CHECK(admin::encode_status(*decoded) == text);
    CHECK(decoded->workers.at(1).problem->code == "kafka.fatal");
    CHECK_FALSE(admin::decode_status(text.substr(0, 40)).has_value());
    CHECK_FALSE(admin::decode_status("{}").has_value());
  }
}
