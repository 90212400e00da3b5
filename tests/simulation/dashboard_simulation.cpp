#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <tidemark/app/assembly.hpp>
#include <tidemark/base/failure.hpp>
#include <tidemark/base/random.hpp>
#include <tidemark/projection/rebuild.hpp>
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

/// Longer than a group takes to notice that a member died.
constexpr int idle_enough = 700;

const std::vector<std::string> topics = {"account", "campaign", "invoice", "billing_period",
                                         "traffic"};
const std::vector<std::string> models = {"campaign_minutes", "campaign_overview", "account_balance",
                                         "metered_usage"};

template <typename Message>
Message of_account(const std::string& account) {
  Message message;
  message.set_account_id(account);
  return message;
}

void open(Simulation& simulation, const std::string& account) {
  auto open_account = of_account<OpenAccount>(account);
  open_account.set_currency("EUR");
  simulation.send(open_account);
  auto open_campaign = of_account<OpenCampaign>(account);
  open_campaign.set_campaign_id("c-" + account);
  open_campaign.set_name("a campaign");
  open_campaign.set_currency("EUR");
  simulation.send(open_campaign);
}

void serve(Simulation& simulation, const std::string& account) {
  auto impression = of_account<ImpressionServed>(account);
  impression.set_campaign_id("c-" + account);
  impression.set_price_micros(1500);
  impression.set_currency("EUR");
  simulation.fact(tidemark::StreamId("traffic", impression.campaign_id()), impression);
}

/// A day of two accounts, closed, with its bills paid.
void play(Simulation& simulation) {
  const std::vector<std::string> accounts = {"a", "b"};
  for (const auto& account : accounts) open(simulation, account);
  for (int i = 0; i < 30; ++i) {
    for (const auto& account : accounts) serve(simulation, account);
    simulation.clock().advance(std::chrono::seconds(45));
  }
  simulation.settle();
  simulation.clock().advance(std::chrono::hours(24));
  for (const auto& account : accounts) {
    auto charge = of_account<ChargeAccount>(account);
    charge.set_period("2026-11-01");
    charge.set_charge_id("all");
    charge.set_amount_micros(30 * 1500);
    charge.set_currency("EUR");
    simulation.send(charge);
    auto close = of_account<ClosePeriod>(account);
    close.set_period("2026-11-01");
    simulation.send(close);
  }
  simulation.advance(std::chrono::hours(24 * 8));
  for (const auto& account : accounts) {
    PayInvoice pay;
    pay.set_invoice_id(account + ".2026-11-01");
    pay.set_amount_micros(30 * 1500);
    pay.set_payment_id("p-" + account);
    simulation.send(pay);
  }
  simulation.catch_up();
}

