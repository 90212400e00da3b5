#include "projections/campaign_overview.hpp"

#include "projections/money.hpp"

namespace adtech {
namespace {

void set_budget(v1::CampaignOverview& row, std::int64_t budget_micros) {
  row.set_budget_micros(budget_micros);
  if (row.status() == v1::CAMPAIGN_STATUS_EXHAUSTED && budget_micros > row.spent_micros()) {
    row.set_status(v1::CAMPAIGN_STATUS_OPEN);
  }
}

}  // namespace

void CampaignOverview::on(Rows& rows, const v1::CampaignOpened& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.campaign_id());
  row.set_account_id(event.account_id());
  row.set_name(event.name());
  row.set_currency(event.currency());
  row.set_status(v1::CAMPAIGN_STATUS_OPEN);
}

void CampaignOverview::on(Rows& rows, const v1::CampaignFunded& event, const tidemark::Metadata&) {
  set_budget(rows.at(event.campaign_id()), event.budget_micros());
}

void CampaignOverview::on(Rows& rows, const v1::BudgetChanged& event, const tidemark::Metadata&) {
  set_budget(rows.at(event.campaign_id()), event.to_micros());
}

void CampaignOverview::on(Rows& rows, const v1::CampaignPaused& event, const tidemark::Metadata&) {
  rows.at(event.campaign_id()).set_status(v1::CAMPAIGN_STATUS_PAUSED);
}

void CampaignOverview::on(Rows& rows, const v1::CampaignResumed& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.campaign_id());
  const bool exhausted = row.spent_micros() > 0 && row.spent_micros() >= row.budget_micros();
  row.set_status(exhausted ? v1::CAMPAIGN_STATUS_EXHAUSTED : v1::CAMPAIGN_STATUS_OPEN);
}

void CampaignOverview::on(Rows& rows, const v1::SpendRecorded& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.campaign_id());
  row.set_spent_micros(plus(row.spent_micros(), event.spend_micros()));
}

void CampaignOverview::on(Rows& rows, const v1::BudgetExhausted& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.campaign_id());
  if (row.status() != v1::CAMPAIGN_STATUS_PAUSED) row.set_status(v1::CAMPAIGN_STATUS_EXHAUSTED);
}

void CampaignOverview::on(Rows& rows, const v1::ImpressionServed& event,
                          const tidemark::Metadata&) {
  auto& row = rows.at(event.campaign_id());
  row.set_impressions(row.impressions() + 1);
}

void CampaignOverview::on(Rows& rows, const v1::ClickTracked& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.campaign_id());
  row.set_clicks(row.clicks() + 1);
}

}  // namespace adtech
