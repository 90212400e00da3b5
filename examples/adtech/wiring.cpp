#include "examples/adtech/wiring.hpp"

#include "domain/adtech/billing_account.hpp"
#include "domain/adtech/billing_period.hpp"
#include "domain/adtech/campaign.hpp"
#include "domain/adtech/invoice.hpp"
#include "examples/adtech/adtech_lines.hpp"
#include "projections/account_balance.hpp"
#include "projections/campaign_minutes.hpp"
#include "projections/campaign_overview.hpp"
#include "projections/metered_usage.hpp"
#include "sagas/billing_reconciliation.hpp"
#include "sagas/meter_spend.hpp"
#include "sagas/report_usage.hpp"

namespace adtech {

// [wiring]
tidemark::Wiring wiring() {
  return tidemark::Wiring("adtech")
      .aggregates<Campaign, BillingAccount, BillingPeriod, Invoice>()
      .projections<CampaignMinutes, adtech::CampaignOverview, adtech::AccountBalance,
                   adtech::MeteredUsage>()
      .reactions<MeterSpend, ReportUsage>()
      .sagas<BillingReconciliation>()
      .input<AdtechLines>();
}
// [/wiring]

tidemark::Wiring dashboard() {
  return tidemark::Wiring("adtech_dashboard")
      .aggregates<Campaign, BillingAccount, BillingPeriod, Invoice>()
      .projections<CampaignMinutes, adtech::CampaignOverview, adtech::AccountBalance,
                   adtech::MeteredUsage>();
}

}  // namespace adtech
