#include "domain/adtech/billing_account.hpp"

#include <doctest/doctest.h>

#include <tidemark/testing/given.hpp>

#include "unit/adtech/account_words.hpp"

using namespace adtech;
using namespace adtech::account_words;
using tidemark::testing::given;

TEST_SUITE("adtech/account adjustments") {
  TEST_CASE("an adjustment is proposed, approved and made") {
    given<BillingAccount>(opened(), charged("h1", 5), stated(5, 1))
        .when(propose(3))
        .then(proposed(3))
        .when(approve())
        .then(approved(3))
        .when(adjust(3))
        .then(adjusted(3, 8));
  }

  TEST_CASE("an adjustment may take away, and may come to nothing") {
    given<BillingAccount>(opened(), charged("h1", 5), stated(5, 1), proposed(-7), approved(-7))
        .when(adjust(-7))
        .then(adjusted(-7, -2));
    given<BillingAccount>(opened(), stated(5, 1)).when(propose(0)).then(proposed(0));
  }

  TEST_CASE("a closed account is adjusted like an open one") {
    given<BillingAccount>(opened(), charged("h1", 5), stated(5, 1), closed())
        .when(propose(3))
        .then(proposed(3))
        .when(approve())
        .then(approved(3))
        .when(adjust(3))
        .then(adjusted(3, 8));
  }

  TEST_CASE("a period that still takes charges is not adjusted") {
    given<BillingAccount>(opened(), charged("h1", 5))
        .when(propose(3))
        .then_rejected("account.period_not_stated");
  }

  TEST_CASE("the same proposal again changes nothing, another one takes its place") {
    given<BillingAccount>(opened(), stated(0, 0), proposed(3)).when(propose(3)).then_nothing();
    given<BillingAccount>(opened(), stated(0, 0), proposed(3), approved(3))
        .when(propose(3))
        .then_nothing();
    given<BillingAccount>(opened(), stated(0, 0), proposed(3)).when(propose(4)).then(proposed(4));
    given<BillingAccount>(opened(), stated(0, 0), proposed(3), proposed(4))
        .when(approve())
        .then(approved(4));
  }

  TEST_CASE("an approval does not carry over to another proposal") {
    given<BillingAccount>(opened(), stated(0, 0), proposed(3), approved(3), proposed(4))
        .when(adjust(4))
        .then_rejected("account.not_approved");
  }

  TEST_CASE("only an open proposal is approved, and once") {
    given<BillingAccount>(opened(), stated(0, 0))
        .when(approve())
        .then_rejected("account.no_proposal");
    given<BillingAccount>(opened(), stated(0, 0), proposed(3), approved(3))
        .when(approve())
        .then_nothing();
    given<BillingAccount>(opened(), stated(0, 0), proposed(3), approved(3), adjusted(3, 3))
        .when(approve())
        .then_rejected("account.no_proposal");
  }

  TEST_CASE("an approval without a person is refused") {
    auto nobody = approve();
    nobody.clear_approved_by();
    given<BillingAccount>(opened(), stated(0, 0), proposed(3))
        .when(nobody)
        .then_rejected("account.bad_approver");
  }

  TEST_CASE("only what was approved is made, and once") {
    given<BillingAccount>(opened(), stated(0, 0))
        .when(adjust(3))
        .then_rejected("account.no_proposal");
    given<BillingAccount>(opened(), stated(0, 0), proposed(3))
        .when(adjust(3))
        .then_rejected("account.not_approved");
    given<BillingAccount>(opened(), stated(0, 0), proposed(3), approved(3))
        .when(adjust(4))
        .then_rejected("account.wrong_amount");
    given<BillingAccount>(opened(), stated(0, 0), proposed(3), approved(3), adjusted(3, 3))
        .when(adjust(3))
        .then_rejected("account.no_proposal");
  }

  TEST_CASE("an adjusted total that no number can hold is refused") {
    given<BillingAccount>(opened(), charged("h1", most), stated(most, 1), proposed(1), approved(1))
        .when(adjust(1))
        .then_rejected("money.overflow");
  }
}

TEST_SUITE("adtech/account credits and invoices") {
  TEST_CASE("a credit gives money back and leaves what was booked as it is") {
    given<BillingAccount>(opened(), charged("h1", 5))
        .when(credit(5))
        .then(credited(5))
        .when(state())
        .then(stated(5, 1));
  }

  TEST_CASE("a closed account is credited") {
    given<BillingAccount>(opened(), closed()).when(credit(5)).then(credited(5));
  }

  TEST_CASE("a credit of nothing or less is refused") {
    given<BillingAccount>(opened()).when(credit(0)).then_rejected("account.bad_amount");
    given<BillingAccount>(opened()).when(credit(-1)).then_rejected("account.bad_amount");
  }

  TEST_CASE("an invoice is posted, also one of nothing") {
    given<BillingAccount>(opened()).when(post(5)).then(posted(5));
    given<BillingAccount>(opened()).when(post(0)).then(posted(0));
  }

  TEST_CASE("a closed account takes no invoice") {
    given<BillingAccount>(opened(), closed()).when(post(5)).then_rejected("account.closed");
  }

  TEST_CASE("an invoice in another currency is refused") {
    auto dollars = post(5);
    dollars.set_currency("USD");
    given<BillingAccount>(opened()).when(dollars).then_rejected("account.currency_mismatch");
  }

  TEST_CASE("an invoice of another period or of less than nothing is refused") {
    auto stray = post(5);
    stray.set_invoice_id("a1.2026-11-02");
    given<BillingAccount>(opened()).when(stray).then_rejected("account.bad_invoice_id");
    given<BillingAccount>(opened()).when(post(-1)).then_rejected("account.bad_amount");
  }

  TEST_CASE("a posted invoice posted again changes nothing, with another amount it is refused") {
    given<BillingAccount>(opened(), posted(5)).when(post(5)).then_nothing();
    given<BillingAccount>(opened(), posted(5), closed()).when(post(5)).then_nothing();
    given<BillingAccount>(opened(), posted(5))
        .when(post(6))
        .then_rejected("account.invoice_exists");
  }
}
