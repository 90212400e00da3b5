#include <doctest/doctest.h>

#include <tidemark/admin/operation_client.hpp>
#include <tidemark/projection/models.hpp>
#include <tidemark/testing/simulation.hpp>

#include "domain/adtech/v1/account.pb.h"
#include "examples/adtech/wiring.hpp"

using tidemark::SeededRandom;
using tidemark::projection::GenerationState;
using tidemark::testing::Simulation;
namespace admin = tidemark::admin;

namespace {

constexpr std::uint64_t seeds = 30;
constexpr std::uint64_t restart_one_in = 300;  ///< about one while each operation is under way

/// Asks for a verb on the accounts' read model and steps the application until it is done.
admin::OperationRecord ask(Simulation& simulation, SeededRandom& random, const std::string& verb) {
  // The store is another one after each restart.
  const auto client = [&] {
    return admin::OperationClient(simulation.store(), simulation.clock(), random);
  };
  const auto id = client().request({.verb = verb,
                                    .arguments = {{"projection", "account_balance"}},
                                    .by = "ann",
                                    .reason = "a test"},
                                   std::chrono::hours(1));
  simulation.settle();
  if (verb != "projection pause") simulation.catch_up();  // what is paused does not
  return client().look(id);
}

void open_account(Simulation& simulation, int n) {
  adtech::v1::OpenAccount command;
  command.set_account_id("a" + std::to_string(n));
  command.set_currency("EUR");
  simulation.send(command);
}

}  // namespace

TEST_SUITE("simulation/operations") {
  TEST_CASE("each operation is executed once, wherever the application is killed") {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      CAPTURE(seed);
      Simulation simulation(adtech::wiring(), seed, {.restart_one_in = restart_one_in});
      SeededRandom random(seed);
      for (int n = 0; n < 5; ++n) open_account(simulation, n);
      simulation.catch_up();
      for (const char* each : {"projection rebuild", "projection rollback", "projection retire",
                               "projection rebuild", "projection pause", "projection resume"}) {
        const std::string verb = each;
        CAPTURE(verb);
        const auto record = ask(simulation, random, verb);
        CHECK(record.state == admin::OperationState::finished);
        CHECK_MESSAGE(record.outcome.ok, record.outcome.message);
        CHECK(record.version.value() == 3);  // requested, started, finished
      }
      // Two were built beside the first one; a third would be a request that was executed twice.
      const tidemark::projection::Models models({.folder = simulation.directory()});
      CHECK(models.list("account_balance").size() == 3);
      CHECK(models.live("account_balance")->number == 3);
      CHECK(simulation.restarts() > 0);
    }
  }
}
