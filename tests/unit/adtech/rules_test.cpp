#include "domain/adtech/rules.hpp"

#include <doctest/doctest.h>

using adtech::is_currency;
using adtech::is_id;
using adtech::is_period;

TEST_SUITE("adtech/rules") {
  TEST_CASE("an id is text without control characters that leaves room for a period") {
    CHECK(is_id("acct-01"));
    CHECK(is_id("caf\xc3\xa9"));
    CHECK_FALSE(is_id(""));
    CHECK_FALSE(is_id("a\nb"));
    CHECK_FALSE(is_id("a\x7f"));
    const std::string longest(179, 'a');
    CHECK(is_id(longest));
    CHECK_FALSE(is_id(longest + "a"));
    CHECK_NOTHROW(tidemark::StreamId("invoice", adtech::period_id(longest, "2026-11-01")));
  }

  TEST_CASE("a currency is three capital letters") {
    CHECK(is_currency("EUR"));
    for (const char* text : {"", "EU", "EURO", "eur", "E R"}) CHECK_FALSE(is_currency(text));
  }

  TEST_CASE("a period is a day that exists") {
    CHECK(is_period("2026-11-01"));
    CHECK(is_period("2028-02-29"));
    for (const char* text : {"", "2026-11-31", "2027-02-29", "2026-13-01", "2026-1-01", "20261101",
                             "2026-11-1 ", "2026-11-01T"}) {
      CAPTURE(text);
      CHECK_FALSE(is_period(text));
    }
  }

  TEST_CASE("a period's id is the account's id and the day") {
    CHECK(adtech::period_id("acct-01", "2026-11-01") == "acct-01.2026-11-01");
  }
}
