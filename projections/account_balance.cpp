#include "projections/account_balance.hpp"

#include "projections/money.hpp"

namespace adtech {
namespace {

/// Takes an invoice off those that wait for money.
void settle(v1::AccountBalance& row, const std::string& invoice_id) {
  auto& open = *row.mutable_open_invoices();
  const auto found = open.find(invoice_id);
  if (found == open.end()) return;
  const auto invoice = found->second;
  open.erase(found);
  if (invoice.disputed()) {
    row.set_disputed_micros(plus(row.disputed_micros(), -invoice.amount_micros()));
  }
}

}  // namespace

void AccountBalance::on(Rows& rows, const v1::AccountOpened& event, const tidemark::Metadata&) {
  rows.at(event.account_id()).set_currency(event.currency());
}

void AccountBalance::on(Rows& rows, const v1::AccountClosed& event, const tidemark::Metadata&) {
  rows.at(event.account_id()).set_closed(true);
}

void AccountBalance::on(Rows& rows, const v1::AccountCharged& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.account_id());
  row.set_charged_micros(plus(row.charged_micros(), event.amount_micros()));
}

void AccountBalance::on(Rows& rows, const v1::AccountAdjusted& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.account_id());
  row.set_adjusted_micros(plus(row.adjusted_micros(), event.amount_micros()));
}

void AccountBalance::on(Rows& rows, const v1::AccountCredited& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.account_id());
  row.set_credited_micros(plus(row.credited_micros(), event.amount_micros()));
}

void AccountBalance::on(Rows& rows, const v1::InvoiceIssued& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.account_id());
  row.set_invoiced_micros(plus(row.invoiced_micros(), event.amount_micros()));
  (*row.mutable_open_invoices())[event.invoice_id()].set_amount_micros(event.amount_micros());
}

void AccountBalance::on(Rows& rows, const v1::InvoicePaid& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.account_id());
  row.set_paid_micros(plus(row.paid_micros(), event.amount_micros()));
  settle(row, event.invoice_id());
}

void AccountBalance::on(Rows& rows, const v1::InvoiceDisputed& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.account_id());
  auto& open = *row.mutable_open_invoices();
  const auto found = open.find(event.invoice_id());
  if (found == open.end() || found->second.disputed()) return;
  found->second.set_disputed(true);
  row.set_disputed_micros(plus(row.disputed_micros(), found->second.amount_micros()));
}

}  // namespace adtech
