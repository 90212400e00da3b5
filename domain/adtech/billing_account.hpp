#pragma once

#include <tidemark/aggregate.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "domain/adtech/v1/account.pb.h"

namespace adtech {

using namespace v1;

/// Who pays: the ad server's own ledger, period by period, and what people correct in it.
///
/// A period is open for charges until it is stated. From then on its booked total changes only by
/// an adjustment that was proposed, approved, and then made. Charges and invoices need an open
/// account; statements, credits and adjustments go through on a closed one too.
struct BillingAccount {
  using Commands =
      tidemark::List<OpenAccount, CloseAccount, ChargeAccount, StatePeriod, ProposeAdjustment,
                     ApproveAdjustment, AdjustAccount, CreditAccount, PostInvoice>;
  using Events =
      tidemark::List<AccountOpened, AccountClosed, AccountCharged, PeriodStated, AdjustmentProposed,
                     AdjustmentApproved, AccountAdjusted, AccountCredited, InvoicePosted>;
  static constexpr std::string_view category = "account";
  template <typename Command>
  static std::string_view id(const Command& command) {
    return command.account_id();
  }

  struct Proposal {
    std::int64_t amount_micros = 0;
    std::string reason;
    bool approved = false;
  };
  struct Period {
    bool stated = false;
    std::int64_t booked_micros = 0;
    std::uint32_t charges = 0;
    // Amounts by charge id; emptied when the period is stated, since no charge can come after that.
    // It is what keeps the state small: a state is copied for each command.
    std::map<std::string, std::int64_t, std::less<>> amount_of_charge;
    std::optional<Proposal> proposal;
    std::optional<std::int64_t> invoiced_micros;
  };

  bool opened = false;
  bool closed = false;
  std::string currency;
  std::int64_t tolerance_micros = 0;
  std::map<std::string, Period, std::less<>> periods;
};

void evolve(BillingAccount& account, const AccountOpened& event);
void evolve(BillingAccount& account, const AccountClosed& event);
void evolve(BillingAccount& account, const AccountCharged& event);
void evolve(BillingAccount& account, const PeriodStated& event);
void evolve(BillingAccount& account, const AdjustmentProposed& event);
void evolve(BillingAccount& account, const AdjustmentApproved& event);
void evolve(BillingAccount& account, const AccountAdjusted& event);
void evolve(BillingAccount& account, const AccountCredited& event);
void evolve(BillingAccount& account, const InvoicePosted& event);

tidemark::Decision decide(const BillingAccount& account, const OpenAccount& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const BillingAccount& account, const CloseAccount& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const BillingAccount& account, const ChargeAccount& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const BillingAccount& account, const StatePeriod& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const BillingAccount& account, const ProposeAdjustment& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const BillingAccount& account, const ApproveAdjustment& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const BillingAccount& account, const AdjustAccount& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const BillingAccount& account, const CreditAccount& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const BillingAccount& account, const PostInvoice& command,
                          const tidemark::Context& context);

}  // namespace adtech
