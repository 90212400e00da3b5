#include <doctest/doctest.h>

#include "operated_world.hpp"

using namespace admin_test;

TEST_SUITE("admin/change_verbs") {
  TEST_CASE("a read model is paused with who and why, and resumed") {
    OperatedWorld world;
    const auto ran = world.change({"projection", "pause", "totals"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, "message       totals is paused\n"));
    CHECK(contains(ran.out, "executed by   the application\n"));
    CHECK(contains(world.run({"projection", "list"}).out, "a test (ann, operation "));
    CHECK(world.change({"projection", "resume", "totals"}).code == 0);
    CHECK_FALSE(contains(world.run({"projection", "list"}).out, "a test"));
  }

  TEST_CASE("a read model is rebuilt, and the build is given up") {
    OperatedWorld world;
    const auto models = world.list_models();
    CHECK(contains(world.change({"projection", "rebuild", "totals"}).out, "generation 2"));
    CHECK(contains(world.change({"projection", "rebuild", "totals"}).out,
                   "projection.rebuild_running"));
    CHECK(world.change({"projection", "cancel", "totals"}).code == 0);
    CHECK(models.find("totals", projection::GenerationState::retired)->number == 2);
  }

  TEST_CASE("what the application refuses is a finding with the code of who refused") {
    OperatedWorld world;
    const auto models = world.list_models();
    const auto ran = world.change({"projection", "rollback", "totals", "--json"});
    CHECK(ran.code == 1);
    CHECK(contains(ran.out, R"("result":"refused","code":"projection.no_previous")"));
  }

  TEST_CASE("an instance is paused, resumed, retried and cancelled") {
    OperatedWorld world;
    const auto status = [&](const std::string& instance) {
      return saga::to_string(world.coordinator->fold(instance).status);
    };
    CHECK(world.change({"saga", "pause", "refill", "a"}).code == 0);
    CHECK(status("a") == "paused");
    CHECK(world.change({"saga", "resume", "refill", "a"}).code == 0);
    CHECK(status("a") == "running");
    const auto version = world.coordinator->fold("b").version.value();
    CHECK(world.change({"saga", "retry", "refill", "b"}).code == 0);
    CHECK(status("b") == "suspended");
    CHECK(world.coordinator->fold("b").version.value() == version + 2);
    CHECK(world.change({"saga", "cancel", "refill", "b"}).code == 0);
    CHECK(status("b") == "cancelled");
    CHECK(contains(world.change({"saga", "retry", "refill", "b"}).out, "saga.not_possible"));
  }

  TEST_CASE("parked work is tried again, and dropped in the order of its key") {
    OperatedWorld world;
    CHECK(
        contains(world.change({"parked", "drop", "projection/totals/2"}).out, "parked.not_first"));
    CHECK(world.change({"parked", "retry", "projection/totals/1"}).code == 0);
    CHECK(contains(world.run({"parked", "show", "projection/totals/1"}).out,
                   "attempts               2\n"));
    CHECK(world.change({"parked", "drop", "projection/totals/1"}).code == 0);
    CHECK_FALSE(contains(world.run({"parked", "list"}).out, "counter-p"));
  }

  TEST_CASE("the log keeps who asked for what, and what came of it") {
    OperatedWorld world;
    (void)world.change({"saga", "pause", "refill", "a", "--by", "eve"});
    const auto listed = world.run({"operation", "list"});
    CHECK(contains(listed.out, "saga pause  instance=a saga=refill  eve  a test  done"));
    const auto read = world.run({"store", "read", "--category", "$operation", "--json"});
    CHECK(contains(read.out, R"("type":"tidemark.admin.v1.OperationRequested")"));
    CHECK(contains(read.out, R"("by":"eve","reason":"a test")"));
    CHECK(contains(world.run({"operation", "show", "nonsense"}).err, "operation.unknown"));
  }

  TEST_CASE("a change without a reason is refused before anything is asked for") {
    OperatedWorld world;
    const auto before = world.store->high_water();
    const auto ran = world.run({"projection", "pause", "totals", "--json"});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, R"("code":"operation.no_reason","field":"--reason")"));
    CHECK(world.run({"projection", "pause", "totals", "--reason", " \t"}).code == 2);
    CHECK(world.store->high_water() == before);
  }

  TEST_CASE("what is no UTF-8 text never comes into the log") {
    OperatedWorld world;
    const auto before = world.store->high_water();
    const auto ran = world.run({"projection", "pause", "totals", "--reason", "\xff"});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, "--reason: is no UTF-8 text"));
    CHECK(world.run({"projection", "pause", "totals", "--reason", "x", "--by", "\xc3"}).code == 2);
    CHECK(world.store->high_water() == before);
  }

  TEST_CASE("a dry run tells what would be done and asks for nothing") {
    OperatedWorld world;
    const auto before = world.store->high_water();
    const auto ran = world.change({"saga", "cancel", "refill", "a", "--dry-run"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, "would             end it for good\n"));
    CHECK(contains(ran.out, "by                ann\n"));
    CHECK(world.store->high_water() == before);
  }

  TEST_CASE("a dry run is refused where the change itself would be") {
    OperatedWorld world;
    const auto models = world.list_models();
    const std::vector<std::vector<std::string>> refused{
        {"projection", "rollback", "totals"}, {"projection", "retire", "totals"},
        {"projection", "cancel", "totals"},   {"projection", "retry", "totals"},
        {"saga", "retry", "refill", "a"},     {"saga", "resume", "refill", "a"},
        {"saga", "pause", "refill", "b"},     {"parked", "drop", "projection/totals/2"}};
    for (auto arguments : refused) {
      CAPTURE(arguments);
      const auto before = world.store->high_water();
      arguments.emplace_back("--dry-run");
      const auto dry = world.change(arguments);
      CHECK(world.store->high_water() == before);
      arguments.pop_back();
      const auto real = world.change(arguments);
      CHECK(dry.code == 1);
      CHECK(real.code == 1);
      const auto code_in = [](const std::string& out) {
        const auto line = out.find("\ncode ");
        return line == std::string::npos
                   ? out
                   : out.substr(out.find_first_not_of(' ', line + 6),
                                out.find('\n', line + 1) - out.find_first_not_of(' ', line + 6));
      };
      CHECK(code_in(dry.out) == code_in(real.out));
    }
  }

  TEST_CASE("a dry run of what would be done is no refusal") {
    OperatedWorld world;
    const auto models = world.list_models();
    const std::vector<std::vector<std::string>> possible{
        {"projection", "rebuild", "totals"},       {"projection", "pause", "totals"},
        {"saga", "retry", "refill", "b"},          {"saga", "pause", "refill", "a"},
        {"parked", "drop", "projection/totals/1"}, {"parked", "retry", "projection/totals/2"}};
    for (auto arguments : possible) {
      CAPTURE(arguments);
      arguments.emplace_back("--dry-run");
      CHECK(world.change(arguments).code == 0);
    }
  }

  TEST_CASE("what is not there is not asked for") {
    OperatedWorld world;
    CHECK(contains(world.change({"projection", "pause", "total"}).err, "projection.unknown"));
    CHECK(contains(world.change({"saga", "pause", "refill", "z"}).err, "saga.no_such_instance"));
    CHECK(contains(world.change({"parked", "drop", "projection/totals/9"}).err, "parked.unknown"));
    CHECK(contains(world.change({"projection", "pause", "totals", "--wait", "soon"}).err,
                   "--wait: soon is no length of time"));
  }

  TEST_CASE("an operation that nobody takes in time is withdrawn and never done") {
    OperatedWorld world;
    world.wait = [&](Micros time) {
      world.clock.advance(time);
      return false;
    };
    const auto ran = world.change({"projection", "pause", "totals", "--wait", "2s"});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, "operation.no_answer"));
    CHECK(contains(ran.err, "within 2s"));
    world.settle();
    CHECK(contains(world.run({"operation", "list"}).out, "withdrawn"));
    CHECK_FALSE(contains(world.run({"projection", "list"}).out, "a test"));
  }

  TEST_CASE("asking to stop takes the request back too") {
    OperatedWorld world;
    world.wait = [](Micros) { return true; };
    CHECK(contains(world.change({"projection", "pause", "totals"}).err, "withdrawn"));
  }
}
