#pragma once

#include <tidemark/aggregate.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/adtech/v1/campaign.pb.h"

namespace adtech {

using namespace v1;

/// What an advertiser runs: a budget, and what was spent of it.
///
/// Exhausted means that the spend has reached the budget. It is said once, and again only after the
/// budget was raised above the spend.
struct Campaign {
  using Commands = tidemark::List<OpenCampaign, FundCampaign, ChangeBudget, PauseCampaign,
                                  ResumeCampaign, RecordSpend>;
  using Events = tidemark::List<CampaignOpened, CampaignFunded, BudgetChanged, CampaignPaused,
                                CampaignResumed, SpendRecorded, BudgetExhausted>;
  static constexpr std::string_view category = "campaign";
  template <typename Command>
  static std::string_view id(const Command& command) {
    return command.campaign_id();
  }

  // Which minutes were recorded is not kept: a year has half a million of them. That a revision
  // counts once is the command's id, which follows from campaign, minute and revision.
  bool opened = false;
  bool paused = false;
  bool exhausted = false;
  std::string account_id;
  std::string name;
  std::string currency;
  std::int64_t budget_micros = 0;
  std::int64_t spent_micros = 0;
};

void evolve(Campaign& campaign, const CampaignOpened& event);
void evolve(Campaign& campaign, const CampaignFunded& event);
void evolve(Campaign& campaign, const BudgetChanged& event);
void evolve(Campaign& campaign, const CampaignPaused& event);
void evolve(Campaign& campaign, const CampaignResumed& event);
void evolve(Campaign& campaign, const SpendRecorded& event);
void evolve(Campaign& campaign, const BudgetExhausted& event);

tidemark::Decision decide(const Campaign& campaign, const OpenCampaign& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Campaign& campaign, const FundCampaign& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Campaign& campaign, const ChangeBudget& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Campaign& campaign, const PauseCampaign& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Campaign& campaign, const ResumeCampaign& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Campaign& campaign, const RecordSpend& command,
                          const tidemark::Context& context);

}  // namespace adtech
