#include "domain/adtech/billing_period.hpp"

#include <doctest/doctest.h>

#include <tidemark/testing/given.hpp>

#include <cstdint>

using namespace adtech;
using tidemark::testing::given;

namespace {

/// A command or event of account a1 and the day.
template <typename Message>
Message of_day() {
  Message message;
  message.set_account_id("a1");
  message.set_period("2026-11-01");
  return message;
}

template <typename Message>
Message usage(std::uint32_t revision, std::int64_t metered_micros) {
  auto message = of_day<Message>();
  message.set_revision(revision);
  message.set_metered_micros(metered_micros);
  message.set_impressions(3);
  message.set_clicks(1);
  message.set_currency("EUR");
  return message;
}

RecordUsage record(std::uint32_t revision, std::int64_t metered_micros) {
  return usage<RecordUsage>(revision, metered_micros);
}

UsageRecorded recorded(std::uint32_t revision, std::int64_t metered_micros) {
  return usage<UsageRecorded>(revision, metered_micros);
}

ClosePeriod close_period() { return of_day<ClosePeriod>(); }

PeriodClosed closed() { return of_day<PeriodClosed>(); }

}  // namespace

TEST_SUITE("adtech/billing_period") {
  TEST_CASE("a period's stream is named by account and day") {
    CHECK(tidemark::stream_of<BillingPeriod>(close_period()).name() ==
          "billing_period-a1.2026-11-01");
  }

  TEST_CASE("usage is recorded revision by revision") {
    given<BillingPeriod>().when(record(1, 50)).then(recorded(1, 50));
    given<BillingPeriod>(recorded(1, 50)).when(record(2, 70)).then(recorded(2, 70));
    given<BillingPeriod>(recorded(1, 50)).when(record(2, 0)).then(recorded(2, 0));
  }

  TEST_CASE("a revision that is known changes nothing, whatever it says") {
    given<BillingPeriod>(recorded(1, 50)).when(record(1, 50)).then_nothing();
    given<BillingPeriod>(recorded(1, 50)).when(record(1, 60)).then_nothing();
    given<BillingPeriod>(recorded(1, 50), recorded(2, 70)).when(record(1, 50)).then_nothing();
  }

  TEST_CASE("a revision that does not follow the last one is refused") {
    given<BillingPeriod>().when(record(2, 50)).then_rejected("period.revision_gap");
    given<BillingPeriod>(recorded(1, 50)).when(record(3, 50)).then_rejected("period.revision_gap");
  }

  TEST_CASE("a period is closed once, with usage or without") {
    given<BillingPeriod>().when(close_period()).then(closed());
    given<BillingPeriod>(recorded(1, 50)).when(close_period()).then(closed());
    given<BillingPeriod>(closed()).when(close_period()).then_nothing();
  }

  TEST_CASE("usage that comes after the close is recorded") {
    given<BillingPeriod>(closed()).when(record(1, 50)).then(recorded(1, 50));
    given<BillingPeriod>(recorded(1, 50), closed()).when(record(2, 51)).then(recorded(2, 51));
  }

  TEST_CASE("the currency does not change from revision to revision") {
    auto dollars = record(2, 70);
    dollars.set_currency("USD");
    given<BillingPeriod>(recorded(1, 50)).when(dollars).then_rejected("period.currency_mismatch");
  }

  TEST_CASE("what was never used has no currency until it is used") {
    auto nothing_used = record(1, 0);
    nothing_used.set_impressions(0);
    nothing_used.set_clicks(0);
    nothing_used.clear_currency();
    auto nothing_recorded = recorded(1, 0);
    nothing_recorded.set_impressions(0);
    nothing_recorded.set_clicks(0);
    nothing_recorded.clear_currency();
    given<BillingPeriod>().when(nothing_used).then(nothing_recorded);
    given<BillingPeriod>(nothing_recorded).when(record(2, 70)).then(recorded(2, 70));
    nothing_used.set_revision(2);
    given<BillingPeriod>(recorded(1, 50))
        .when(nothing_used)
        .then_rejected("period.currency_mismatch");
  }

  TEST_CASE("usage with a bad field is refused") {
    const auto refuses = [](const RecordUsage& command, const char* code) {
      given<BillingPeriod>().when(command).then_rejected(code);
    };
    auto no_account = record(1, 50);
    no_account.clear_account_id();
    refuses(no_account, "period.bad_account_id");
    auto no_day = record(1, 50);
    no_day.set_period("2026-11");
    refuses(no_day, "period.bad_period");
    refuses(record(0, 50), "period.bad_revision");
    refuses(record(1, -1), "period.bad_amount");
    auto no_impressions = record(1, 50);
    no_impressions.set_impressions(-1);
    refuses(no_impressions, "period.bad_count");
    auto no_clicks = record(1, 50);
    no_clicks.set_clicks(-1);
    refuses(no_clicks, "period.bad_count");
    auto no_currency = record(1, 50);
    no_currency.clear_currency();
    refuses(no_currency, "period.bad_currency");
  }

  TEST_CASE("closing what is no account or no day is refused") {
    auto no_account = close_period();
    no_account.clear_account_id();
    given<BillingPeriod>().when(no_account).then_rejected("period.bad_account_id");
    auto no_day = close_period();
    no_day.clear_period();
    given<BillingPeriod>().when(no_day).then_rejected("period.bad_period");
  }
}
