#include <cstdint>

#include "line.hpp"

using namespace adtech_intake_test;
using namespace std::string_literals;

namespace {

const std::vector<std::string> envelope{"event_id", "event_type",     "timestamp",
                                        "source",   "user_id",        "session_id",
                                        "payload",  "schema_version", "correlation_id"};

const std::map<std::string, std::vector<std::string>> payloads{
    {"impression_served", {"campaign_id", "account_id", "price_micros", "currency"}},
    {"click_tracked", {"campaign_id", "account_id", "price_micros", "currency"}},
    {"open_account", {"account_id", "currency", "tolerance_micros"}},
    {"close_account", {"account_id", "reason"}},
    {"open_campaign", {"campaign_id", "account_id", "name", "currency"}},
    {"fund_campaign", {"campaign_id", "amount_micros"}},
    {"change_budget", {"campaign_id", "budget_micros"}},
    {"pause_campaign", {"campaign_id", "reason"}},
    {"resume_campaign", {"campaign_id"}},
    {"charge_booked", {"account_id", "period", "charge_id", "amount_micros", "currency"}},
    {"period_closed", {"account_id", "period"}},
    {"payment_received", {"invoice_id", "amount_micros", "payment_id"}},
    {"adjustment_approved", {"account_id", "period", "approved_by"}},
    {"time_passed", {}}};

bool is_number(const std::string& field) {
  return field.ends_with("_micros") || field == "schema_version";
}

std::string times(std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t at = 0; at < count; ++at) all += text;
  return all;
}

/// What a value does to a field of a line that keeps all rules otherwise.
std::string with(const std::string& event_type, const std::string& path, const std::string& json) {
  return broken(line_of(event_type).set(path, json));
}

}  // namespace

