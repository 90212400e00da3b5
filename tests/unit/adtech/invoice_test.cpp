#include "domain/adtech/invoice.hpp"

#include <doctest/doctest.h>

#include <tidemark/testing/given.hpp>

#include <cstdint>
#include <string>

using namespace adtech;
using tidemark::testing::given;

namespace {

const std::string invoice_id = "a1.2026-11-01";

/// An event of the invoice.
template <typename Event>
Event of_invoice() {
  Event event;
  event.set_invoice_id(invoice_id);
  event.set_account_id("a1");
  event.set_period("2026-11-01");
  return event;
}

DraftInvoice draft(std::int64_t amount_micros = 100) {
  auto command = of_invoice<DraftInvoice>();
  command.set_amount_micros(amount_micros);
  command.set_currency("EUR");
  return command;
}

InvoiceDrafted drafted(std::int64_t amount_micros = 100) {
  auto event = of_invoice<InvoiceDrafted>();
  event.set_amount_micros(amount_micros);
  event.set_currency("EUR");
  return event;
}

IssueInvoice issue() {
  IssueInvoice command;
  command.set_invoice_id(invoice_id);
  return command;
}

InvoiceIssued issued() {
  auto event = of_invoice<InvoiceIssued>();
  event.set_amount_micros(100);
  event.set_currency("EUR");
  return event;
}

VoidInvoice void_it() {
  VoidInvoice command;
  command.set_invoice_id(invoice_id);
  command.set_reason("refused");
  return command;
}

InvoiceVoided voided() {
  auto event = of_invoice<InvoiceVoided>();
  event.set_reason("refused");
  return event;
}

PayInvoice pay(std::int64_t amount_micros, const std::string& payment_id = "p1") {
  PayInvoice command;
  command.set_invoice_id(invoice_id);
  command.set_amount_micros(amount_micros);
  command.set_payment_id(payment_id);
  return command;
}

InvoicePaid paid() {
  auto event = of_invoice<InvoicePaid>();
  event.set_amount_micros(100);
  event.set_payment_id("p1");
  return event;
}

RemindInvoice remind() {
  RemindInvoice command;
  command.set_invoice_id(invoice_id);
  return command;
}

InvoiceReminded reminded() { return of_invoice<InvoiceReminded>(); }

DisputeInvoice dispute() {
  DisputeInvoice command;
  command.set_invoice_id(invoice_id);
  command.set_reason("not paid");
  return command;
}

InvoiceDisputed disputed() {
  auto event = of_invoice<InvoiceDisputed>();
  event.set_reason("not paid");
  return event;
}

}  // namespace

TEST_SUITE("adtech/invoice drafting") {
  TEST_CASE("an invoice is drafted, also one of nothing") {
    given<Invoice>().when(draft()).then(drafted());
    given<Invoice>().when(draft(0)).then(drafted(0));
  }

  TEST_CASE("drafting again changes nothing with the same facts, else it is refused") {
    given<Invoice>(drafted()).when(draft()).then_nothing();
    given<Invoice>(drafted(), issued()).when(draft()).then_nothing();
    given<Invoice>(drafted()).when(draft(101)).then_rejected("invoice.exists");
    auto dollars = draft();
    dollars.set_currency("USD");
    given<Invoice>(drafted()).when(dollars).then_rejected("invoice.exists");
    given<Invoice>(drafted(), voided()).when(draft()).then_rejected("invoice.voided");
  }

  TEST_CASE("a draft with a bad field is refused") {
    auto no_account = draft();
    no_account.clear_account_id();
    given<Invoice>().when(no_account).then_rejected("invoice.bad_account_id");
    auto no_day = draft();
    no_day.set_period("today");
    given<Invoice>().when(no_day).then_rejected("invoice.bad_period");
    auto stray = draft();
    stray.set_invoice_id("a1.2026-11-02");
    given<Invoice>().when(stray).then_rejected("invoice.bad_id");
    given<Invoice>().when(draft(-1)).then_rejected("invoice.bad_amount");
    auto no_currency = draft();
    no_currency.set_currency("eur");
    given<Invoice>().when(no_currency).then_rejected("invoice.bad_currency");
  }

  TEST_CASE("nothing but drafting is possible before an invoice is drafted") {
    given<Invoice>().when(issue()).then_rejected("invoice.unknown");
    given<Invoice>().when(void_it()).then_rejected("invoice.unknown");
    given<Invoice>().when(pay(100)).then_rejected("invoice.unknown");
    given<Invoice>().when(remind()).then_rejected("invoice.unknown");
    given<Invoice>().when(dispute()).then_rejected("invoice.unknown");
  }
}

