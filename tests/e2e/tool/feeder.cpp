#include <iostream>
#include <limits>

#include "domain/adtech/v1/account.pb.h"
#include "domain/adtech/v1/campaign.pb.h"
#include "domain/adtech/v1/period.pb.h"
#include "domain/adtech/v1/traffic.pb.h"
#include "examples/adtech/wiring.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/store/sqlite_store.hpp"

// Puts a small history into the log of an ad platform, also while that runs: two accounts and a
// campaign, traffic of which one campaign's cannot be added up, and two closed periods, one of an
// account that does not exist.
//
//     tool_feeder <file of the log>
namespace {

using namespace tidemark;
using namespace adtech;

class Feeder {
 public:
  explicit Feeder(const std::string& file)
      : store_(store::SqliteStore::open({.file = file}, clock_, random_)),
        dispatcher_(*store_, catalogue(), models(), clock_, random_) {}

  void command(const google::protobuf::Message& message, const std::string& talk) {
    const auto outcome = dispatcher_.execute(message, {.correlation_id = talk});
    static_cast<void>(outcome);
  }

  void impression(const std::string& campaign, std::int64_t price_micros) {
    v1::ImpressionServed event;
    event.set_campaign_id(campaign);
    event.set_account_id("a1");
    event.set_price_micros(price_micros);
    event.set_currency("EUR");
    const auto id = Uuid::version7(clock_.now(), random_);
    store::Append append{.id = AppendId(id)};
    NewEvent fact{.event_id = EventId(id),
                  .type = event.GetDescriptor()->full_name(),
                  .schema = store_->register_type(event.GetDescriptor()->full_name(),
                                                  fingerprint(*event.GetDescriptor())),
                  .data = serialize(event),
                  .event_time = clock_.now(),
                  .ingested_at = clock_.now(),
                  .correlation_id = "traffic"};
    append.streams.push_back(
        {.stream = StreamId("impression", campaign), .events = {std::move(fact)}});
    if (!store_->append(std::move(append))) throw std::runtime_error("an impression was refused");
  }

 private:
  const Catalogue& catalogue() {
    for (const auto& aggregate : wiring_.parts().aggregates) {
      for (const auto* type : aggregate->events()) catalogue_.add(*type);
    }
    return catalogue_;
  }
  std::vector<const command::AggregateModel*> models() {
    std::vector<const command::AggregateModel*> models;
    for (const auto& aggregate : wiring_.parts().aggregates) models.push_back(aggregate.get());
    return models;
  }

  const SystemClock clock_;
  SystemRandom random_;
  const Wiring wiring_ = adtech::wiring();
  Catalogue catalogue_;
  std::unique_ptr<store::SqliteStore> store_;
  command::Dispatcher dispatcher_;
};

void open(Feeder& feeder) {
  v1::OpenAccount account;
  account.set_account_id("a1");
  account.set_currency("EUR");
  feeder.command(account, "talk-1");
  v1::OpenCampaign campaign;
  campaign.set_campaign_id("c1");
  campaign.set_account_id("a1");
  campaign.set_name("spring");
  campaign.set_currency("EUR");
  feeder.command(campaign, "talk-1");
  v1::FundCampaign fund;
  fund.set_campaign_id("c1");
  fund.set_amount_micros(5'000'000);
  feeder.command(fund, "talk-1");
}

void close_period(Feeder& feeder, const std::string& account, const std::string& talk) {
  v1::RecordUsage usage;
  usage.set_account_id(account);
  usage.set_period("2026-11-01");
  usage.set_revision(1);
  usage.set_metered_micros(700);
  usage.set_currency("EUR");
  feeder.command(usage, talk);
  v1::ClosePeriod close;
  close.set_account_id(account);
  close.set_period("2026-11-01");
  feeder.command(close, talk);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    Feeder feeder(argv[1]);
    open(feeder);
    for (int i = 0; i < 5; ++i) feeder.impression("c1", 100);
    for (int i = 0; i < 3; ++i) feeder.impression("c9", std::numeric_limits<std::int64_t>::max());
    close_period(feeder, "a1", "talk-2");
    close_period(feeder, "ghost", "talk-3");
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
