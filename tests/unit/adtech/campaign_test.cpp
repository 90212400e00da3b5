#include "domain/adtech/campaign.hpp"

#include <doctest/doctest.h>

#include <tidemark/testing/given.hpp>

#include <cstdint>
#include <limits>

using namespace adtech;
using tidemark::testing::given;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t minute = 60'000'000;

OpenCampaign open_campaign() {
  OpenCampaign command;
  command.set_campaign_id("c1");
  command.set_account_id("a1");
  command.set_name("Spring");
  command.set_currency("EUR");
  return command;
}

CampaignOpened opened() {
  CampaignOpened event;
  event.set_campaign_id("c1");
  event.set_account_id("a1");
  event.set_name("Spring");
  event.set_currency("EUR");
  return event;
}

FundCampaign fund(std::int64_t amount_micros) {
  FundCampaign command;
  command.set_campaign_id("c1");
  command.set_amount_micros(amount_micros);
  return command;
}

CampaignFunded funded(std::int64_t amount_micros, std::int64_t budget_micros) {
  CampaignFunded event;
  event.set_campaign_id("c1");
  event.set_amount_micros(amount_micros);
  event.set_budget_micros(budget_micros);
  return event;
}

ChangeBudget change_budget(std::int64_t budget_micros) {
  ChangeBudget command;
  command.set_campaign_id("c1");
  command.set_budget_micros(budget_micros);
  return command;
}

BudgetChanged budget_changed(std::int64_t from_micros, std::int64_t to_micros) {
  BudgetChanged event;
  event.set_campaign_id("c1");
  event.set_from_micros(from_micros);
  event.set_to_micros(to_micros);
  return event;
}

PauseCampaign pause_campaign() {
  PauseCampaign command;
  command.set_campaign_id("c1");
  command.set_reason("holidays");
  return command;
}

CampaignPaused paused() {
  CampaignPaused event;
  event.set_campaign_id("c1");
  event.set_reason("holidays");
  return event;
}

ResumeCampaign resume_campaign() {
  ResumeCampaign command;
  command.set_campaign_id("c1");
  return command;
}

CampaignResumed resumed() {
  CampaignResumed event;
  event.set_campaign_id("c1");
  return event;
}

RecordSpend spend(std::int64_t spend_micros, std::uint32_t revision = 1) {
  RecordSpend command;
  command.set_campaign_id("c1");
  command.set_minute_micros(7 * minute);
  command.set_revision(revision);
  command.set_spend_micros(spend_micros);
  return command;
}

SpendRecorded spent(std::int64_t spend_micros, std::uint32_t revision = 1) {
  SpendRecorded event;
  event.set_campaign_id("c1");
  event.set_minute_micros(7 * minute);
  event.set_revision(revision);
  event.set_spend_micros(spend_micros);
  return event;
}

BudgetExhausted exhausted(std::int64_t budget_micros, std::int64_t spent_micros) {
  BudgetExhausted event;
  event.set_campaign_id("c1");
  event.set_budget_micros(budget_micros);
  event.set_spent_micros(spent_micros);
  return event;
}

}  // namespace

TEST_SUITE("adtech/campaign opening") {
  TEST_CASE("a campaign is opened with its account, name and currency") {
    given<Campaign>().when(open_campaign()).then(opened());
  }

  TEST_CASE("opening a campaign again with the same facts changes nothing") {
    given<Campaign>(opened()).when(open_campaign()).then_nothing();
    given<Campaign>(opened(), paused()).when(open_campaign()).then_nothing();
  }

  TEST_CASE("opening a campaign again with other facts is refused") {
    auto other_account = open_campaign();
    other_account.set_account_id("a2");
    auto other_name = open_campaign();
    other_name.set_name("Summer");
    auto other_currency = open_campaign();
    other_currency.set_currency("USD");
    for (const auto& command : {other_account, other_name, other_currency}) {
      given<Campaign>(opened()).when(command).then_rejected("campaign.exists");
    }
  }

  TEST_CASE("a campaign needs an id, an account and a currency, a name it may do without") {
    auto no_id = open_campaign();
    no_id.clear_campaign_id();
    given<Campaign>().when(no_id).then_rejected("campaign.bad_id");
    auto no_account = open_campaign();
    no_account.clear_account_id();
    given<Campaign>().when(no_account).then_rejected("campaign.bad_account_id");
    for (const char* currency : {"", "eur", "EU", "EURO", "E1R"}) {
      auto bad_currency = open_campaign();
      bad_currency.set_currency(currency);
      given<Campaign>().when(bad_currency).then_rejected("campaign.bad_currency");
    }
    auto no_name = open_campaign();
    no_name.clear_name();
    auto nameless = opened();
    nameless.clear_name();
    given<Campaign>().when(no_name).then(nameless);
  }

  TEST_CASE("nothing but opening is possible before a campaign is opened") {
    given<Campaign>().when(fund(1)).then_rejected("campaign.unknown");
    given<Campaign>().when(change_budget(1)).then_rejected("campaign.unknown");
    given<Campaign>().when(pause_campaign()).then_rejected("campaign.unknown");
    given<Campaign>().when(resume_campaign()).then_rejected("campaign.unknown");
    given<Campaign>().when(spend(1)).then_rejected("campaign.unknown");
  }
}

