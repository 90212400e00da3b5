#include "domain/adtech/billing_account.hpp"

#include "domain/adtech/rules.hpp"

namespace adtech {
namespace {

using tidemark::checked_add;
using tidemark::Context;
using tidemark::Decision;
using tidemark::emit;
using tidemark::nothing;
using tidemark::reject;

/// The period as far as anything happened in it; else one that is as good as new.
const BillingAccount::Period& period_of(const BillingAccount& account, std::string_view period) {
  static const BillingAccount::Period untouched;
  const auto found = account.periods.find(period);
  return found == account.periods.end() ? untouched : found->second;
}

/// The code of the first rule that the command's own fields break; null when they keep all.
const char* flaw_of(const OpenAccount& command) {
  if (!is_id(command.account_id())) return "account.bad_id";
  if (!is_currency(command.currency())) return "account.bad_currency";
  if (command.tolerance_micros() < 0) return "account.bad_tolerance";
  return nullptr;
}

const char* flaw_of(const ChargeAccount& command) {
  if (!is_period(command.period())) return "account.bad_period";
  if (!is_id(command.charge_id())) return "account.bad_charge_id";
  if (command.amount_micros() <= 0) return "account.bad_amount";
  return nullptr;
}

const char* flaw_of(const PostInvoice& command) {
  if (!is_period(command.period())) return "account.bad_period";
  if (command.invoice_id() != period_id(command.account_id(), command.period())) {
    return "account.bad_invoice_id";
  }
  if (command.amount_micros() < 0) return "account.bad_amount";
  return nullptr;
}

AccountCharged account_charged(const ChargeAccount& command) {
  AccountCharged event;
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  event.set_charge_id(command.charge_id());
  event.set_amount_micros(command.amount_micros());
  return event;
}

InvoicePosted invoice_posted(const PostInvoice& command) {
  InvoicePosted event;
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  event.set_invoice_id(command.invoice_id());
  event.set_amount_micros(command.amount_micros());
  return event;
}

}  // namespace

void evolve(BillingAccount& account, const AccountOpened& event) {
  account.opened = true;
  account.currency = event.currency();
  account.tolerance_micros = event.tolerance_micros();
}

void evolve(BillingAccount& account, const AccountClosed&) { account.closed = true; }

void evolve(BillingAccount& account, const AccountCharged& event) {
  auto& period = account.periods[event.period()];
  period.booked_micros += event.amount_micros();
  period.charges += 1;
  period.amount_of_charge.emplace(event.charge_id(), event.amount_micros());
}

void evolve(BillingAccount& account, const PeriodStated& event) {
  auto& period = account.periods[event.period()];
  period.stated = true;
  period.amount_of_charge.clear();
}

void evolve(BillingAccount& account, const AdjustmentProposed& event) {
  account.periods[event.period()].proposal = {.amount_micros = event.amount_micros(),
                                              .reason = event.reason()};
}

void evolve(BillingAccount& account, const AdjustmentApproved& event) {
  auto& proposal = account.periods[event.period()].proposal;
  if (proposal) proposal->approved = true;
}

void evolve(BillingAccount& account, const AccountAdjusted& event) {
  auto& period = account.periods[event.period()];
  period.booked_micros = event.booked_micros();
  period.proposal.reset();
}

// Credits are money given back beside the ledger: what was booked stays booked.
void evolve(BillingAccount&, const AccountCredited&) {}

void evolve(BillingAccount& account, const InvoicePosted& event) {
  account.periods[event.period()].invoiced_micros = event.amount_micros();
}

Decision decide(const BillingAccount& account, const OpenAccount& command, const Context&) {
  if (const char* flaw = flaw_of(command)) return reject(flaw);
  if (account.closed) return reject("account.closed");
  if (account.opened) {
    const bool same = command.currency() == account.currency &&
                      command.tolerance_micros() == account.tolerance_micros;
    return same ? nothing() : reject("account.exists");
  }
  AccountOpened event;
  event.set_account_id(command.account_id());
  event.set_currency(command.currency());
  event.set_tolerance_micros(command.tolerance_micros());
  return emit(event);
}

Decision decide(const BillingAccount& account, const CloseAccount& command, const Context&) {
  if (!account.opened) return reject("account.unknown");
  if (account.closed) return nothing();
  AccountClosed event;
  event.set_account_id(command.account_id());
  event.set_reason(command.reason());
  return emit(event);
}

Decision decide(const BillingAccount& account, const ChargeAccount& command, const Context&) {
  if (const char* flaw = flaw_of(command)) return reject(flaw);
  if (!account.opened) return reject("account.unknown");
  if (command.currency() != account.currency) return reject("account.currency_mismatch");
  const auto& period = period_of(account, command.period());
  if (period.stated) return reject("account.period_stated");
  const auto known = period.amount_of_charge.find(command.charge_id());
  if (known != period.amount_of_charge.end()) {
    return known->second == command.amount_micros() ? nothing() : reject("account.charge_exists");
  }
  if (account.closed) return reject("account.closed");
  if (!checked_add(period.booked_micros, command.amount_micros())) return reject("money.overflow");
  return emit(account_charged(command));
}

// Answers each time that it is asked: after an adjustment the total is another one.
Decision decide(const BillingAccount& account, const StatePeriod& command, const Context&) {
  if (!is_period(command.period())) return reject("account.bad_period");
  if (!account.opened) return reject("account.unknown");
  const auto& period = period_of(account, command.period());
  PeriodStated event;
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  event.set_booked_micros(period.booked_micros);
  event.set_charges(period.charges);
  event.set_tolerance_micros(account.tolerance_micros);
  event.set_currency(account.currency);
  return emit(event);
}

// A newer proposal takes the place of an older one, approved or not: it is made when more is known.
Decision decide(const BillingAccount& account, const ProposeAdjustment& command, const Context&) {
  if (!is_period(command.period())) return reject("account.bad_period");
  if (!account.opened) return reject("account.unknown");
  const auto& period = period_of(account, command.period());
  if (!period.stated) return reject("account.period_not_stated");
  const auto& proposal = period.proposal;
  if (proposal && proposal->amount_micros == command.amount_micros() &&
      proposal->reason == command.reason()) {
    return nothing();
  }
  AdjustmentProposed event;
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  event.set_amount_micros(command.amount_micros());
  event.set_reason(command.reason());
  return emit(event);
}

Decision decide(const BillingAccount& account, const ApproveAdjustment& command, const Context&) {
  if (!is_period(command.period())) return reject("account.bad_period");
  if (command.approved_by().empty()) return reject("account.bad_approver");
  if (!account.opened) return reject("account.unknown");
  const auto& proposal = period_of(account, command.period()).proposal;
  if (!proposal) return reject("account.no_proposal");
  if (proposal->approved) return nothing();
  AdjustmentApproved event;
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  event.set_amount_micros(proposal->amount_micros);
  event.set_approved_by(command.approved_by());
  return emit(event);
}

Decision decide(const BillingAccount& account, const AdjustAccount& command, const Context&) {
  if (!is_period(command.period())) return reject("account.bad_period");
  if (!account.opened) return reject("account.unknown");
  const auto& period = period_of(account, command.period());
  if (!period.proposal) return reject("account.no_proposal");
  if (!period.proposal->approved) return reject("account.not_approved");
  if (period.proposal->amount_micros != command.amount_micros()) {
    return reject("account.wrong_amount");
  }
  const auto booked_micros = checked_add(period.booked_micros, command.amount_micros());
  if (!booked_micros) return reject("money.overflow");
  AccountAdjusted event;
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  event.set_amount_micros(command.amount_micros());
  event.set_booked_micros(*booked_micros);
  event.set_tolerance_micros(account.tolerance_micros);
  event.set_currency(account.currency);
  return emit(event);
}

Decision decide(const BillingAccount& account, const CreditAccount& command, const Context&) {
  if (!is_period(command.period())) return reject("account.bad_period");
  if (command.amount_micros() <= 0) return reject("account.bad_amount");
  if (!account.opened) return reject("account.unknown");
  AccountCredited event;
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  event.set_amount_micros(command.amount_micros());
  event.set_reason(command.reason());
  return emit(event);
}

Decision decide(const BillingAccount& account, const PostInvoice& command, const Context&) {
  if (const char* flaw = flaw_of(command)) return reject(flaw);
  if (!account.opened) return reject("account.unknown");
  if (command.currency() != account.currency) return reject("account.currency_mismatch");
  const auto& posted_micros = period_of(account, command.period()).invoiced_micros;
  if (posted_micros) {
    return *posted_micros == command.amount_micros() ? nothing() : reject("account.invoice_exists");
  }
  if (account.closed) return reject("account.closed");
  return emit(invoice_posted(command));
}

}  // namespace adtech
