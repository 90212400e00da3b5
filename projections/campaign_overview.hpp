#pragma once

#include <tidemark/projection.hpp>

#include "domain/adtech/v1/campaign.pb.h"
#include "domain/adtech/v1/traffic.pb.h"
#include "projections/v1/rows.pb.h"

namespace adtech {

/// Each campaign at a glance. A campaign that only the ad servers know has status unknown.
struct CampaignOverview {
  static constexpr tidemark::ProjectionSpec spec{.name = "campaign_overview", .version = 1};
  using Row = v1::CampaignOverview;
  using Key = tidemark::Key<&Row::campaign_id>;
  using Events = tidemark::List<v1::CampaignOpened, v1::CampaignFunded, v1::BudgetChanged,
                                v1::CampaignPaused, v1::CampaignResumed, v1::SpendRecorded,
                                v1::BudgetExhausted, v1::ImpressionServed, v1::ClickTracked>;
  using Rows = tidemark::Table<CampaignOverview>;

  static void on(Rows& rows, const v1::CampaignOpened& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::CampaignFunded& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::BudgetChanged& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::CampaignPaused& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::CampaignResumed& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::SpendRecorded& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::BudgetExhausted& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::ImpressionServed& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::ClickTracked& event, const tidemark::Metadata& metadata);
};

}  // namespace adtech
