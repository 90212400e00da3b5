#include "domain/adtech/invoice.hpp"

#include "domain/adtech/rules.hpp"

namespace adtech {
namespace {

using tidemark::Context;
using tidemark::Decision;
using tidemark::emit;
using tidemark::nothing;
using tidemark::reject;
using Stage = Invoice::Stage;

/// The code of the first rule that the command's own fields break; null when they keep all.
const char* flaw_of(const DraftInvoice& command) {
  if (!is_id(command.account_id())) return "invoice.bad_account_id";
  if (!is_period(command.period())) return "invoice.bad_period";
  if (command.invoice_id() != period_id(command.account_id(), command.period())) {
    return "invoice.bad_id";
  }
  if (command.amount_micros() < 0) return "invoice.bad_amount";
  if (!is_currency(command.currency())) return "invoice.bad_currency";
  return nullptr;
}

/// An event about the invoice: which one it is, whose, and for when.
template <typename Event>
Event about(const Invoice& invoice, const std::string& invoice_id) {
  Event event;
  event.set_invoice_id(invoice_id);
  event.set_account_id(invoice.account_id);
  event.set_period(invoice.period);
  return event;
}

/// Why nobody can owe this invoice: the code, or null when it was issued.
const char* not_owed(const Invoice& invoice) {
  if (invoice.stage == Stage::none) return "invoice.unknown";
  if (invoice.stage == Stage::drafted) return "invoice.not_issued";
  if (invoice.stage == Stage::voided) return "invoice.voided";
  return nullptr;
}

}  // namespace

void evolve(Invoice& invoice, const InvoiceDrafted& event) {
  invoice.stage = Stage::drafted;
  invoice.account_id = event.account_id();
  invoice.period = event.period();
  invoice.amount_micros = event.amount_micros();
  invoice.currency = event.currency();
}

void evolve(Invoice& invoice, const InvoiceIssued&) { invoice.stage = Stage::issued; }

void evolve(Invoice& invoice, const InvoiceVoided&) { invoice.stage = Stage::voided; }

void evolve(Invoice& invoice, const InvoicePaid& event) {
  invoice.stage = Stage::paid;
  invoice.payment_id = event.payment_id();
}

void evolve(Invoice&, const InvoiceReminded&) {}

void evolve(Invoice& invoice, const InvoiceDisputed&) { invoice.stage = Stage::disputed; }

Decision decide(const Invoice& invoice, const DraftInvoice& command, const Context&) {
  if (const char* flaw = flaw_of(command)) return reject(flaw);
  if (invoice.stage == Stage::voided) return reject("invoice.voided");
  if (invoice.stage != Stage::none) {
    // Account and period are in the id, so they cannot differ.
    const bool same =
        command.amount_micros() == invoice.amount_micros && command.currency() == invoice.currency;
    return same ? nothing() : reject("invoice.exists");
  }
  InvoiceDrafted event;
  event.set_invoice_id(command.invoice_id());
  event.set_account_id(command.account_id());
  event.set_period(command.period());
  event.set_amount_micros(command.amount_micros());
  event.set_currency(command.currency());
  return emit(event);
}

Decision decide(const Invoice& invoice, const IssueInvoice& command, const Context&) {
  if (invoice.stage == Stage::none) return reject("invoice.unknown");
  if (invoice.stage == Stage::voided) return reject("invoice.voided");
  if (invoice.stage != Stage::drafted) return nothing();
  auto event = about<InvoiceIssued>(invoice, command.invoice_id());
  event.set_amount_micros(invoice.amount_micros);
  event.set_currency(invoice.currency);
  return emit(event);
}

Decision decide(const Invoice& invoice, const VoidInvoice& command, const Context&) {
  if (invoice.stage == Stage::none) return reject("invoice.unknown");
  if (invoice.stage == Stage::voided) return nothing();
  if (invoice.stage != Stage::drafted) return reject("invoice.issued");
  auto event = about<InvoiceVoided>(invoice, command.invoice_id());
  event.set_reason(command.reason());
  return emit(event);
}

Decision decide(const Invoice& invoice, const PayInvoice& command, const Context&) {
  if (!is_id(command.payment_id())) return reject("invoice.bad_payment_id");
  if (const char* reason = not_owed(invoice)) return reject(reason);
  const bool whole = command.amount_micros() == invoice.amount_micros;
  if (invoice.stage == Stage::paid) {
    // Another payment is money that somebody must give back; it may not pass unseen.
    const bool same = whole && command.payment_id() == invoice.payment_id;
    return same ? nothing() : reject("invoice.paid");
  }
  if (!whole) return reject("invoice.wrong_amount");
  auto event = about<InvoicePaid>(invoice, command.invoice_id());
  event.set_amount_micros(command.amount_micros());
  event.set_payment_id(command.payment_id());
  return emit(event);
}

Decision decide(const Invoice& invoice, const RemindInvoice& command, const Context&) {
  if (const char* reason = not_owed(invoice)) return reject(reason);
  // Paid in the meantime, or argued about: nobody is to be reminded.
  if (invoice.stage != Stage::issued) return nothing();
  return emit(about<InvoiceReminded>(invoice, command.invoice_id()));
}

Decision decide(const Invoice& invoice, const DisputeInvoice& command, const Context&) {
  if (const char* reason = not_owed(invoice)) return reject(reason);
  if (invoice.stage == Stage::paid) return reject("invoice.paid");
  if (invoice.stage == Stage::disputed) return nothing();
  auto event = about<InvoiceDisputed>(invoice, command.invoice_id());
  event.set_reason(command.reason());
  return emit(event);
}

}  // namespace adtech