TEST_SUITE("adtech/campaign budget") {
  TEST_CASE("funding adds to the budget") {
    given<Campaign>(opened()).when(fund(100)).then(funded(100, 100));
    given<Campaign>(opened(), funded(100, 100)).when(fund(50)).then(funded(50, 150));
    given<Campaign>(opened()).when(fund(100)).when(fund(100)).then(funded(100, 200));
  }

  TEST_CASE("funding with nothing or less is refused") {
    given<Campaign>(opened()).when(fund(0)).then_rejected("campaign.bad_amount");
    given<Campaign>(opened()).when(fund(-1)).then_rejected("campaign.bad_amount");
  }

  TEST_CASE("a budget that no number can hold is refused") {
    given<Campaign>(opened(), funded(most, most)).when(fund(1)).then_rejected("money.overflow");
  }

  TEST_CASE("changing the budget says from what to what") {
    given<Campaign>(opened(), funded(100, 100))
        .when(change_budget(70))
        .then(budget_changed(100, 70));
  }

  TEST_CASE("changing the budget to what it is changes nothing") {
    given<Campaign>(opened(), funded(100, 100)).when(change_budget(100)).then_nothing();
  }

  TEST_CASE("a negative budget is refused") {
    given<Campaign>(opened()).when(change_budget(-1)).then_rejected("campaign.bad_amount");
  }

  TEST_CASE("a budget that the spend has reached already exhausts the campaign") {
    given<Campaign>(opened(), funded(100, 100), spent(60))
        .when(change_budget(60))
        .then(budget_changed(100, 60), exhausted(60, 60));
    given<Campaign>(opened(), funded(100, 100))
        .when(change_budget(0))
        .then(budget_changed(100, 0), exhausted(0, 0));
  }

  TEST_CASE(
      "a budget changed below the spend of an exhausted campaign exhausts it no second time") {
    given<Campaign>(opened(), funded(100, 100), spent(120), exhausted(100, 120))
        .when(change_budget(110))
        .then(budget_changed(100, 110));
  }
}

TEST_SUITE("adtech/campaign pausing") {
  TEST_CASE("a campaign is paused with a reason and resumed") {
    given<Campaign>(opened()).when(pause_campaign()).then(paused());
    given<Campaign>(opened(), paused()).when(resume_campaign()).then(resumed());
    given<Campaign>(opened(), paused(), resumed()).when(pause_campaign()).then(paused());
  }

  TEST_CASE("pausing twice and resuming what is not paused change nothing") {
    given<Campaign>(opened(), paused()).when(pause_campaign()).then_nothing();
    given<Campaign>(opened()).when(resume_campaign()).then_nothing();
    given<Campaign>(opened(), paused(), resumed()).when(resume_campaign()).then_nothing();
  }
}

TEST_SUITE("adtech/campaign spend") {
  TEST_CASE("spend below the budget is recorded") {
    given<Campaign>(opened(), funded(100, 100)).when(spend(99)).then(spent(99));
  }

  TEST_CASE("the spend that reaches the budget exhausts the campaign") {
    given<Campaign>(opened(), funded(100, 100))
        .when(spend(100))
        .then(spent(100), exhausted(100, 100));
    given<Campaign>(opened(), funded(100, 100), spent(60))
        .when(spend(50))
        .then(spent(50), exhausted(100, 110));
  }

  TEST_CASE("a campaign is exhausted once until its budget is raised above the spend") {
    const auto story = [] {
      return given<Campaign>(opened(), funded(100, 100), spent(110), exhausted(100, 110));
    };
    story().when(spend(5)).then(spent(5));
    story().when(fund(10)).when(spend(5)).then(spent(5));
    story().when(fund(11)).when(spend(1)).then(spent(1), exhausted(111, 111));
    story().when(change_budget(200)).when(spend(90)).then(spent(90), exhausted(200, 200));
  }

  TEST_CASE("spend of a paused campaign is recorded: the impressions were served") {
    given<Campaign>(opened(), funded(100, 100), paused()).when(spend(10)).then(spent(10));
  }

  TEST_CASE("spend without a budget is recorded and exhausts the campaign") {
    given<Campaign>(opened()).when(spend(1)).then(spent(1), exhausted(0, 1));
  }

  TEST_CASE("a later revision of a minute adds to the spend, be it nothing") {
    given<Campaign>(opened(), funded(100, 100), spent(60))
        .when(spend(0, 2))
        .then(spent(0, 2))
        .when(spend(40, 3))
        .then(spent(40, 3), exhausted(100, 100));
  }

  TEST_CASE("spend that is negative, of no minute or of no revision is refused") {
    given<Campaign>(opened()).when(spend(-1)).then_rejected("campaign.bad_amount");
    given<Campaign>(opened()).when(spend(1, 0)).then_rejected("campaign.bad_revision");
    for (const std::int64_t minute_micros : {-minute, minute + 1}) {
      auto command = spend(1);
      command.set_minute_micros(minute_micros);
      given<Campaign>(opened()).when(command).then_rejected("campaign.bad_minute");
    }
  }

  TEST_CASE("spend that no number can hold is refused") {
    given<Campaign>(opened(), spent(most)).when(spend(1)).then_rejected("money.overflow");
  }
}
