#include "domain/adtech/billing_account.hpp"

#include <doctest/doctest.h>

#include <tidemark/testing/given.hpp>

#include "unit/adtech/account_words.hpp"

using namespace adtech;
using namespace adtech::account_words;
using tidemark::testing::given;

TEST_SUITE("adtech/account opening and closing") {
  TEST_CASE("an account is opened with its currency and tolerance") {
    given<BillingAccount>().when(open_account()).then(opened());
  }

  TEST_CASE("opening an account again changes nothing with the same facts, else it is refused") {
    given<BillingAccount>(opened()).when(open_account()).then_nothing();
    given<BillingAccount>(opened()).when(open_account(11)).then_rejected("account.exists");
    auto other = open_account();
    other.set_currency("USD");
    given<BillingAccount>(opened()).when(other).then_rejected("account.exists");
  }

  TEST_CASE("an account needs an id, a currency and a tolerance that is not negative") {
    auto no_id = open_account();
    no_id.clear_account_id();
    given<BillingAccount>().when(no_id).then_rejected("account.bad_id");
    auto too_long = open_account();
    too_long.set_account_id(std::string(180, 'a'));
    given<BillingAccount>().when(too_long).then_rejected("account.bad_id");
    auto no_currency = open_account();
    no_currency.clear_currency();
    given<BillingAccount>().when(no_currency).then_rejected("account.bad_currency");
    given<BillingAccount>().when(open_account(-1)).then_rejected("account.bad_tolerance");
  }

  TEST_CASE("an account is closed once and not opened again") {
    given<BillingAccount>(opened()).when(close_account()).then(closed());
    given<BillingAccount>(opened(), closed()).when(close_account()).then_nothing();
    given<BillingAccount>(opened(), closed()).when(open_account()).then_rejected("account.closed");
  }

  TEST_CASE("nothing but opening is possible before an account is opened") {
    given<BillingAccount>().when(close_account()).then_rejected("account.unknown");
    given<BillingAccount>().when(charge("h1", 1)).then_rejected("account.unknown");
    given<BillingAccount>().when(state()).then_rejected("account.unknown");
    given<BillingAccount>().when(propose(1)).then_rejected("account.unknown");
    given<BillingAccount>().when(approve()).then_rejected("account.unknown");
    given<BillingAccount>().when(adjust(1)).then_rejected("account.unknown");
    given<BillingAccount>().when(credit(1)).then_rejected("account.unknown");
    given<BillingAccount>().when(post(1)).then_rejected("account.unknown");
  }

  TEST_CASE("a period that is no day is refused") {
    const auto refuses = [](auto command) {
      command.set_period("2026-11-31");
      given<BillingAccount>(opened()).when(command).then_rejected("account.bad_period");
    };
    refuses(charge("h1", 1));
    refuses(state());
    refuses(propose(1));
    refuses(approve());
    refuses(adjust(1));
    refuses(credit(1));
    refuses(post(1));
  }
}

TEST_SUITE("adtech/account charges") {
  TEST_CASE("charges are booked") {
    given<BillingAccount>(opened()).when(charge("h1", 5)).then(charged("h1", 5));
    given<BillingAccount>(opened(), charged("h1", 5))
        .when(charge("h2", 5))
        .then(charged("h2", 5))
        .when(state())
        .then(stated(10, 2));
  }

  TEST_CASE("the same charge again changes nothing, also when the account was closed since") {
    given<BillingAccount>(opened(), charged("h1", 5)).when(charge("h1", 5)).then_nothing();
    given<BillingAccount>(opened(), charged("h1", 5), closed())
        .when(charge("h1", 5))
        .then_nothing();
  }

  TEST_CASE("a charge with the id of another amount is refused") {
    given<BillingAccount>(opened(), charged("h1", 5))
        .when(charge("h1", 6))
        .then_rejected("account.charge_exists");
  }

  TEST_CASE("the same charge id counts in each period") {
    auto next_day = charge("h1", 5);
    next_day.set_period("2026-11-02");
    auto charged_next_day = charged("h1", 5);
    charged_next_day.set_period("2026-11-02");
    given<BillingAccount>(opened(), charged("h1", 5)).when(next_day).then(charged_next_day);
  }

  TEST_CASE("a charge of nothing or less, or without an id, is refused") {
    given<BillingAccount>(opened()).when(charge("h1", 0)).then_rejected("account.bad_amount");
    given<BillingAccount>(opened()).when(charge("h1", -1)).then_rejected("account.bad_amount");
    given<BillingAccount>(opened()).when(charge("", 1)).then_rejected("account.bad_charge_id");
  }

  TEST_CASE("a charge in another currency is refused") {
    auto dollars = charge("h1", 5);
    dollars.set_currency("USD");
    given<BillingAccount>(opened()).when(dollars).then_rejected("account.currency_mismatch");
  }

  TEST_CASE("a closed account takes no charges") {
    given<BillingAccount>(opened(), closed()).when(charge("h1", 5)).then_rejected("account.closed");
  }

  TEST_CASE("a period that was stated takes no charges, not even known ones, another one does") {
    given<BillingAccount>(opened(), charged("h1", 5), stated(5, 1))
        .when(charge("h2", 5))
        .then_rejected("account.period_stated");
    given<BillingAccount>(opened(), charged("h1", 5), stated(5, 1))
        .when(charge("h1", 5))
        .then_rejected("account.period_stated");
    auto next_day = charge("h1", 5);
    next_day.set_period("2026-11-02");
    auto charged_next_day = charged("h1", 5);
    charged_next_day.set_period("2026-11-02");
    given<BillingAccount>(opened(), stated(0, 0)).when(next_day).then(charged_next_day);
  }

  TEST_CASE("a booked total that no number can hold is refused") {
    given<BillingAccount>(opened(), charged("h1", most))
        .when(charge("h2", 1))
        .then_rejected("money.overflow");
  }
}

TEST_SUITE("adtech/account statements") {
  TEST_CASE("a statement says what was booked, and how far it may be off") {
    given<BillingAccount>(opened(), charged("h1", 5), charged("h2", 6))
        .when(state())
        .then(stated(11, 2));
    given<BillingAccount>(opened()).when(state()).then(stated(0, 0));
  }

  TEST_CASE("a statement that is asked for again is given again, with adjustments in it") {
    given<BillingAccount>(opened(), charged("h1", 5))
        .when(state())
        .then(stated(5, 1))
        .when(state())
        .then(stated(5, 1));
    given<BillingAccount>(opened(), charged("h1", 5), stated(5, 1), proposed(3), approved(3),
                          adjusted(3, 8))
        .when(state())
        .then(stated(8, 1));
  }

  TEST_CASE("a closed account gives statements") {
    given<BillingAccount>(opened(), charged("h1", 5), closed()).when(state()).then(stated(5, 1));
  }

  TEST_CASE("a stated period keeps its total and forgets its charges' ids") {
    BillingAccount account;
    evolve(account, opened());
    evolve(account, charged("h1", 5));
    CHECK(account.periods.at(day).amount_of_charge.size() == 1);
    evolve(account, stated(5, 1));
    CHECK(account.periods.at(day).amount_of_charge.empty());
    CHECK(account.periods.at(day).booked_micros == 5);
  }
}
