#include <doctest/doctest.h>

#include <tidemark/testing/reaction_given.hpp>

#include "sagas/meter_spend.hpp"
#include "sagas/report_usage.hpp"

using namespace adtech;
using tidemark::testing::given_reaction;

namespace {

v1::CampaignMinute minute(std::int64_t spend_micros) {
  v1::CampaignMinute row;
  row.set_campaign_id("c1");
  row.set_minute_micros(60'000'000);
  row.set_spend_micros(spend_micros);
  return row;
}

v1::RecordSpend record_spend(std::uint32_t revision, std::int64_t spend_micros) {
  v1::RecordSpend command;
  command.set_campaign_id("c1");
  command.set_minute_micros(60'000'000);
  command.set_revision(revision);
  command.set_spend_micros(spend_micros);
  return command;
}

template <typename Message>
Message usage() {
  Message message;
  message.set_account_id("a1");
  message.set_period("2026-11-01");
  message.set_currency("EUR");
  message.set_impressions(3);
  message.set_clicks(1);
  return message;
}

}  // namespace

TEST_SUITE("adtech/reactions") {
  TEST_CASE("a closed minute is booked, and a later revision books what it adds") {
    given_reaction<MeterSpend>()
        .when_closed(minute(5000))
        .then(record_spend(1, 5000))
        .when_closed(minute(5200))
        .then(record_spend(2, 200));
  }

  TEST_CASE("a closed day is reported as a whole, with its revision") {
    auto row = usage<v1::MeteredUsage>();
    auto command = usage<v1::RecordUsage>();
    row.set_spend_micros(5000);
    command.set_metered_micros(5000);
    command.set_revision(1);
    auto story = given_reaction<ReportUsage>();
    story.when_closed(row).then(command);
    row.set_spend_micros(5200);
    command.set_metered_micros(5200);
    command.set_revision(2);
    story.when_closed(row).then(command);
  }
}
