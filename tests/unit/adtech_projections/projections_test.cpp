#include <doctest/doctest.h>
#include <tidemark/testing/projection_given.hpp>

#include "projections/account_balance.hpp"
#include "projections/campaign_minutes.hpp"
#include "projections/campaign_overview.hpp"
#include "projections/metered_usage.hpp"

using namespace adtech;
using tidemark::testing::closed;
using tidemark::testing::event;
using tidemark::testing::given_events;

namespace {

/// 2026-11-01 at that time of the day.
tidemark::UtcTime at(int hours, int minutes = 0, int seconds = 0) {
  return *tidemark::parse_utc_time("2026-11-01T00:00:00Z") + std::chrono::hours(hours) +
         std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
}

template <typename Fact>
Fact fact(const std::string& campaign, std::int64_t price, const std::string& account = "a1") {
  Fact event;
  event.set_campaign_id(campaign);
  event.set_account_id(account);
  event.set_price_micros(price);
  event.set_currency("EUR");
  return event;
}
v1::ImpressionServed served(const std::string& campaign, std::int64_t price) {
  return fact<v1::ImpressionServed>(campaign, price);
}
v1::ClickTracked clicked(const std::string& campaign, std::int64_t price) {
  return fact<v1::ClickTracked>(campaign, price);
}

v1::CampaignMinute minute(const std::string& campaign, tidemark::UtcTime start,
                          std::int64_t impressions, std::int64_t clicks, std::int64_t spend) {
  v1::CampaignMinute row;
  row.set_campaign_id(campaign);
  row.set_minute_micros(start.micros());
  row.set_impressions(impressions);
  row.set_clicks(clicks);
  row.set_spend_micros(spend);
  return row;
}

v1::MeteredUsage usage(std::int64_t impressions, std::int64_t clicks, std::int64_t spend,
                       const std::string& period = "2026-11-01") {
  v1::MeteredUsage row;
  row.set_account_id("a1");
  row.set_period(period);
  if (impressions + clicks > 0) row.set_currency("EUR");
  row.set_impressions(impressions);
  row.set_clicks(clicks);
  row.set_spend_micros(spend);
  return row;
}

v1::PeriodClosed period_closed() {
  v1::PeriodClosed event;
  event.set_account_id("a1");
  event.set_period("2026-11-01");
  return event;
}

template <typename Event>
Event about_campaign() {
  Event event;
  event.set_campaign_id("c1");
  return event;
}

v1::CampaignFunded funded(std::int64_t budget) {
  auto event = about_campaign<v1::CampaignFunded>();
  event.set_budget_micros(budget);
  return event;
}
v1::SpendRecorded spent(std::int64_t spend) {
  auto event = about_campaign<v1::SpendRecorded>();
  event.set_spend_micros(spend);
  return event;
}
v1::CampaignOverview overview(v1::CampaignStatus status, std::int64_t budget, std::int64_t spend) {
  v1::CampaignOverview row;
  row.set_campaign_id("c1");
  row.set_status(status);
  row.set_budget_micros(budget);
  row.set_spent_micros(spend);
  return row;
}

template <typename Event>
Event about_invoice(std::int64_t amount = 0) {
  Event event;
  event.set_account_id("a1");
  event.set_invoice_id("a1.2026-11-01");
  if constexpr (requires { event.set_amount_micros(amount); }) event.set_amount_micros(amount);
  return event;
}

}  // namespace

TEST_SUITE("projections/campaign_minutes") {
  TEST_CASE("what was served and clicked is counted in its minute") {
    given_events<CampaignMinutes>(
        event(served("c1", 5), at(12, 0, 1)), event(served("c1", 7), at(12, 0, 59)),
        event(clicked("c1", 100), at(12, 1)), event(served("c2", 1), at(12, 0, 30)))
        .then_rows(minute("c1", at(12), 2, 0, 12), minute("c1", at(12, 1), 0, 1, 100),
                   minute("c2", at(12), 1, 0, 1))
        .then_none_closed();
  }

  TEST_CASE("a minute closes two minutes after its end, and again after a late event") {
    given_events<CampaignMinutes>(
        event(served("c1", 5), at(12, 0, 1)), event(served("c2", 1), at(12, 3)),
        event(served("c1", 2), at(12, 0, 2)), event(served("c2", 1), at(12, 5)))
        .then_closed(closed(minute("c1", at(12), 1, 0, 5)),
                     closed(minute("c1", at(12), 2, 0, 7), 2));
  }

  TEST_CASE("the last minutes close when a period does, also when no traffic follows") {
    given_events<CampaignMinutes>(event(served("c1", 5), at(23, 59)),
                                  event(period_closed(), at(24, 20)))
        .then_closed(closed(minute("c1", at(23, 59), 1, 0, 5)));
  }
}

