#include "sagas/billing_reconciliation.hpp"

#include <tidemark/saga/saga.hpp>

#include <cstdlib>

namespace adtech {
namespace {

using namespace v1;  // NOLINT: the messages of this context
using tidemark::Outbox;
using Data = ReconciliationData;

struct Collecting {
  static constexpr std::string_view name = "collecting";
};
struct AwaitingTotals {
  static constexpr std::string_view name = "awaiting_totals";
};
struct AwaitingApproval {
  static constexpr std::string_view name = "awaiting_approval";
};
struct ApprovalOverdue {
  static constexpr std::string_view name = "approval_overdue";
};
struct Adjusting {
  static constexpr std::string_view name = "adjusting";
};
struct Drafting {
  static constexpr std::string_view name = "drafting";
};
struct Posting {
  static constexpr std::string_view name = "posting";
};
struct Issuing {
  static constexpr std::string_view name = "issuing";
};
struct AwaitingPayment {
  static constexpr std::string_view name = "awaiting_payment";
};
struct Disputed {
  static constexpr std::string_view name = "disputed";
};
struct Settled {
  static constexpr std::string_view name = "settled";
  static constexpr bool final = true;
};
struct Escalated {
  static constexpr std::string_view name = "escalated";
  static constexpr bool final = true;
};

template <typename Event>
std::string instance_of(const Event& event) {
  return event.account_id() + "." + event.period();
}

std::string invoice_id(const Data& data) { return data.account_id() + "." + data.period(); }

bool agree(std::int64_t metered_micros, std::int64_t booked_micros, std::int64_t tolerance_micros) {
  return std::abs(metered_micros - booked_micros) <= tolerance_micros;
}

// What is known.

void note_usage(Data& data, const UsageRecorded& event, Outbox&) {
  data.set_account_id(event.account_id());
  data.set_period(event.period());
  // An account that used nothing has used no currency either.
  if (!event.currency().empty()) data.set_currency(event.currency());
  data.set_usage_known(true);
  data.set_usage_revision(event.revision());
  data.set_metered_micros(event.metered_micros());
}

void note_statement(Data& data, const PeriodStated& event, Outbox&) {
  data.set_booked_known(true);
  data.set_booked_micros(event.booked_micros());
  data.set_tolerance_micros(event.tolerance_micros());
  if (data.currency().empty()) data.set_currency(event.currency());
}

void ask_for_statement(Data& data, const PeriodClosed& event, Outbox& outbox) {
  data.set_account_id(event.account_id());
  data.set_period(event.period());
  StatePeriod command;
  command.set_account_id(event.account_id());
  command.set_period(event.period());
  outbox.send(command);
}

void credit_back(const Data& data, Outbox& outbox) {
  if (data.booked_micros() <= 0) return;
  CreditAccount command;
  command.set_account_id(data.account_id());
  command.set_period(data.period());
  command.set_amount_micros(data.booked_micros());
  command.set_reason("the invoice was refused");
  outbox.send(command);
}

// The totals agree, or they do not.

bool booked_known(const Data& data, const UsageRecorded&) { return data.booked_known(); }
bool usage_known(const Data& data, const PeriodStated&) { return data.usage_known(); }
bool usage_agrees(const Data& data, const UsageRecorded& event) {
  return data.booked_known() &&
         agree(event.metered_micros(), data.booked_micros(), data.tolerance_micros());
}
bool statement_agrees(const Data& data, const PeriodStated& event) {
  return data.usage_known() &&
         agree(data.metered_micros(), event.booked_micros(), event.tolerance_micros());
}
bool adjustment_agrees(const Data& data, const AccountAdjusted& event) {
  return agree(data.metered_micros(), event.booked_micros(), event.tolerance_micros());
}

void send_draft(Data& data, Outbox& outbox) {
  data.set_invoiced_micros(data.metered_micros());
  DraftInvoice command;
  command.set_invoice_id(invoice_id(data));
  command.set_account_id(data.account_id());
  command.set_period(data.period());
  command.set_amount_micros(data.metered_micros());
  command.set_currency(data.currency());
  outbox.send(command);
}

void send_proposal(Data& data, const char* reason, Outbox& outbox) {
  data.set_adjustment_micros(data.metered_micros() - data.booked_micros());
  ProposeAdjustment command;
  command.set_account_id(data.account_id());
  command.set_period(data.period());
  command.set_amount_micros(data.adjustment_micros());
  command.set_reason(reason);
  outbox.send(command);
}

constexpr const char* differs = "the metered total differs from the booked one";

void usage_to_invoice(Data& data, const UsageRecorded& event, Outbox& outbox) {
  note_usage(data, event, outbox);
  send_draft(data, outbox);
}
void usage_to_proposal(Data& data, const UsageRecorded& event, Outbox& outbox) {
  note_usage(data, event, outbox);
  send_proposal(data, differs, outbox);
}
void statement_to_invoice(Data& data, const PeriodStated& event, Outbox& outbox) {
  note_statement(data, event, outbox);
  send_draft(data, outbox);
}
void statement_to_proposal(Data& data, const PeriodStated& event, Outbox& outbox) {
  note_statement(data, event, outbox);
  send_proposal(data, differs, outbox);
}

/// Usage that was metered after the bill: the bill stays, the difference becomes an adjustment.
void propose_late_usage(Data& data, const UsageRecorded& event, Outbox& outbox) {
  note_usage(data, event, outbox);
  send_proposal(data, "usage came in after the period was billed", outbox);
}

// The adjustment.

void adjust(Data& data, const AdjustmentApproved& event, Outbox& outbox) {
  data.set_approved(true);
  AdjustAccount command;
  command.set_account_id(event.account_id());
  command.set_period(event.period());
  command.set_amount_micros(event.amount_micros());
  outbox.send(command);
}

void adjusted_to_invoice(Data& data, const AccountAdjusted& event, Outbox& outbox) {
  data.set_booked_micros(event.booked_micros());
  send_draft(data, outbox);
}
void adjusted_to_proposal(Data& data, const AccountAdjusted& event, Outbox& outbox) {
  data.set_booked_micros(event.booked_micros());
  send_proposal(data, differs, outbox);
}

// The invoice.

void void_draft(const Data& data, Outbox& outbox) {
  VoidInvoice command;
  command.set_invoice_id(invoice_id(data));
  command.set_reason("the account refused it");
  outbox.send(command);
}

void post_invoice(Data& data, const InvoiceDrafted& event, Outbox& outbox) {
  PostInvoice command;
  command.set_account_id(data.account_id());
  command.set_period(data.period());
  command.set_invoice_id(event.invoice_id());
  command.set_amount_micros(event.amount_micros());
  command.set_currency(event.currency());
  outbox.send(command);
}

void issue_invoice(Data&, const InvoicePosted& event, Outbox& outbox) {
  IssueInvoice command;
  command.set_invoice_id(event.invoice_id());
  outbox.send(command);
}

void remind(Data& data, const tidemark::AfterDays<7>&, Outbox& outbox) {
  RemindInvoice command;
  command.set_invoice_id(invoice_id(data));
  outbox.send(command);
}

void dispute(Data& data, const tidemark::AfterDays<30>&, Outbox& outbox) {
  DisputeInvoice command;
  command.set_invoice_id(invoice_id(data));
  command.set_reason("not paid within 30 days");
  outbox.send(command);
}

using tidemark::AfterDays;
using tidemark::AfterHours;
using tidemark::Compensate;
using tidemark::Rejected;
using tidemark::Row;
using tidemark::Stay;
using tidemark::Undo;
using tidemark::When;

}  // namespace

// clang-format off
struct BillingReconciliation::Table : tidemark::Transitions<
  Row<Collecting,       UsageRecorded,          Stay,             &note_usage>,
  Row<Collecting,       PeriodClosed,           AwaitingTotals,   &ask_for_statement,
      Undo<&credit_back>>,

