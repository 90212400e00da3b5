#include <algorithm>

#include "domain/adtech/v1/account.pb.h"
#include "domain/adtech/v1/campaign.pb.h"
#include "domain/adtech/v1/invoice.pb.h"
#include "domain/adtech/v1/period.pb.h"
#include "domain/adtech/v1/traffic.pb.h"
#include "examples/adtech/wiring.hpp"
#include "line.hpp"
#include "tidemark/schema/catalogue.hpp"

using namespace adtech_intake_test;
using namespace adtech::v1;

namespace {

template <typename Message>
Message command_of(const std::string& event_type) {
  const auto mapped = map(line_of(event_type).text());
  REQUIRE(std::holds_alternative<Command>(mapped));
  const auto& message = std::get<Command>(mapped).message;
  CHECK(message.type == Message::descriptor()->full_name());
  Message command;
  REQUIRE(command.ParseFromString(message.data));
  return command;
}

std::int64_t micros_of(const std::string& time) {
  const auto mapped = map(line_of("time_passed").set("timestamp", Line::quoted(time)).text());
  REQUIRE(std::holds_alternative<TimeOnly>(mapped));
  return std::get<TimeOnly>(mapped).event_time.micros();
}

}  // namespace

TEST_SUITE("adtech_intake/mapping") {
  TEST_CASE("an impression is a fact of its campaign's traffic") {
    const auto mapped = map(line_of("impression_served").text());
    REQUIRE(std::holds_alternative<Fact>(mapped));
    const auto& fact = std::get<Fact>(mapped);
    CHECK(fact.stream.name() == "traffic-c1");
    CHECK(to_string(fact.event.event_id) == event_id);
    CHECK(fact.event.type == "adtech.v1.ImpressionServed");
    CHECK(fact.event.event_time == *tidemark::parse_utc_time(timestamp));
    CHECK(fact.event.correlation_id == "talk");
    ImpressionServed served;
    REQUIRE(served.ParseFromString(fact.event.data));
    CHECK(served.campaign_id() == "c1");
    CHECK(served.account_id() == "a1");
    CHECK(served.user_id() == "u1");
    CHECK(served.session_id() == "s1");
    CHECK(served.price_micros() == 1250);
    CHECK(served.currency() == "EUR");
    CHECK(fact.event.data == tidemark::serialize(served));
  }

  TEST_CASE("a click is a fact of its campaign's traffic") {
    const auto mapped = map(line_of("click_tracked").text());
    REQUIRE(std::holds_alternative<Fact>(mapped));
    const auto& fact = std::get<Fact>(mapped);
    CHECK(fact.event.type == "adtech.v1.ClickTracked");
    ClickTracked tracked;
    REQUIRE(tracked.ParseFromString(fact.event.data));
    CHECK(tracked.price_micros() == 1250);
    CHECK(tracked.user_id() == "u1");
  }

  TEST_CASE("the types of all facts are told") {
    auto types = adtech::AdtechLines().fact_types();
    REQUIRE(types.size() == 2);
    CHECK(types[0] == ImpressionServed::descriptor());
    CHECK(types[1] == ClickTracked::descriptor());
  }

  TEST_CASE("each request is its command with its fields") {
    const auto opened = command_of<OpenAccount>("open_account");
    CHECK(opened.account_id() == "a1");
    CHECK(opened.currency() == "EUR");
    CHECK(opened.tolerance_micros() == 5);
    const auto closed = command_of<CloseAccount>("close_account");
    CHECK(closed.account_id() == "a1");
    CHECK(closed.reason() == "bankrupt");
    const auto campaign = command_of<OpenCampaign>("open_campaign");
    CHECK(campaign.campaign_id() == "c1");
    CHECK(campaign.account_id() == "a1");
    CHECK(campaign.name() == "Spring");
    CHECK(campaign.currency() == "EUR");
    CHECK(command_of<FundCampaign>("fund_campaign").amount_micros() == 7);
    CHECK(command_of<ChangeBudget>("change_budget").budget_micros() == 9);
    CHECK(command_of<PauseCampaign>("pause_campaign").reason() == "rain");
    CHECK(command_of<ResumeCampaign>("resume_campaign").campaign_id() == "c1");
    const auto charge = command_of<ChargeAccount>("charge_booked");
    CHECK(charge.account_id() == "a1");
    CHECK(charge.period() == "2026-11-01");
    CHECK(charge.charge_id() == "x1");
    CHECK(charge.amount_micros() == 11);
    CHECK(charge.currency() == "EUR");
    const auto period = command_of<ClosePeriod>("period_closed");
    CHECK(period.account_id() == "a1");
    CHECK(period.period() == "2026-11-01");
    const auto payment = command_of<PayInvoice>("payment_received");
    CHECK(payment.invoice_id() == "a1.2026-11-01");
    CHECK(payment.amount_micros() == 13);
    CHECK(payment.payment_id() == "p1");
    const auto approved = command_of<ApproveAdjustment>("adjustment_approved");
    CHECK(approved.account_id() == "a1");
    CHECK(approved.period() == "2026-11-01");
    CHECK(approved.approved_by() == "Ada");
  }

  TEST_CASE("a command's id follows from the line's and is not the line's") {
    const auto id_of = [](const Line& line) {
      const auto mapped = map(line.text());
      return *std::get<Command>(mapped).message.options.id;
    };
    const auto id = id_of(line_of("open_account"));
    CHECK(id == id_of(line_of("open_account").set("timestamp", "\"2026-11-02T00:00:00Z\"")));
    CHECK(id == id_of(line_of("close_account")));
    CHECK(to_string(id) != event_id);
    auto other =
        line_of("open_account").set("event_id", "\"019a3c1e-0000-7000-8000-0123456789ac\"");
    CHECK(id != id_of(other));
    CHECK(
        id ==
        id_of(line_of("open_account").set("event_id", "\"019A3C1E-0000-7000-8000-0123456789AB\"")));
  }

  TEST_CASE("a command carries the line's time, conversation and cause") {
    const auto mapped = map(line_of("fund_campaign").text());
    const auto& options = std::get<Command>(mapped).message.options;
    CHECK(options.event_time == tidemark::parse_utc_time(timestamp));
    CHECK(options.correlation_id == "talk");
    CHECK(options.causation_id == event_id);
  }

  TEST_CASE("a line may say nothing but the time") {
    CHECK(micros_of("1970-01-01T00:00:00Z") == 0);
    CHECK(micros_of("2026-11-01T10:20:30.123456Z") == 1'793'528'430'123'456);
    CHECK(micros_of("2026-11-01T10:20:30+05:30") == 1'793'508'630'000'000);
    CHECK(micros_of("2026-11-01T10:20:30.5-00:30") == 1'793'530'230'500'000);
  }

  TEST_CASE("lines of white space are passed over") {
    for (const auto* text : {"", " ", "\t \r"}) CHECK(std::holds_alternative<Blank>(map(text)));
  }

  TEST_CASE("order of fields and spaces between them do not matter") {
    const std::string text =
        "  { \"payload\" : { \"currency\":\"EUR\",\"price_micros\" : -0, \"account_id\":\"a\","
        "\"extra\":{\"campaign_id\":\"no\"},\"campaign_id\":\"c\" },\"schema_version\":1,"
        "\"correlation_id\":\"\",\"session_id\":\"\",\"user_id\":\"\",\"source\":\"s\","
        "\"timestamp\":\"2026-11-01T00:00:00Z\",\"event_type\":\"click_tracked\",\"more\":[1,2],"
        "\"event_id\":\"019a3c1e-0000-7000-8000-0123456789ab\" } \r";
    const auto mapped = map(text);
    REQUIRE(std::holds_alternative<Fact>(mapped));
    CHECK(std::get<Fact>(mapped).stream.name() == "traffic-c");
    CHECK(std::get<Fact>(mapped).event.correlation_id.empty());
  }

  TEST_CASE("the same line is the same at all times whatever came in between") {
    adtech::AdtechLines lines;
    const auto text = line_of("impression_served").text();
    const auto first = std::get<Fact>(lines.map(text));
    for (const auto& [type, line] : all_lines()) lines.map(line.text());
    lines.map("{\"payload\":{\"campaign_id\":\"other\"");
    const auto again = std::get<Fact>(lines.map(text));
    CHECK(again.event.data == first.event.data);
    CHECK(again.stream == first.stream);
    CHECK(again.event.event_id == first.event.event_id);
  }

  TEST_CASE("the application takes every command that a line may be") {
    const auto wiring = adtech::wiring();
    std::size_t commands = 0;
    for (const auto& [type, line] : all_lines()) {
      const auto mapped = map(line.text());
      const auto* command = std::get_if<Command>(&mapped);
      if (command == nullptr) continue;
      ++commands;
      CAPTURE(type);
      const auto& models = wiring.parts().aggregates;
      CHECK(std::ranges::any_of(models, [&](const auto& model) {
        return std::ranges::any_of(model->commands(), [&](const auto& taken) {
          return taken.type->full_name() == command->message.type;
        });
      }));
    }
    CHECK(commands == 11);
  }
}