/// All rows of a read model, as text, in the order of their keys: what the handler put there.
/// Between topics there is no order, so when a window closed and whether it was revised may differ.
std::vector<std::string> rows_of(const std::filesystem::path& directory, const std::string& model) {
  auto file = tidemark::sqlite::Database::open(
      {.file = directory / (model + ".db"), .mode = tidemark::sqlite::OpenMode::read_only});
  auto columns = file.prepare("SELECT group_concat(name) FROM pragma_table_info('" + model +
                              "') WHERE name NOT LIKE '\\_%' ESCAPE '\\'");
  REQUIRE(columns.next());
  auto rows =
      file.prepare("SELECT " + std::string(columns.text(0)) + " FROM " + model + " ORDER BY 1, 2");
  std::vector<std::string> texts;
  while (rows.next()) {
    std::string text;
    for (int column = 0; column < rows.column_count(); ++column) {
      text += std::string(rows.text(column)) + '|';
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

/// The dashboard, with an empty log of its own, on the platform's broker.
class Dashboard {
 public:
  Dashboard(Simulation& platform, std::uint64_t seed)
      : platform_(platform),
        directory_(platform.directory() / ("dashboard-" + std::to_string(seed))),
        random_(seed) {
    std::filesystem::create_directories(directory_);
    start();
  }

  /// Until every worker is idle for a while; killed and started again at random on the way.
  void run(int restarts) {
    for (int idle = 0, steps = 0; idle < idle_enough; ++steps) {
      REQUIRE(steps < 100'000);
      const auto& workers = assembly_->workers();
      auto* worker = workers[random_.below(workers.size())];
      const auto step = worker->step();
      idle = step.did == tidemark::runtime::Step::Did::work ? 0 : idle + 1;
      platform_.clock().advance(std::chrono::milliseconds(20));
      if (restarts == 0 || random_.below(40) != 0) continue;
      --restarts;
      idle = 0;
      start();
      // The group notices that a member died by its silence.
      platform_.clock().advance(std::chrono::seconds(11));
    }
  }
  void rebuild(const std::string& model, bool accepts_cut) {
    REQUIRE(tidemark::projection::Rebuild({.folder = directory_}, platform_.clock())
                .start(model, "a test", accepts_cut)
                .has_value());
    run(0);
  }
  /// The code of what a worker says is wrong, some time after a restart.
  std::string problem_after_restart(const std::string& name) {
    start();
    for (int i = 0; i < 2000; ++i) {
      for (auto* worker : assembly_->workers()) {
        if (worker->name() != name) continue;
        try {
          worker->step();
        } catch (const tidemark::Failure& failure) {
          return failure.code();
        }
      }
      platform_.clock().advance(std::chrono::milliseconds(20));
    }
    return "none";
  }
  [[nodiscard]] std::vector<std::string> rows(const std::string& model) const {
    return rows_of(directory_, model);
  }
  [[nodiscard]] tidemark::projection::Generation newest(const std::string& model) const {
    return tidemark::projection::Models({.folder = directory_}).list(model).back();
  }

 private:
  void start() {
    assembly_.reset();
    store_.reset();
    store_ = tidemark::store::SqliteStore::open({.file = directory_ / "tidemark.db"},
                                                platform_.clock(), random_);
    tidemark::app::AssemblyOptions options;
    options.publish = false;
    options.topics.names = topics;
    assembly_.emplace(adtech::dashboard(),
                      tidemark::app::Ground{.store = *store_,
                                            .clock = platform_.clock(),
                                            .machine = platform_.clock(),
                                            .random = random_,
                                            .directory = directory_,
                                            .broker = &platform_.broker()},
                      options);
  }

  Simulation& platform_;
  const std::filesystem::path directory_;
  tidemark::SeededRandom random_;
  std::unique_ptr<tidemark::store::SqliteStore> store_;
  std::optional<tidemark::app::Assembly> assembly_;
};

}  // namespace

TEST_SUITE("simulation/dashboard") {
  TEST_CASE("read models from topics are row by row those from the log, whatever is killed when") {
    Simulation platform(adtech::wiring(), 1);
    play(platform);
    std::map<std::string, std::vector<std::string>> expected;
    for (const auto& model : models) {
      expected[model] = rows_of(platform.directory(), model);
      REQUIRE_FALSE(expected[model].empty());
    }
    REQUIRE(expected["account_balance"].front() == "a|EUR|0|45000|0|0|45000|45000|0|{}|");
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      Dashboard dashboard(platform, seed);
      dashboard.run(static_cast<int>(seed % 5));
      for (const auto& model : models) {
        CAPTURE(model);
        CHECK(dashboard.rows(model) == expected[model]);
      }
    }
  }

  TEST_CASE("dashboards beside each other are whole each") {
    Simulation platform(adtech::wiring(), 1);
    play(platform);
    Dashboard first(platform, 1);
    first.run(0);
    Dashboard second(platform, 2);
    second.run(0);
    serve(platform, "a");
    platform.catch_up();
    first.run(0);
    second.run(0);
    for (const auto& model : models) {
      CAPTURE(model);
      CHECK(first.rows(model) == rows_of(platform.directory(), model));
      CHECK(second.rows(model) == rows_of(platform.directory(), model));
    }
  }

  TEST_CASE("a rebuild from topics comes to the same rows, and becomes live") {
    Simulation platform(adtech::wiring(), 1);
    play(platform);
    Dashboard dashboard(platform, 1);
    dashboard.run(0);
    dashboard.rebuild("campaign_minutes", false);
    CHECK(dashboard.newest("campaign_minutes").number == 2);
    CHECK(dashboard.newest("campaign_minutes").state ==
          tidemark::projection::GenerationState::live);
    CHECK(dashboard.rows("campaign_minutes") == rows_of(platform.directory(), "campaign_minutes"));
  }

  TEST_CASE("a record that nobody can read is set aside, and its copy is a dead letter") {
    Simulation platform(adtech::wiring(), 1);
    play(platform);
    const auto producer = platform.broker().producer();
    REQUIRE(producer->send({.topic = "traffic", .key = "c-x", .value = "?", .partition = 2}, 1) ==
            tidemark::kafka::Progress::done);
    Dashboard dashboard(platform, 1);
    dashboard.run(0);
    CHECK(dashboard.rows("campaign_minutes") == rows_of(platform.directory(), "campaign_minutes"));
    const auto letters = platform.broker().committed({"traffic.dlq", 0});
    CHECK(letters.size() == models.size());  // each has set it aside
    for (const auto& letter : letters) {
      CHECK(letter.key == "c-x");
      CHECK(letter.value == "?");
      const std::map<std::string, std::string> headers(letter.headers.begin(),
                                                       letter.headers.end());
      CHECK(headers.at("ce_id").starts_with("traffic/2@"));
      CHECK(headers.at("tidemark-reason").starts_with("cloud_event.missing_header"));
    }
  }

  TEST_CASE("a topic that was given more partitions is refused, until a person accepts it") {
    Simulation platform(adtech::wiring(), 1);
    play(platform);
    Dashboard dashboard(platform, 1);
    dashboard.run(0);
    const auto file = dashboard.newest("campaign_minutes").file;
    const auto path = platform.directory() / "dashboard-1" / file;
    tidemark::sqlite::Database::open({.file = path})
        .execute("UPDATE feed_topics SET partitions = 5 WHERE topic = 'traffic'");
    CHECK(dashboard.problem_after_restart("projection campaign_minutes") ==
          "feed.partitions_changed");
  }

  TEST_CASE("a rebuild is refused when retention has cut what the live model holds") {
    Simulation platform(adtech::wiring(), 1);
    play(platform);
    Dashboard dashboard(platform, 1);
    dashboard.run(0);
    const auto before = dashboard.rows("campaign_minutes");
    for (std::int32_t partition = 0; partition < 6; ++partition) {
      if (platform.broker().committed({"traffic", partition}).size() > 5) {
        platform.broker().truncate_before({"traffic", partition}, 5);
      }
    }
    dashboard.rebuild("campaign_minutes", false);
    const auto refused = dashboard.newest("campaign_minutes");
    CHECK(refused.state == tidemark::projection::GenerationState::filling);
    CHECK(refused.problem.find("projection.retention_cut: traffic/") == 0);
    CHECK(dashboard.rows("campaign_minutes") == before);
    SUBCASE("unless a person says that less is wanted") {
      REQUIRE(tidemark::projection::Rebuild({.folder = platform.directory() / "dashboard-1"},
                                            platform.clock())
                  .cancel("campaign_minutes", "a test")
                  .has_value());
      dashboard.rebuild("campaign_minutes", true);
      CHECK(dashboard.newest("campaign_minutes").state ==
            tidemark::projection::GenerationState::live);
      CHECK(dashboard.rows("campaign_minutes") != before);
    }
  }
}
