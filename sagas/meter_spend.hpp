#pragma once

#include <tidemark/saga/reaction.hpp>

#include "domain/adtech/v1/campaign.pb.h"
#include "projections/campaign_minutes.hpp"

namespace adtech {

/// Books what each minute cost on its campaign, once the minute is closed. A later revision of the
/// minute books what it adds.
struct MeterSpend {
  static constexpr tidemark::ReactionSpec spec{.name = "meter_spend",
                                               .start = tidemark::ReactTo::everything};
  using Inputs = tidemark::List<tidemark::Closed<CampaignMinutes>>;
  using Commands = tidemark::List<v1::RecordSpend>;
  static void on(tidemark::Dispatch& out, const tidemark::Closed<CampaignMinutes>& closed);
};

}  // namespace adtech
