#pragma once

#include <tidemark/projection.hpp>

#include "domain/adtech/v1/account.pb.h"
#include "domain/adtech/v1/invoice.pb.h"
#include "projections/v1/rows.pb.h"

namespace adtech {

/// Where each billing account stands.
struct AccountBalance {
  static constexpr tidemark::ProjectionSpec spec{.name = "account_balance", .version = 1};
  using Row = v1::AccountBalance;
  using Key = tidemark::Key<&Row::account_id>;
  using Events = tidemark::List<v1::AccountOpened, v1::AccountClosed, v1::AccountCharged,
                                v1::AccountAdjusted, v1::AccountCredited, v1::InvoicePosted,
                                v1::InvoicePaid, v1::InvoiceDisputed, v1::InvoiceVoided>;
  using Rows = tidemark::Table<AccountBalance>;

  static void on(Rows& rows, const v1::AccountOpened& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::AccountClosed& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::AccountCharged& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::AccountAdjusted& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::AccountCredited& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::InvoicePosted& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::InvoicePaid& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::InvoiceDisputed& event, const tidemark::Metadata& metadata);
  static void on(Rows& rows, const v1::InvoiceVoided& event, const tidemark::Metadata& metadata);
};

}  // namespace adtech