TEST_SUITE("adtech/invoice issuing and voiding") {
  TEST_CASE("a draft is issued with its amount, once") {
    given<Invoice>(drafted()).when(issue()).then(issued());
    given<Invoice>(drafted(), issued()).when(issue()).then_nothing();
    given<Invoice>(drafted(), issued(), disputed()).when(issue()).then_nothing();
    given<Invoice>(drafted(), issued(), paid()).when(issue()).then_nothing();
  }

  TEST_CASE("a draft is voided, once, and then no more issued") {
    given<Invoice>(drafted()).when(void_it()).then(voided());
    given<Invoice>(drafted(), voided()).when(void_it()).then_nothing();
    given<Invoice>(drafted(), voided()).when(issue()).then_rejected("invoice.voided");
  }

  TEST_CASE("an issued invoice is not voided, whatever became of it") {
    given<Invoice>(drafted(), issued()).when(void_it()).then_rejected("invoice.issued");
    given<Invoice>(drafted(), issued(), disputed()).when(void_it()).then_rejected("invoice.issued");
    given<Invoice>(drafted(), issued(), paid()).when(void_it()).then_rejected("invoice.issued");
  }
}

TEST_SUITE("adtech/invoice payment") {
  TEST_CASE("an issued invoice is paid, a disputed one too") {
    given<Invoice>(drafted(), issued()).when(pay(100)).then(paid());
    given<Invoice>(drafted(), issued(), disputed()).when(pay(100)).then(paid());
  }

  TEST_CASE("a part of the amount, or more, is refused") {
    given<Invoice>(drafted(), issued()).when(pay(99)).then_rejected("invoice.wrong_amount");
    given<Invoice>(drafted(), issued()).when(pay(101)).then_rejected("invoice.wrong_amount");
  }

  TEST_CASE("a payment without an id is refused") {
    given<Invoice>(drafted(), issued()).when(pay(100, "")).then_rejected("invoice.bad_payment_id");
  }

  TEST_CASE("the same payment again changes nothing, another one is refused") {
    given<Invoice>(drafted(), issued(), paid()).when(pay(100)).then_nothing();
    given<Invoice>(drafted(), issued(), paid()).when(pay(100, "p2")).then_rejected("invoice.paid");
    given<Invoice>(drafted(), issued(), paid()).when(pay(99)).then_rejected("invoice.paid");
  }

  TEST_CASE("a draft and a voided invoice are not paid") {
    given<Invoice>(drafted()).when(pay(100)).then_rejected("invoice.not_issued");
    given<Invoice>(drafted(), voided()).when(pay(100)).then_rejected("invoice.voided");
  }
}

TEST_SUITE("adtech/invoice reminders and disputes") {
  TEST_CASE("an unpaid invoice is reminded, each time that it is asked") {
    given<Invoice>(drafted(), issued()).when(remind()).then(reminded());
    given<Invoice>(drafted(), issued(), reminded()).when(remind()).then(reminded());
  }

  TEST_CASE("nobody is reminded of an invoice that is paid or disputed") {
    given<Invoice>(drafted(), issued(), paid()).when(remind()).then_nothing();
    given<Invoice>(drafted(), issued(), disputed()).when(remind()).then_nothing();
  }

  TEST_CASE("an unpaid invoice is disputed, once") {
    given<Invoice>(drafted(), issued()).when(dispute()).then(disputed());
    given<Invoice>(drafted(), issued(), reminded()).when(dispute()).then(disputed());
    given<Invoice>(drafted(), issued(), disputed()).when(dispute()).then_nothing();
  }

  TEST_CASE("a paid invoice is not disputed") {
    given<Invoice>(drafted(), issued(), paid()).when(dispute()).then_rejected("invoice.paid");
    given<Invoice>(drafted(), issued(), disputed(), paid())
        .when(dispute())
        .then_rejected("invoice.paid");
  }

  TEST_CASE("what was never issued is neither reminded nor disputed") {
    given<Invoice>(drafted()).when(remind()).then_rejected("invoice.not_issued");
    given<Invoice>(drafted()).when(dispute()).then_rejected("invoice.not_issued");
    given<Invoice>(drafted(), voided()).when(remind()).then_rejected("invoice.voided");
    given<Invoice>(drafted(), voided()).when(dispute()).then_rejected("invoice.voided");
  }
}
