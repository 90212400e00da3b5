#include "sagas/billing_reconciliation.hpp"

#include <doctest/doctest.h>

#include <tidemark/saga/rehearsal.hpp>

using namespace adtech::v1;
using tidemark::saga::Rehearsal;
using tidemark::saga::Status;

namespace {

constexpr auto start = tidemark::UtcTime::from_micros(1'793'491'200'000'000);

template <typename Event>
Event of_period() {
  Event event;
  event.set_account_id("a1");
  event.set_period("2026-11-01");
  return event;
}

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
  event.set_invoice_id("a1.2026-11-01");
  event.set_amount_micros(amount_micros);
  event.set_currency("EUR");
  return event;
}

std::vector<std::string> names(const std::vector<tidemark::saga::v1::OutgoingCommand>& commands) {
  std::vector<std::string> found;
  for (const auto& command : commands) found.push_back(command.type().substr(10));
  return found;
}

using Names = std::vector<std::string>;

/// A reconciliation that has issued its invoice.
Rehearsal invoiced() {
  Rehearsal saga(tidemark::saga_model<adtech::BillingReconciliation>(), start);
  saga.input(of_period<PeriodClosed>());
  saga.input(usage(5000));
  saga.input(stated(5000));
  saga.input(drafted(5000));
  saga.input(of_period<InvoicePosted>());
  saga.input(of_period<InvoiceIssued>());
  static_cast<void>(saga.take_sent());
  return saga;
}

}  // namespace

