#include "projections/campaign_minutes.hpp"

#include "projections/money.hpp"

namespace adtech {
namespace {

constexpr tidemark::Micros minute = std::chrono::minutes(1);

std::int64_t minute_of(tidemark::UtcTime event_time) {
  return tidemark::floor(event_time, minute).micros();
}

}  // namespace

tidemark::Window CampaignMinutes::window(const Row& row) {
  const auto start = tidemark::UtcTime::from_micros(row.minute_micros());
  return {.start = start, .end = start + minute};
}

void CampaignMinutes::on(Rows& rows, const v1::ImpressionServed& event,
                         const tidemark::Metadata& metadata) {
  auto& row = rows.at(event.campaign_id(), minute_of(metadata.event_time));
  row.set_impressions(row.impressions() + 1);
  row.set_spend_micros(plus(row.spend_micros(), event.price_micros()));
}

void CampaignMinutes::on(Rows& rows, const v1::ClickTracked& event,
                         const tidemark::Metadata& metadata) {
  auto& row = rows.at(event.campaign_id(), minute_of(metadata.event_time));
  row.set_clicks(row.clicks() + 1);
  row.set_spend_micros(plus(row.spend_micros(), event.price_micros()));
}

void CampaignMinutes::on(Rows&, const v1::PeriodClosed&, const tidemark::Metadata&) {}

}  // namespace adtech