TEST_SUITE("adtech_intake/rules") {
  TEST_CASE("a line of each type keeps the rules") {
    CHECK(all_lines().size() == payloads.size());
    for (const auto& [type, line] : all_lines()) {
      CAPTURE(type);
      CHECK(broken(line) == "none");
    }
  }

  TEST_CASE("every field of the envelope must be there") {
    for (const auto& [type, line] : all_lines()) {
      for (const auto& field : envelope) {
        CAPTURE(type);
        CHECK(broken(line_of(type).without(field)) == "intake.missing_field " + field);
      }
    }
  }

  TEST_CASE("every field of a payload must be there and no other type's") {
    for (const auto& [type, fields] : payloads) {
      for (const auto& field : fields) {
        CAPTURE(type);
        CHECK(broken(line_of(type).without("payload." + field)) ==
              "intake.missing_field payload." + field);
      }
    }
  }

  TEST_CASE("every field must have its type") {
    const std::vector<std::string> values{"null", "true", "1.0", "1e3", "[]", "{}", "1", "\"x\""};
    for (const auto& [type, own] : payloads) {
      auto fields = envelope;
      for (const auto& field : own) fields.push_back("payload." + field);
      for (const auto& field : fields) {
        for (const auto& value : values) {
          const bool fits = field == "payload" ? value == "{}"
                            : is_number(field) ? value == "1"
                                               : value == "\"x\"";
          if (fits) continue;
          CAPTURE(type);
          CAPTURE(value);
          CHECK(with(type, field, value) == "intake.bad_value " + field);
        }
      }
    }
  }

  TEST_CASE("an event id is a UUID with its hyphens") {
    for (const auto* good :
         {"019A3C1E-0000-7000-8000-0123456789AB", "00000000-0000-0000-0000-000000000000",
          "ffffffff-ffff-ffff-ffff-ffffffffffff"}) {
      CHECK(with("time_passed", "event_id", Line::quoted(good)) == "none");
    }
    for (const auto* bad :
         {"", "019a3c1e000070008000000000000000", "019a3c1e-0000-7000-8000-0123456789a",
          "019a3c1e-0000-7000-8000-0123456789abc", "019a3c1e-0000-7000-80000-123456789ab",
          "019a3c1e-0000-7000-8000-0123456789ag", "{19a3c1e-0000-7000-8000-0123456789ab}",
          " 19a3c1e-0000-7000-8000-0123456789ab", "019a3c1e_0000_7000_8000_0123456789ab"}) {
      CAPTURE(bad);
      CHECK(with("time_passed", "event_id", Line::quoted(bad)) == "intake.bad_value event_id");
    }
  }

  TEST_CASE("a timestamp is a time that there is, with its zone") {
    for (const auto* good :
         {"2026-11-01T00:00:00Z", "2024-02-29T23:59:59.999999Z", "2026-11-01T00:00:00.1Z",
          "2026-11-01T00:00:00.123456789Z", "2026-11-01T00:00:00+14:00",
          "2026-11-01T00:00:00-12:00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
      CAPTURE(good);
      CHECK(with("time_passed", "timestamp", Line::quoted(good)) == "none");
    }
    for (const auto* bad :
         {"", "yesterday", "2026-11-01", "2026-11-01T00:00:00", "2026-11-01T25:00:00Z",
          "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z",
          "2026-11-01T00:60:00Z", "2026-11-01T00:00:60Z", "2026-11-01T00:00:00.Z",
          "2026-11-01T00:00:00+1:00", "2026-11-01T00:00:00+01", "2026-11-01T00:00:00ZZ",
          "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "2026-11-01T00:00:00 Z",
          "+2026-11-01T00:00:00Z", "1793491200"}) {
      CAPTURE(bad);
      CHECK(with("time_passed", "timestamp", Line::quoted(bad)) == "intake.bad_value timestamp");
    }
  }

  TEST_CASE("a source has 1 to 64 characters, whatever bytes they take") {
    CHECK(with("time_passed", "source", "\"\"") == "intake.bad_value source");
    CHECK(with("time_passed", "source", Line::quoted(times(64, "é"))) == "none");
    CHECK(with("time_passed", "source", Line::quoted(times(64, "😀"))) == "none");
    CHECK(with("time_passed", "source", Line::quoted(times(65, "s"))) == "intake.bad_value source");
    CHECK(with("time_passed", "source", Line::quoted(times(65, "é"))) == "intake.bad_value source");
    CHECK(with("time_passed", "source", Line::quoted(times(64, "\\u00e9"))) == "none");
  }

  TEST_CASE("users, sessions, names and reasons may be empty") {
    for (const auto* field : {"user_id", "session_id", "correlation_id", "payload.name"}) {
      CHECK(with("open_campaign", field, "\"\"") == "none");
    }
    CHECK(with("pause_campaign", "payload.reason", "\"\"") == "none");
    CHECK(with("adjustment_approved", "payload.approved_by", "\"\"") ==
          "intake.bad_value payload.approved_by");
  }

  TEST_CASE("a correlation id has at most 128 bytes") {
    CHECK(with("time_passed", "correlation_id", Line::quoted(times(64, "é"))) == "none");
    CHECK(with("time_passed", "correlation_id", Line::quoted(times(128, "x"))) == "none");
    CHECK(with("time_passed", "correlation_id", Line::quoted(times(129, "x"))) ==
          "intake.bad_value correlation_id");
    CHECK(with("time_passed", "correlation_id", Line::quoted(times(65, "é"))) ==
          "intake.bad_value correlation_id");
  }

  TEST_CASE("ids have 1 to 179 bytes and no control characters") {
    const std::vector<std::pair<std::string, std::string>> ids{
        {"impression_served", "payload.campaign_id"},
        {"impression_served", "payload.account_id"},
        {"charge_booked", "payload.charge_id"},
        {"payment_received", "payload.payment_id"}};
    for (const auto& [type, field] : ids) {
      CAPTURE(field);
      CHECK(with(type, field, Line::quoted(times(179, "x"))) == "none");
      CHECK(with(type, field, "\"ü-ber.x y\"") == "none");
      for (const auto& bad : {""s, times(180, "x"), "a\\nb"s, "a\\u0000"s, "a\\u007f"s}) {
        CHECK(with(type, field, Line::quoted(bad)) == "intake.bad_value " + field);
      }
    }
    const std::string invoice = "payload.invoice_id";
    CHECK(with("payment_received", invoice, Line::quoted(times(190, "x"))) == "none");
    for (const auto& bad : {""s, times(191, "x"), "a\\tb"s}) {
      CHECK(with("payment_received", invoice, Line::quoted(bad)) == "intake.bad_value " + invoice);
    }
  }

  TEST_CASE("numbers reach to both ends of 64 bits and a price is not below 0") {
    const std::string max = std::to_string(INT64_MAX);
    const std::string min = std::to_string(INT64_MIN);
    const std::vector<std::pair<std::string, std::string>> numbers{
        {"open_account", "payload.tolerance_micros"},
        {"fund_campaign", "payload.amount_micros"},
        {"change_budget", "payload.budget_micros"}};
    for (const auto& [type, field] : numbers) {
      CAPTURE(field);
      CHECK(with(type, field, max) == "none");
      CHECK(with(type, field, min) == "none");
      CHECK(with(type, field, "9223372036854775808") == "intake.bad_value " + field);
      CHECK(with(type, field, "-9223372036854775809") == "intake.bad_value " + field);
    }
    const std::string price = "payload.price_micros";
    CHECK(with("click_tracked", price, max) == "none");
    CHECK(with("click_tracked", price, "0") == "none");
    CHECK(with("click_tracked", price, "-0") == "none");
    for (const auto& bad : {"-1"s, min, "9223372036854775808"s, "1250.0"s, "1e3"s, "\"12\""s}) {
      CHECK(with("click_tracked", price, bad) == "intake.bad_value " + price);
    }
  }

  TEST_CASE("a currency is three capital letters and a period a day that there is") {
    for (const auto* bad : {"", "EU", "EURO", "eur", "E1R", "EÜ"}) {
      CHECK(with("open_account", "payload.currency", Line::quoted(bad)) ==
            "intake.bad_value payload.currency");
    }
    CHECK(with("period_closed", "payload.period", "\"2024-02-29\"") == "none");
    for (const auto* bad : {"", "2026-02-29", "2026-13-01", "2026-11-1", "20261101", "2026-11-01Z",
                            "2026-11-01T00:00:00Z", "1969-12-31"}) {
      CAPTURE(bad);
      CHECK(with("period_closed", "payload.period", Line::quoted(bad)) ==
            "intake.bad_value payload.period");
    }
  }

  TEST_CASE("types and schema versions must be known") {
    for (const auto* type : {"impression_viewed", "IMPRESSION_SERVED", "", " time_passed",
                             "adtech.v1.ImpressionServed", "time_passed\\u0000"}) {
      CHECK(with("time_passed", "event_type", Line::quoted(type)) ==
            "intake.unknown_type event_type");
    }
    for (const auto* version : {"0", "2", "-1", "9223372036854775807"}) {
      CHECK(with("time_passed", "schema_version", version) ==
            "intake.unknown_schema_version schema_version");
    }
    CHECK(with("time_passed", "schema_version", "\"1\"") == "intake.bad_value schema_version");
    CHECK(with("time_passed", "schema_version", "9223372036854775808") ==
          "intake.bad_value schema_version");
  }

  TEST_CASE("what is no UTF-8 and what is no JSON object are told apart") {
    const auto good = line_of("time_passed").text();
    CHECK(broken("caf\xe9"s) == "intake.bad_encoding");
    CHECK(broken(good + "\xff") == "intake.bad_encoding");
    for (const auto& bad : {good.substr(0, good.size() - 40), "GET / HTTP/1.1"s, "[" + good + "]",
                            "null"s, "42"s, good.substr(0, good.size() - 1) + ",}", good + good,
                            "\"time_passed\""s, good + "\0"s + good, "\xef\xbb\xbf" + good}) {
      CHECK(broken(bad) == "intake.not_json");
    }
    CHECK(broken("{}") == "intake.missing_field event_id");
  }

  TEST_CASE("of several rules the first of the list is named, and of it the first field") {
    auto line = line_of("impression_served");
    line.set("schema_version", "2");
    CHECK(broken(line) == "intake.unknown_schema_version schema_version");
    line.set("event_type", "\"impression_viewed\"");
    CHECK(broken(line) == "intake.unknown_type event_type");
    line.set("event_type", "\"impression_served\"").set("payload.currency", "978");
    CHECK(broken(line) == "intake.bad_value payload.currency");
    line.set("payload.campaign_id", "\"\"");
    CHECK(broken(line) == "intake.bad_value payload.campaign_id");
    line.set("correlation_id", "null");
    CHECK(broken(line) == "intake.bad_value correlation_id");
    line.set("timestamp", "\"soon\"");
    CHECK(broken(line) == "intake.bad_value timestamp");
    line.without("payload.price_micros");
    CHECK(broken(line) == "intake.missing_field payload.price_micros");
    line.without("session_id");
    CHECK(broken(line) == "intake.missing_field session_id");
    line.without("event_type");
    CHECK(broken(line) == "intake.missing_field event_type");
  }

  TEST_CASE("of a payload that is no object no fields are missed") {
    for (const auto* value : {"3", "null", "[]", "\"x\""}) {
      CHECK(with("impression_served", "payload", value) == "intake.bad_value payload");
    }
    CHECK(with("impression_served", "payload", "{}") == "intake.missing_field payload.campaign_id");
  }

  TEST_CASE("of a field that stands twice the last one counts") {
    const auto good = line_of("impression_served").text();
    const auto open = good.substr(0, good.size() - 1);
    CHECK(broken(open + ",\"source\":\"\"}") == "intake.bad_value source");
    CHECK(broken(open + ",\"payload\":{\"campaign_id\":\"c\"}}") ==
          "intake.missing_field payload.account_id");
    CHECK(broken("{\"source\":7," + good.substr(1)) == "none");
  }
}
