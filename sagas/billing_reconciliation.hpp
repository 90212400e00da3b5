#pragma once

#include <tidemark/saga/saga_model.hpp>

#include "domain/adtech/v1/account.pb.h"
#include "domain/adtech/v1/invoice.pb.h"
#include "domain/adtech/v1/period.pb.h"
#include "sagas/v1/billing_reconciliation.pb.h"

namespace adtech {

/// Bills one account for one period: waits until the period is closed and both totals are in,
/// compares what was metered with what was booked, and either draws up the invoice and waits for
/// the money, or holds until a person has approved an adjustment. An invoice that the account
/// refuses is taken back.
struct BillingReconciliation {
  static constexpr tidemark::SagaSpec spec{.name = "billing_reconciliation"};
  using Data = v1::ReconciliationData;
  using Commands =
      tidemark::List<v1::StatePeriod, v1::ProposeAdjustment, v1::AdjustAccount, v1::CreditAccount,
                     v1::DraftInvoice, v1::PostInvoice, v1::IssueInvoice, v1::VoidInvoice,
                     v1::RemindInvoice, v1::DisputeInvoice>;

  // The instance is "<account>.<period>".
  static std::string correlate(const v1::PeriodClosed& event);
  static std::string correlate(const v1::UsageRecorded& event);
  static std::string correlate(const v1::PeriodStated& event);
  static std::string correlate(const v1::AdjustmentApproved& event);
  static std::string correlate(const v1::AccountAdjusted& event);
  static std::string correlate(const v1::InvoiceDrafted& event);
  static std::string correlate(const v1::InvoicePosted& event);
  static std::string correlate(const v1::InvoiceIssued& event);
  static std::string correlate(const v1::InvoicePaid& event);

  // The table is in the source file: nobody else compiles the machine.
  struct Table;
};

}  // namespace adtech

extern template const tidemark::saga::SagaModel&
tidemark::saga_model<adtech::BillingReconciliation>();