TEST_SUITE("adtech/billing_reconciliation") {
  TEST_CASE("totals that agree lead to an invoice, and its payment settles the period") {
    Rehearsal saga(tidemark::saga_model<adtech::BillingReconciliation>(), start);
    saga.input(usage(5000));
    CHECK(saga.take_sent().empty());
    saga.input(of_period<PeriodClosed>());
    CHECK(names(saga.take_sent()) == Names{"StatePeriod"});
    saga.input(stated(5900));
    CHECK(names(saga.take_sent()) == Names{"DraftInvoice"});
    saga.input(drafted(5000));
    CHECK(names(saga.take_sent()) == Names{"PostInvoice"});
    saga.input(of_period<InvoicePosted>());
    CHECK(names(saga.take_sent()) == Names{"IssueInvoice"});
    saga.input(of_period<InvoiceIssued>());
    CHECK(saga.instance().state == "awaiting_payment");
    saga.input(of_period<InvoicePaid>());
    CHECK(saga.instance().state == "settled");
    CHECK(saga.status() == Status::finished);
    CHECK(saga.take_sent().empty());
  }

  TEST_CASE("the totals may come in either order") {
    Rehearsal saga(tidemark::saga_model<adtech::BillingReconciliation>(), start);
    saga.input(of_period<PeriodClosed>());
    saga.input(stated(5000));
    CHECK(names(saga.take_sent()) == Names{"StatePeriod"});
    saga.input(usage(5000));
    CHECK(names(saga.take_sent()) == Names{"DraftInvoice"});
  }

  TEST_CASE("totals that differ wait for a person, who is called after 48 hours") {
    Rehearsal saga(tidemark::saga_model<adtech::BillingReconciliation>(), start);
    saga.input(of_period<PeriodClosed>());
    saga.input(usage(5000));
    saga.input(stated(3000));
    const auto sent = saga.take_sent();
    CHECK(names(sent) == Names{"StatePeriod", "ProposeAdjustment"});
    ProposeAdjustment proposal;
    REQUIRE(proposal.ParseFromString(sent.back().data()));
    CHECK(proposal.amount_micros() == 2000);
    saga.advance(std::chrono::hours(47));
    CHECK(saga.instance().state == "awaiting_approval");
    saga.advance(std::chrono::hours(1));
    CHECK(saga.instance().state == "approval_overdue");
    auto approved = of_period<AdjustmentApproved>();
    approved.set_amount_micros(2000);
    saga.input(approved);
    CHECK(names(saga.take_sent()) == Names{"AdjustAccount"});
    auto adjusted = of_period<AccountAdjusted>();
    adjusted.set_booked_micros(5000);
    adjusted.set_tolerance_micros(1000);
    saga.input(adjusted);
    CHECK(names(saga.take_sent()) == Names{"DraftInvoice"});
  }

  TEST_CASE("an unpaid invoice is reminded after 7 days and disputed after 30") {
    auto saga = invoiced();
    saga.advance(std::chrono::hours(24 * 7) - std::chrono::seconds(1));
    CHECK(saga.take_sent().empty());
    saga.advance(std::chrono::seconds(1));
    CHECK(names(saga.take_sent()) == Names{"RemindInvoice"});
    CHECK(saga.instance().state == "awaiting_payment");
    saga.advance(std::chrono::hours(24 * 23));
    CHECK(names(saga.take_sent()) == Names{"DisputeInvoice"});
    CHECK(saga.instance().state == "disputed");
    saga.input(of_period<InvoicePaid>());
    CHECK(saga.instance().state == "settled");
  }

  TEST_CASE("a paid invoice is not reminded") {
    auto saga = invoiced();
    saga.input(of_period<InvoicePaid>());
    saga.advance(std::chrono::hours(24 * 40));
    CHECK(saga.take_sent().empty());
  }

  TEST_CASE("an invoice that the account refuses is voided and the money credited back") {
    Rehearsal saga(tidemark::saga_model<adtech::BillingReconciliation>(), start);
    saga.set_judge([](const auto& command) -> std::optional<tidemark::Rejection> {
      if (command.type() != "adtech.v1.PostInvoice") return std::nullopt;
      return tidemark::Rejection{.code = "account.closed", .detail = {}};
    });
    saga.input(of_period<PeriodClosed>());
    saga.input(usage(5000));
    saga.input(stated(4800));
    static_cast<void>(saga.take_sent());
    saga.input(drafted(5000));
    const auto sent = saga.take_sent();
    CHECK(names(sent) == Names{"PostInvoice", "VoidInvoice", "CreditAccount"});
    CreditAccount credit;
    REQUIRE(credit.ParseFromString(sent.back().data()));
    CHECK(credit.amount_micros() == 4800);
    CHECK(saga.instance().state == "escalated");
    CHECK(saga.status() == Status::finished);
  }

  TEST_CASE("a refused undo suspends the saga") {
    Rehearsal saga(tidemark::saga_model<adtech::BillingReconciliation>(), start);
    saga.set_judge([](const auto& command) -> std::optional<tidemark::Rejection> {
      if (command.type() == "adtech.v1.StatePeriod" || command.type() == "adtech.v1.DraftInvoice") {
        return std::nullopt;
      }
      return tidemark::Rejection{.code = "no", .detail = {}};
    });
    saga.input(of_period<PeriodClosed>());
    saga.input(usage(5000));
    saga.input(stated(5000));
    saga.input(drafted(5000));
    CHECK(saga.status() == Status::suspended);
    REQUIRE(saga.instance().suspension.has_value());
    CHECK(saga.instance().suspension->code() == "saga.undo_rejected");
  }

  TEST_CASE("a rejection that the table does not expect suspends the saga") {
    Rehearsal saga(tidemark::saga_model<adtech::BillingReconciliation>(), start);
    saga.set_judge([](const auto&) { return tidemark::Rejection{.code = "no", .detail = {}}; });
    saga.input(of_period<PeriodClosed>());
    CHECK(saga.status() == Status::suspended);
    CHECK(saga.instance().suspension->code() == "saga.unexpected_rejection");
  }

  TEST_CASE("the same event again changes nothing") {
    auto saga = invoiced();
    const auto version = saga.instance().version;
    saga.input(of_period<InvoiceIssued>(), true);
    CHECK(saga.instance().version == version);
  }

  TEST_CASE("usage that comes in after the bill becomes an adjustment, the bill stays") {
    auto saga = invoiced();
    saga.input(usage(5700, 2));
    CHECK(names(saga.take_sent()) == Names{"ProposeAdjustment"});
    CHECK(saga.instance().state == "awaiting_payment");
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
