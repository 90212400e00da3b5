#include "sagas/billing_reconciliation.hpp"

#include <doctest/doctest.h>

#include <tidemark/testing/saga_given.hpp>

using namespace adtech::v1;
using namespace std::chrono_literals;
using adtech::BillingReconciliation;
using tidemark::testing::given_saga;

namespace {

const std::string invoice = "a1.2026-11-01";
const std::string differs = "the metered total differs from the booked one";
constexpr auto day = 24h;

/// A message about the period, or about its invoice, that says nothing more.
template <typename Message>
Message of_period() {
  Message message;
  message.set_account_id("a1");
  message.set_period("2026-11-01");
  return message;
}
template <typename Message>
Message of_invoice() {
  Message message;
  message.set_invoice_id(invoice);
  return message;
}

// What happens.

PeriodClosed period_closed() { return of_period<PeriodClosed>(); }
InvoicePosted posted() {
  auto event = of_period<InvoicePosted>();
  event.set_invoice_id(invoice);
  return event;
}
InvoiceIssued issued() { return of_period<InvoiceIssued>(); }
InvoicePaid paid() { return of_period<InvoicePaid>(); }

UsageRecorded usage(std::int64_t metered_micros, std::uint32_t revision = 1) {
  auto event = of_period<UsageRecorded>();
  event.set_revision(revision);
  event.set_metered_micros(metered_micros);
  event.set_currency("EUR");
  return event;
}

PeriodStated stated(std::int64_t booked_micros) {
  auto event = of_period<PeriodStated>();
  event.set_booked_micros(booked_micros);
  event.set_tolerance_micros(1000);
  event.set_currency("EUR");
  return event;
}

InvoiceDrafted drafted(std::int64_t amount_micros) {
  auto event = of_period<InvoiceDrafted>();
  event.set_invoice_id(invoice);
  event.set_amount_micros(amount_micros);
  event.set_currency("EUR");
  return event;
}

AdjustmentApproved approved(std::int64_t amount_micros) {
  auto event = of_period<AdjustmentApproved>();
  event.set_amount_micros(amount_micros);
  return event;
}

AccountAdjusted adjusted(std::int64_t booked_micros) {
  auto event = of_period<AccountAdjusted>();
  event.set_booked_micros(booked_micros);
  event.set_tolerance_micros(1000);
  return event;
}

// What the saga sends.

StatePeriod state_period() { return of_period<StatePeriod>(); }

DraftInvoice draft(std::int64_t amount_micros) {
  auto command = of_period<DraftInvoice>();
  command.set_invoice_id(invoice);
  command.set_amount_micros(amount_micros);
  command.set_currency("EUR");
  return command;
}

PostInvoice post(std::int64_t amount_micros) {
  auto command = of_period<PostInvoice>();
  command.set_invoice_id(invoice);
  command.set_amount_micros(amount_micros);
  command.set_currency("EUR");
  return command;
}

template <typename Command>
Command because(Command command, const std::string& reason) {
  command.set_reason(reason);
  return command;
}

template <typename Command>
Command amount(std::int64_t amount_micros) {
  auto command = of_period<Command>();
  command.set_amount_micros(amount_micros);
  return command;
}

/// A reconciliation that has issued its invoice.
tidemark::testing::GivenSaga<BillingReconciliation> invoiced() {
  auto saga = given_saga<BillingReconciliation>();
  saga.received(period_closed(), usage(5000), stated(5000), drafted(5000), posted(), issued());
  return saga;
}

}  // namespace