TEST_SUITE("projections/metered_usage") {
  TEST_CASE("a day's usage closes when its period is closed, and later usage makes a revision") {
    given_events<MeteredUsage>(event(served("c1", 5), at(1)), event(clicked("c2", 7), at(23, 59)),
                               event(served("c1", 1), at(24, 0)), event(period_closed(), at(24, 1)),
                               event(served("c1", 3), at(23)), event(served("c1", 1), at(24, 11)))
        .then_rows(usage(2, 1, 15), usage(2, 0, 2, "2026-11-02"))
        .then_closed(closed(usage(1, 1, 12)), closed(usage(2, 1, 15), 2));
  }

  TEST_CASE("a period that nobody used closes with nothing") {
    given_events<MeteredUsage>(event(period_closed(), at(24, 1)))
        .then_rows(usage(0, 0, 0))
        .then_closed(closed(usage(0, 0, 0)));
  }

  TEST_CASE("a day closes by itself ten minutes after its end") {
    given_events<MeteredUsage>(event(served("c1", 5), at(1)), event(served("c1", 5), at(24, 10)))
        .then_closed(closed(usage(1, 0, 5)));
  }
}

TEST_SUITE("projections/campaign_overview") {
  TEST_CASE("a campaign is exhausted until its budget is above the spend again") {
    const auto opened = about_campaign<v1::CampaignOpened>();
    const auto exhausted = about_campaign<v1::BudgetExhausted>();
    given_events<CampaignOverview>(event(opened, at(1)), event(funded(100), at(1)),
                                   event(spent(100), at(2)), event(exhausted, at(2)))
        .then_rows(overview(v1::CAMPAIGN_STATUS_EXHAUSTED, 100, 100));
    given_events<CampaignOverview>(event(opened, at(1)), event(funded(100), at(1)),
                                   event(spent(100), at(2)), event(exhausted, at(2)),
                                   event(funded(150), at(3)))
        .then_rows(overview(v1::CAMPAIGN_STATUS_OPEN, 150, 100));
  }

  TEST_CASE("a paused campaign stays paused when its budget is reached, until it is resumed") {
    const auto paused = about_campaign<v1::CampaignPaused>();
    const auto resumed = about_campaign<v1::CampaignResumed>();
    const auto exhausted = about_campaign<v1::BudgetExhausted>();
    given_events<CampaignOverview>(event(funded(10), at(1)), event(paused, at(1)),
                                   event(spent(10), at(2)), event(exhausted, at(2)))
        .then_rows(overview(v1::CAMPAIGN_STATUS_PAUSED, 10, 10));
    given_events<CampaignOverview>(event(funded(10), at(1)), event(paused, at(1)),
                                   event(spent(10), at(2)), event(exhausted, at(2)),
                                   event(resumed, at(3)))
        .then_rows(overview(v1::CAMPAIGN_STATUS_EXHAUSTED, 10, 10));
  }

  TEST_CASE("facts of a campaign that nobody opened are counted") {
    v1::CampaignOverview row;
    row.set_campaign_id("c9");
    row.set_impressions(2);
    row.set_clicks(1);
    given_events<CampaignOverview>(event(served("c9", 1), at(1)), event(served("c9", 1), at(1)),
                                   event(clicked("c9", 1), at(1)))
        .then_rows(row);
  }
}

TEST_SUITE("projections/account_balance") {
  TEST_CASE("money is added up by kind") {
    v1::AccountCharged charged;
    charged.set_account_id("a1");
    charged.set_amount_micros(70);
    v1::AccountAdjusted adjusted;
    adjusted.set_account_id("a1");
    adjusted.set_amount_micros(-20);
    v1::AccountCredited credited;
    credited.set_account_id("a1");
    credited.set_amount_micros(5);
    v1::AccountBalance row;
    row.set_account_id("a1");
    row.set_charged_micros(140);
    row.set_adjusted_micros(-20);
    row.set_credited_micros(5);
    given_events<AccountBalance>(event(charged, at(1)), event(charged, at(1)),
                                 event(adjusted, at(2)), event(credited, at(3)))
        .then_rows(row);
  }

  TEST_CASE("an invoice is open and disputed by its own events alone, until it is paid") {
    const auto issued = about_invoice<v1::InvoiceIssued>(50);
    const auto disputed = about_invoice<v1::InvoiceDisputed>();
    v1::AccountBalance row;
    row.set_account_id("a1");
    row.set_invoiced_micros(50);
    row.set_disputed_micros(50);
    auto& open = (*row.mutable_open_invoices())["a1.2026-11-01"];
    open.set_amount_micros(50);
    open.set_disputed(true);
    given_events<AccountBalance>(event(issued, at(1)), event(disputed, at(2)),
                                 event(disputed, at(3)))
        .then_rows(row);
    row.clear_open_invoices();
    row.clear_disputed_micros();
    row.set_paid_micros(50);
    given_events<AccountBalance>(event(issued, at(1)), event(disputed, at(2)),
                                 event(about_invoice<v1::InvoicePaid>(50), at(3)))
        .then_rows(row);
  }
}
