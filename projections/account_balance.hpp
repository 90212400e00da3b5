#pragma once

#include <tidemark/projection.hpp>

#include "domain/adtech/v1/account.pb.h"
#include "domain/adtech/v1/invoice.pb.h"
#include "projections/v1/rows.pb.h"

namespace adtech {

/// Where each billing account stands. What becomes of an invoice is heard from the invoice alone:
/// fed from topics, events of account and invoice come in any order.
struct AccountBalance {
  static constexpr tidemark::ProjectionSpec spec{.name = "account_balance", .version = 2};
  using Row = v1::AccountBalance;
  using Key = tidemark::Key<&Row::account_id>;
  using Events =
      tidemark::List<v1::AccountOpened, v1::AccountClosed, v1::AccountCharged, v1::AccountAdjusted,
                     v1::AccountCredited, v1::InvoiceIssued, v1::InvoicePaid, v1::InvoiceDisputed>;
  using Rows = tidemark::Table<AccountBalance>;

  static void on(Rows& rows, const v1::AccountOpened& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::AccountClosed& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::AccountCharged& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::AccountAdjusted& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::AccountCredited& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::InvoiceIssued& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::InvoicePaid& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::InvoiceDisputed& event, const tidemark::Metadata& metadata);
};

}  // namespace adtech