TEST_SUITE("adtech/billing_reconciliation") {
  TEST_CASE("totals that agree lead to an invoice, and its payment settles the period") {
    auto saga = given_saga<BillingReconciliation>();
    saga.when(usage(5000)).then_sends_nothing();
    saga.when(period_closed()).then_sends(state_period());
    saga.when(stated(5900)).then_sends(draft(5000));
    saga.when(drafted(5000)).then_sends(post(5000));
    saga.when(posted()).then_sends(of_invoice<IssueInvoice>());
    saga.when(issued()).then_sends_nothing().in_state("awaiting_payment");
    saga.when(paid()).then_sends_nothing().in_state("settled").then_finished();
  }

  TEST_CASE("the totals may come in either order") {
    given_saga<BillingReconciliation>()
        .received(period_closed())
        .when(stated(5000))
        .then_sends_nothing()
        .when(usage(5000))
        .then_sends(draft(5000));
  }

  TEST_CASE("totals that differ wait for a person, who is called after 48 hours") {
    given_saga<BillingReconciliation>()
        .received(period_closed(), usage(5000))
        .when(stated(3000))
        .then_sends(because(amount<ProposeAdjustment>(2000), differs))
        .after(47h)
        .in_state("awaiting_approval")
        .after(1h)
        .in_state("approval_overdue")
        .when(approved(2000))
        .then_sends(amount<AdjustAccount>(2000))
        .when(adjusted(5000))
        .then_sends(draft(5000));
  }

  TEST_CASE("an adjustment that does not make the totals agree is followed by another") {
    given_saga<BillingReconciliation>()
        .received(period_closed(), usage(5000), stated(3000), approved(500))
        .when(adjusted(3500))
        .then_sends(because(amount<ProposeAdjustment>(1500), differs))
        .in_state("awaiting_approval");
  }

  TEST_CASE("an unpaid invoice is reminded after 7 days and disputed after 30") {
    auto saga = invoiced();
    saga.after(7 * day - 1s).then_sends_nothing();
    saga.after(1s).then_sends(of_invoice<RemindInvoice>()).in_state("awaiting_payment");
    saga.after(23 * day)
        .then_sends(because(of_invoice<DisputeInvoice>(), "not paid within 30 days"))
        .in_state("disputed");
    saga.when(paid()).then_sends_nothing().in_state("settled");
  }

  TEST_CASE("a paid invoice is not reminded") {
    invoiced().received(paid()).after(40 * day).then_sends_nothing();
  }

  TEST_CASE("an invoice that the account refuses is voided and the money credited back") {
    given_saga<BillingReconciliation>()
        .refusing<PostInvoice>("account.closed")
        .received(period_closed(), usage(5000), stated(4800))
        .when(drafted(5000))
        .then_sends(post(5000))
        .then_compensates(because(of_invoice<VoidInvoice>(), "the account refused it"),
                          because(amount<CreditAccount>(4800), "the invoice was refused"))
        .in_state("escalated")
        .then_finished();
  }

  TEST_CASE("a refused undo suspends the saga") {
    given_saga<BillingReconciliation>()
        .refusing<PostInvoice>("no")
        .refusing<VoidInvoice>("no")
        .received(period_closed(), usage(5000), stated(5000))
        .when(drafted(5000))
        .then_sends(post(5000))
        .then_compensates(because(of_invoice<VoidInvoice>(), "the account refused it"))
        .then_suspended("saga.undo_rejected");
  }

  TEST_CASE("a rejection that the table does not expect suspends the saga") {
    given_saga<BillingReconciliation>()
        .refusing<StatePeriod>("no")
        .when(period_closed())
        .then_sends(state_period())
        .then_suspended("saga.unexpected_rejection");
  }

  TEST_CASE("usage that comes in after the bill becomes an adjustment and the bill stays") {
    invoiced()
        .when(usage(5700, 2))
        .then_sends(
            because(amount<ProposeAdjustment>(700), "usage came in after the period was billed"))
        .in_state("awaiting_payment");
  }

  TEST_CASE("the chart names every state and row") {
    const auto& model = tidemark::saga_model<adtech::BillingReconciliation>();
    const auto chart = mermaid(model);
    CHECK(chart.find("[*] --> collecting") != std::string::npos);
    CHECK(chart.find("posting --> escalated : rejected PostInvoice / compensate") !=
          std::string::npos);
    CHECK(chart.find("awaiting_payment --> disputed : after 30 d") != std::string::npos);
    CHECK(dot(model).find("settled [peripheries=2]") != std::string::npos);
  }
}
