#include "domain/adtech/campaign.hpp"

#include "domain/adtech/rules.hpp"

namespace adtech {
namespace {

using tidemark::checked_add;
using tidemark::Context;
using tidemark::Decision;
using tidemark::emit;
using tidemark::nothing;
using tidemark::reject;

constexpr std::int64_t minute_length_micros = 60'000'000;

void set_budget(Campaign& campaign, std::int64_t budget_micros) {
  campaign.budget_micros = budget_micros;
  campaign.exhausted = campaign.exhausted && campaign.spent_micros >= budget_micros;
}

/// The code of the first rule that the command's own fields break; null when they keep all.
const char* flaw_of(const OpenCampaign& command) {
  if (!is_id(command.campaign_id())) return "campaign.bad_id";
  if (!is_id(command.account_id())) return "campaign.bad_account_id";
  if (!is_currency(command.currency())) return "campaign.bad_currency";
  return nullptr;
}

const char* flaw_of(const RecordSpend& command) {
  const auto minute_micros = command.minute_micros();
  if (minute_micros < 0 || minute_micros % minute_length_micros != 0) return "campaign.bad_minute";
  if (command.revision() == 0) return "campaign.bad_revision";
  if (command.spend_micros() < 0) return "campaign.bad_amount";
  return nullptr;
}

SpendRecorded spend_recorded(const RecordSpend& command) {
  SpendRecorded event;
  event.set_campaign_id(command.campaign_id());
  event.set_minute_micros(command.minute_micros());
  event.set_revision(command.revision());
  event.set_spend_micros(command.spend_micros());
  return event;
}

BudgetExhausted budget_exhausted(const std::string& campaign_id, std::int64_t budget_micros,
                                 std::int64_t spent_micros) {
  BudgetExhausted event;
  event.set_campaign_id(campaign_id);
  event.set_budget_micros(budget_micros);
  event.set_spent_micros(spent_micros);
  return event;
}

}  // namespace

// [taste]
void evolve(Campaign& campaign, const SpendRecorded& event) {
  campaign.spent_micros += event.spend_micros();
}
void evolve(Campaign& campaign, const BudgetExhausted&) { campaign.exhausted = true; }

Decision decide(const Campaign& campaign, const RecordSpend& command, const Context&) {
  if (const char* flaw = flaw_of(command)) return reject(flaw);
  if (!campaign.opened) return reject("campaign.unknown");
  const auto spent_micros = checked_add(campaign.spent_micros, command.spend_micros());
  if (!spent_micros) return reject("money.overflow");

  // Paused or exhausted makes no difference: what was served costs money, and is never dropped.
  auto decision = emit(spend_recorded(command));
  if (!campaign.exhausted && *spent_micros >= campaign.budget_micros) {
    decision.also(budget_exhausted(command.campaign_id(), campaign.budget_micros, *spent_micros));
  }
  return decision;
}
// [/taste]

void evolve(Campaign& campaign, const CampaignOpened& event) {
  campaign.opened = true;
  campaign.account_id = event.account_id();
  campaign.name = event.name();
  campaign.currency = event.currency();
}

void evolve(Campaign& campaign, const CampaignFunded& event) {
  set_budget(campaign, event.budget_micros());
}

void evolve(Campaign& campaign, const BudgetChanged& event) {
  set_budget(campaign, event.to_micros());
}

void evolve(Campaign& campaign, const CampaignPaused&) { campaign.paused = true; }

void evolve(Campaign& campaign, const CampaignResumed&) { campaign.paused = false; }

Decision decide(const Campaign& campaign, const OpenCampaign& command, const Context&) {
  if (const char* flaw = flaw_of(command)) return reject(flaw);
  if (campaign.opened) {
    const bool same = command.account_id() == campaign.account_id &&
                      command.name() == campaign.name && command.currency() == campaign.currency;
    return same ? nothing() : reject("campaign.exists");
  }
  CampaignOpened event;
  event.set_campaign_id(command.campaign_id());
  event.set_account_id(command.account_id());
  event.set_name(command.name());
  event.set_currency(command.currency());
  return emit(event);
}

Decision decide(const Campaign& campaign, const FundCampaign& command, const Context&) {
  if (command.amount_micros() <= 0) return reject("campaign.bad_amount");
  if (!campaign.opened) return reject("campaign.unknown");
  const auto budget_micros = checked_add(campaign.budget_micros, command.amount_micros());
  if (!budget_micros) return reject("money.overflow");
  CampaignFunded event;
  event.set_campaign_id(command.campaign_id());
  event.set_amount_micros(command.amount_micros());
  event.set_budget_micros(*budget_micros);
  return emit(event);
}

Decision decide(const Campaign& campaign, const ChangeBudget& command, const Context&) {
  const auto budget_micros = command.budget_micros();
  if (budget_micros < 0) return reject("campaign.bad_amount");
  if (!campaign.opened) return reject("campaign.unknown");
  if (budget_micros == campaign.budget_micros) return nothing();
  BudgetChanged event;
  event.set_campaign_id(command.campaign_id());
  event.set_from_micros(campaign.budget_micros);
  event.set_to_micros(budget_micros);
  auto decision = emit(event);
  if (!campaign.exhausted && campaign.spent_micros >= budget_micros) {
    decision.also(budget_exhausted(command.campaign_id(), budget_micros, campaign.spent_micros));
  }
  return decision;
}

Decision decide(const Campaign& campaign, const PauseCampaign& command, const Context&) {
  if (!campaign.opened) return reject("campaign.unknown");
  if (campaign.paused) return nothing();
  CampaignPaused event;
  event.set_campaign_id(command.campaign_id());
  event.set_reason(command.reason());
  return emit(event);
}

Decision decide(const Campaign& campaign, const ResumeCampaign& command, const Context&) {
  if (!campaign.opened) return reject("campaign.unknown");
  if (!campaign.paused) return nothing();
  CampaignResumed event;
  event.set_campaign_id(command.campaign_id());
  return emit(event);
}

}  // namespace adtech
