#include "domain/adtech/billing_period.hpp"

namespace adtech {
namespace {

using tidemark::Context;
using tidemark::Decision;
using tidemark::emit;
using tidemark::nothing;
using tidemark::reject;

/// The code of the first rule that the command's own fields break; null when they keep all.
template <typename Command>
const char* flaw_of_name(const Command& command) {
  if (!is_id(command.account_id())) return "period.bad_account_id";
  if (!is_period(command.period())) return "period.bad_period";
  return nullptr;
}

const char* flaw_of(const RecordUsage& command) {
  if (const char* flaw = flaw_of_name(command)) return flaw;
  if (command.revision() == 0) return "period.bad_revision";
  if (command.metered_micros() < 0) return "period.bad_amount";
  if (command.impressions() < 0 || command.clicks() < 0) return "period.bad_count";
  const bool used =
      command.metered_micros() != 0 || command.impressions() != 0 || command.clicks() != 0;
  // What was never used has no currency of its own.
  if (command.currency().empty() && !used) return nullptr;
  if (!is_currency(command.currency())) return "period.bad_currency";
  return nullptr;
}

}  // namespace

void evolve(BillingPeriod& period, const UsageRecorded& event) {
  period.revision = event.revision();
  if (!event.currency().empty()) period.currency = event.currency();
}

void evolve(BillingPeriod& period, const PeriodClosed&) { period.closed = true; }

Decision decide(const BillingPeriod& period, const RecordUsage& command, const Context&) {
  if (const char* flaw = flaw_of(command)) return reject(flaw);
  if (command.revision() <= period.revision) return nothing();
  if (command.revision() - period.revision > 1) return reject("period.revision_gap");
  if (!period.currency.empty() && command.currency() != period.currency) {
    return reject("period.currency_mismatch");
  }
  UsageRecorded event;
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  event.set_revision(command.revision());
  event.set_metered_micros(command.metered_micros());
  event.set_impressions(command.impressions());
  event.set_clicks(command.clicks());
  event.set_currency(command.currency());
  return emit(event);
}

Decision decide(const BillingPeriod& period, const ClosePeriod& command, const Context&) {
  if (const char* flaw = flaw_of_name(command)) return reject(flaw);
  if (period.closed) return nothing();
  PeriodClosed event;
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  return emit(event);
}

}  // namespace adtech