  Row<AwaitingTotals,   UsageRecorded,          Drafting,         &usage_to_invoice,
      When<&usage_agrees>, Undo<&void_draft>>,
  Row<AwaitingTotals,   UsageRecorded,          AwaitingApproval, &usage_to_proposal,
      When<&booked_known>>,
  Row<AwaitingTotals,   UsageRecorded,          Stay,             &note_usage>,
  Row<AwaitingTotals,   PeriodStated,           Drafting,         &statement_to_invoice,
      When<&statement_agrees>, Undo<&void_draft>>,
  Row<AwaitingTotals,   PeriodStated,           AwaitingApproval, &statement_to_proposal,
      When<&usage_known>>,
  Row<AwaitingTotals,   PeriodStated,           Stay,             &note_statement>,

  Row<AwaitingApproval, AdjustmentApproved,     Adjusting,        &adjust>,
  Row<AwaitingApproval, UsageRecorded,          AwaitingApproval, &usage_to_proposal>,
  Row<AwaitingApproval, AfterHours<48>,         ApprovalOverdue,  nullptr>,
  Row<ApprovalOverdue,  AdjustmentApproved,     Adjusting,        &adjust>,
  Row<ApprovalOverdue,  UsageRecorded,          AwaitingApproval, &usage_to_proposal>,
  Row<Adjusting,        AccountAdjusted,        Drafting,         &adjusted_to_invoice,
      When<&adjustment_agrees>, Undo<&void_draft>>,
  Row<Adjusting,        AccountAdjusted,        AwaitingApproval, &adjusted_to_proposal>,

  Row<Drafting,         InvoiceDrafted,         Posting,          &post_invoice>,
  Row<Posting,          InvoicePosted,          Issuing,          &issue_invoice>,
  Row<Posting,          Rejected<PostInvoice>,  Escalated,        nullptr, Compensate>,
  Row<Issuing,          InvoiceIssued,          AwaitingPayment,  nullptr>,
  Row<AwaitingPayment,  InvoicePaid,            Settled,          nullptr>,
  Row<AwaitingPayment,  AfterDays<7>,           Stay,             &remind>,
  Row<AwaitingPayment,  AfterDays<30>,          Disputed,         &dispute>,
  Row<AwaitingPayment,  UsageRecorded,          Stay,             &propose_late_usage>,
  Row<Disputed,         InvoicePaid,            Settled,          nullptr>,
  Row<Disputed,         UsageRecorded,          Stay,             &propose_late_usage>,
  Row<Settled,          UsageRecorded,          Stay,             &propose_late_usage>> {};
// clang-format on

std::string BillingReconciliation::correlate(const PeriodClosed& e) { return instance_of(e); }
std::string BillingReconciliation::correlate(const UsageRecorded& e) { return instance_of(e); }
std::string BillingReconciliation::correlate(const PeriodStated& e) { return instance_of(e); }
std::string BillingReconciliation::correlate(const AdjustmentApproved& e) { return instance_of(e); }
std::string BillingReconciliation::correlate(const AccountAdjusted& e) { return instance_of(e); }
std::string BillingReconciliation::correlate(const InvoiceDrafted& e) { return instance_of(e); }
std::string BillingReconciliation::correlate(const InvoicePosted& e) { return instance_of(e); }
std::string BillingReconciliation::correlate(const InvoiceIssued& e) { return instance_of(e); }
std::string BillingReconciliation::correlate(const InvoicePaid& e) { return instance_of(e); }

}  // namespace adtech

template const tidemark::saga::SagaModel& tidemark::saga_model<adtech::BillingReconciliation>();
