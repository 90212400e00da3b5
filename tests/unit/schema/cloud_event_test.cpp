#include "tidemark/schema/cloud_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tidemark;

namespace {

const auto store_id = StoreId(*Uuid::parse("018f4e6a-0000-7000-8000-000000000001"));

std::string header(const Headers& headers, const std::string& name) {
  for (const auto& [known, value] : headers) {
    if (known == name) return value;
  }
  return "(none)";
}

EventView full_event(const std::string& extra) {
  EventView event;
  auto& metadata = event.metadata;
  metadata.position = Position(17);
  metadata.version = StreamVersion(3);
  metadata.event_id = EventId(*Uuid::parse("018f4e6a-1111-7000-8000-000000000002"));
  metadata.append_id = AppendId(*Uuid::parse("018f4e6a-2222-7000-8000-000000000003"));
  metadata.stream = "campaign-c1";
  metadata.event_time = UtcTime::from_micros(1'700'000'000'000'001);
  metadata.recorded_at = UtcTime::from_micros(1'700'000'000'500'000);
  metadata.ingested_at = UtcTime::from_micros(1'700'000'000'400'000);
  metadata.correlation_id = "conversation";
  metadata.causation_id = "cause";
  metadata.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  metadata.tenant = "t1";
  metadata.extra = extra;
  event.type = "adtech.v1.CampaignOpened";
  event.schema = 4;
  event.data = std::string_view("\x0a\x00\x01", 3);
  return event;
}

cloud_event::Message message(const Headers& headers, std::optional<std::string_view> value) {
  return {.headers = headers,
          .topic = "impressions",
          .key = "c1",
          .value = value,
          .time = UtcTime::from_micros(5'000'000)};
}

}  // namespace

TEST_SUITE("schema/cloud_event") {
  TEST_CASE("an event survives its headers, with reserved names among its own") {
    const auto extra = encode_extra({{"own", "1"}, {"ce_id", "mine"}, {"tidemark-header-x", "2"}},
                                    {"account:a1", "b"});
    const auto event = full_event(extra);
    const auto headers = cloud_event::encode(event, store_id);
    const auto decoded = cloud_event::decode(message(headers, event.data));
    REQUIRE(decoded.has_value());
    const auto& view = decoded->event.view();
    CHECK(decoded->store == store_id);
    CHECK(view.metadata.position == Position(17));
    CHECK(view.metadata.version == StreamVersion(3));
    CHECK(view.metadata.event_id == event.metadata.event_id);
    CHECK(view.metadata.append_id == event.metadata.append_id);
    CHECK(view.metadata.stream == "campaign-c1");
    CHECK(view.metadata.event_time == event.metadata.event_time);
    CHECK(view.metadata.recorded_at == event.metadata.recorded_at);
    CHECK(view.metadata.ingested_at == event.metadata.ingested_at);
    CHECK(view.metadata.correlation_id == "conversation");
    CHECK(view.metadata.causation_id == "cause");
    CHECK(view.metadata.traceparent == event.metadata.traceparent);
    CHECK(view.metadata.tenant == "t1");
    CHECK(decode_extra(view.metadata.extra) == decode_extra(extra));
    CHECK(view.type == event.type);
    CHECK(view.schema == 4);
    CHECK(view.data == event.data);
    CHECK_FALSE(view.tombstone);
  }

  TEST_CASE("the headers are those of CloudEvents 1.0 in binary mode") {
    const auto headers = cloud_event::encode(full_event({}), store_id);
    CHECK(header(headers, "ce_specversion") == "1.0");
    CHECK(header(headers, "ce_source") == "tidemark/018f4e6a-0000-7000-8000-000000000001");
    CHECK(header(headers, "ce_subject") == "campaign-c1");
    CHECK(header(headers, "ce_time") == "2023-11-14T22:13:20.000001Z");
    CHECK(header(headers, "ce_dataschema") == "adtech.v1.CampaignOpened@4");
    CHECK(header(headers, "content-type") == "application/protobuf");
    CHECK(header(headers, "ce_position") == "17");
  }

  TEST_CASE("a tombstone is a message without a value") {
    auto event = full_event({});
    event.tombstone = true;
    event.data = {};
    const auto headers = cloud_event::encode(event, store_id);
    CHECK(header(headers, "content-type") == "(none)");
    const auto decoded = cloud_event::decode(message(headers, std::nullopt));
    REQUIRE(decoded.has_value());
    CHECK(decoded->event.view().tombstone);
  }

  TEST_CASE("another producer's message gets stream, time and id from the record") {
    const Headers headers = {{"ce_id", "A-7"}, {"ce_source", "adserver"}, {"ce_type", "x.Served"}};
    const auto decoded = cloud_event::decode(message(headers, "data"));
    REQUIRE(decoded.has_value());
    CHECK(decoded->event.metadata().stream == "impressions-c1");
    CHECK(decoded->event.metadata().event_time == UtcTime::from_micros(5'000'000));
    CHECK(decoded->event.metadata().position == Position());
    CHECK_FALSE(decoded->store.has_value());
    const auto again = cloud_event::decode(message(headers, "data"));
    CHECK(again->event.metadata().event_id == decoded->event.metadata().event_id);
    auto other = headers;
    other[0].second = "A-8";
    const auto different = cloud_event::decode(message(other, "data"));
    CHECK(different->event.metadata().event_id != decoded->event.metadata().event_id);
  }

  TEST_CASE("what cannot be read is a problem that names the header") {
    const auto problem = [](Headers headers) {
      const auto decoded = cloud_event::decode(message(headers, "data"));
      REQUIRE_FALSE(decoded.has_value());
      return decoded.error().code + " " + decoded.error().field;
    };
    CHECK(problem({{"ce_type", "x.Served"}}) == "cloud_event.missing_header ce_id");
    CHECK(problem({{"ce_id", "1"}}) == "cloud_event.missing_header ce_type");
    CHECK(problem({{"ce_id", "1"}, {"ce_type", "x"}, {"ce_time", "noon"}}) ==
          "cloud_event.bad_header ce_time");
    CHECK(problem({{"ce_id", "1"}, {"ce_type", "x"}, {"ce_position", "-1"}}) ==
          "cloud_event.bad_header ce_position");
    CHECK(problem({{"ce_id", "1"}, {"ce_type", "x"}, {"ce_subject", "nodash"}}) ==
          "cloud_event.no_stream ce_subject");
  }
}
