#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <tidemark/saga/saga_index.hpp>
#include <tidemark/sqlite/database.hpp>
#include <tidemark/testing/simulation.hpp>

#include "domain/adtech/v1/account.pb.h"
#include "domain/adtech/v1/campaign.pb.h"
#include "domain/adtech/v1/invoice.pb.h"
#include "domain/adtech/v1/period.pb.h"
#include "domain/adtech/v1/traffic.pb.h"
#include "examples/adtech/wiring.hpp"

using namespace adtech::v1;
using tidemark::testing::Simulation;

namespace {

constexpr std::int64_t price_micros = 1500;
constexpr int accounts = 3;
constexpr int impressions_of_account = 20;
const std::string period = "2026-11-01";

std::string account(int n) { return "a" + std::to_string(n); }

template <typename Message>
Message of(int n) {
  Message message;
  message.set_account_id(account(n));
  if constexpr (requires { message.set_period(period); }) message.set_period(period);
  return message;
}

void open(Simulation& simulation, int n) {
  auto open_account = of<OpenAccount>(n);
  open_account.set_currency("EUR");
  open_account.set_tolerance_micros(10);
  simulation.send(open_account);
  auto open_campaign = of<OpenCampaign>(n);
  open_campaign.set_campaign_id("c" + std::to_string(n));
  open_campaign.set_name("a campaign");
  open_campaign.set_currency("EUR");
  simulation.send(open_campaign);
  FundCampaign fund;
  fund.set_campaign_id("c" + std::to_string(n));
  fund.set_amount_micros(20'000);
  simulation.send(fund);
}

void serve(Simulation& simulation, int n) {
  auto impression = of<ImpressionServed>(n);
  impression.set_campaign_id("c" + std::to_string(n));
  impression.set_price_micros(price_micros);
  impression.set_currency("EUR");
  simulation.fact(tidemark::StreamId("traffic", impression.campaign_id()), impression);
}

/// What the ad server's ledger books: the last account's is wrong by 5000.
void charge(Simulation& simulation, int n) {
  auto command = of<ChargeAccount>(n);
  command.set_charge_id("h1");
  command.set_currency("EUR");
  command.set_amount_micros(impressions_of_account * price_micros - (n == accounts - 1 ? 5000 : 0));
  simulation.send(command);
}

/// One day of the ad platform and the forty that follow: the first account pays, the second never
/// does, the last one's ledger is wrong and mended.
void play(Simulation& simulation) {
  for (int n = 0; n < accounts; ++n) open(simulation, n);
  for (int i = 0; i < impressions_of_account; ++i) {
    for (int n = 0; n < accounts; ++n) serve(simulation, n);
    simulation.clock().advance(std::chrono::seconds(45));
    if (i % 4 == 0) simulation.settle();
  }
  for (int n = 0; n < accounts; ++n) charge(simulation, n);
  simulation.settle();
  simulation.clock().advance(std::chrono::hours(24));
  for (int n = 0; n < accounts; ++n) simulation.send(of<ClosePeriod>(n));
  simulation.advance(std::chrono::hours(20));
  auto approve = of<ApproveAdjustment>(accounts - 1);
  approve.set_approved_by("someone");
  simulation.send(approve);
  simulation.advance(std::chrono::hours(48));
  for (const int n : {0, accounts - 1}) {
    PayInvoice pay;
    pay.set_invoice_id(account(n) + "." + period);
    pay.set_amount_micros(impressions_of_account * price_micros);
    pay.set_payment_id("p" + std::to_string(n));
    const auto outcome = simulation.send(pay);
    REQUIRE(outcome.kind == tidemark::command::Outcome::Kind::accepted);
  }
  simulation.advance(std::chrono::hours(24 * 40));
  simulation.catch_up();
}

std::string value(tidemark::sqlite::Database& file, const std::string& sql) {
  auto row = file.prepare(sql);
  REQUIRE(row.next());
  return std::string(row.text(0));
}

/// All that a run came to, without the ids and times that it made itself.
std::map<std::string, std::string> outcome_of(Simulation& simulation) {
  const auto open = [&](const char* name) {
    return tidemark::sqlite::Database::open(
        {.file = simulation.directory() / name, .mode = tidemark::sqlite::OpenMode::read_only});
  };
  std::map<std::string, std::string> found;
  auto sagas = open("sagas.v1.db");
  for (const auto& row : tidemark::saga::SagaIndex(sagas).list({})) {
    found["saga " + row.instance] = row.state + " " + row.status;
  }
  auto minutes = open("campaign_minutes.v1.g1.db");
  found["spend"] = value(minutes, "SELECT sum(spend_micros) FROM campaign_minutes");
  found["rows"] = value(minutes, "SELECT count(*) FROM campaign_minutes");
  auto overview = open("campaign_overview.v1.g1.db");
  found["status"] = value(overview,
                          "SELECT group_concat(campaign_id || status || spent_micros) "
                          "FROM (SELECT * FROM campaign_overview ORDER BY campaign_id)");
  auto balance = open("account_balance.v2.g1.db");
  found["balance"] =
      value(balance,
            "SELECT group_concat(account_id || ':' || charged_micros || ',' || adjusted_micros "
            "|| ',' || invoiced_micros || ',' || paid_micros || ',' || disputed_micros, ' ') "
            "FROM (SELECT * FROM account_balance ORDER BY account_id)");
  std::map<std::string, int> types;
  simulation.store().read({.limit = 100'000}, [&](const tidemark::EventView& event) {
    if (event.metadata.category().starts_with("saga.")) return true;
    ++types[std::string(event.type)];
    return true;
  });
  for (const auto& [type, count] : types) found["events " + type] = std::to_string(count);
  return found;
}

/// Everything published is in the log, in the order of its stream, and nothing is missing or twice.
void check_topics(Simulation& simulation) {
  std::map<std::string, std::vector<std::string>> log, topics;
  simulation.store().read({.limit = 100'000}, [&](const tidemark::EventView& event) {
    const auto category = std::string(event.metadata.category());
    if (category.starts_with("saga.")) return true;
    log[std::string(event.metadata.stream)].push_back(to_string(event.metadata.event_id));
    return true;
  });
  for (const char* category : {"account", "campaign", "invoice", "billing_period", "traffic"}) {
    for (std::int32_t partition = 0; partition < 6; ++partition) {
      for (const auto& record : simulation.broker().committed({category, partition})) {
        std::string id, subject;
        for (const auto& [name, text] : record.headers) {
          if (name == "ce_id") id = text;
          if (name == "ce_subject") subject = text;
        }
        topics[subject].push_back(id);
      }
    }
  }
  CHECK(log == topics);
}

std::uint64_t seeds() {
  const char* asked = std::getenv("DEV_SEEDS");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 100;
}

}  // namespace

TEST_SUITE("simulation/adtech") {
  TEST_CASE("whatever is killed when, the bills, rows, sagas and topics are those of a quiet run") {
    Simulation quiet(adtech::wiring(), 1);
    play(quiet);
    const auto expected = outcome_of(quiet);
    check_topics(quiet);
    CHECK(expected.at("saga a0." + period) == "settled finished");
    CHECK(expected.at("saga a1." + period) == "disputed running");
    CHECK(expected.at("saga a2." + period) == "settled finished");
    CHECK(expected.at("spend") == std::to_string(accounts * impressions_of_account * price_micros));
    std::uint64_t restarts = 0;
    for (std::uint64_t seed = 2; seed < 2 + seeds(); ++seed) {
      CAPTURE(seed);
      Simulation simulation(adtech::wiring(), seed, {.restart_one_in = 300 + seed % 4000});
      play(simulation);
      const auto found = outcome_of(simulation);
      for (const auto& [name, text] : expected) {
        CAPTURE(name);
        CHECK((found.contains(name) ? found.at(name) : "nothing") == text);
      }
      check_topics(simulation);
      restarts += simulation.restarts();
    }
    MESSAGE("restarts: ", restarts);
    CHECK(restarts > seeds());
  }
}
