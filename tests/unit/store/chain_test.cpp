#include "tidemark/store/chain.hpp"

#include <doctest/doctest.h>

#include "tidemark/base/bytes.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::store {
namespace {

template <typename AnyId>
AnyId id_from(const char* text) {
  return AnyId(*Uuid::parse(text));
}

EventView full_event() {
  return {.metadata = {.position = Position(300),
                       .version = StreamVersion(2),
                       .event_id = id_from<EventId>("00010203-0405-0607-0809-0a0b0c0d0e0f"),
                       .append_id = id_from<AppendId>("10111213-1415-1617-1819-1a1b1c1d1e1f"),
                       .stream = "a-1",
                       .event_time = UtcTime::from_micros(-1),
                       .recorded_at = UtcTime::from_micros(1'790'000'000'000'000),
                       .ingested_at = UtcTime::from_micros(258),
                       .correlation_id = "co",
                       .causation_id = "",
                       .traceparent = "t",
                       .tenant = "",
                       .extra = "e"},
          .type = "T",
          .schema = 1,
          .data = "data"};
}

TEST_SUITE("store/chain") {
  TEST_CASE("the encoding of an envelope is the documented one, byte for byte") {
    std::string encoded;
    encode_envelope(full_event(), encoded);
    CHECK(to_hex(encoded) ==
          "ac02"                              // position 300
          "03612d31"                          // stream
          "02"                                // version
          "0154"                              // type
          "01"                                // schema
          "000102030405060708090a0b0c0d0e0f"  // event id
          "101112131415161718191a1b1c1d1e1f"  // append id
          "ffffffffffffffff"                  // event time
          "00e025dafe5b0600"                  // recorded at
          "01"
          "0201000000000000"  // ingested at
          "02636f"            // correlation id
          "00"                // causation id
          "0174"              // traceparent
          "00"                // tenant
          "0165");            // headers and tags
  }

  TEST_CASE("the hash of an event never changes") {
    Chain chain;
    const auto event = full_event();
    const auto first = chain.next(ChainHash{}, event, security::digest(event.data));
    CHECK(to_hex(security::as_bytes(first)) ==
          "c6bdd921a4d5c731d7d433969af38b0edb828dc474452b598f5b77b04e1fbac7");
    const auto second = chain.next(first, event, security::digest("other"));
    CHECK(to_hex(security::as_bytes(second)) ==
          "c9fba4a668ea21c2d4f91546f3885239962b4f83501ae0b34cdfe9e762174038");
  }

  TEST_CASE("every field of an envelope is in its hash") {
    const auto base = full_event();
    const auto hash = [](const EventView& event) {
      return Chain().next(ChainHash{}, event, security::digest(event.data));
    };
    const auto differs = [&](auto change) {
      auto changed = base;
      change(changed);
      return hash(changed) != hash(base);
    };
    CHECK(hash(base) == hash(full_event()));
    CHECK(differs([](EventView& e) { e.metadata.position = Position(301); }));
    CHECK(differs([](EventView& e) { e.metadata.version = StreamVersion(3); }));
    CHECK(differs([](EventView& e) { e.metadata.event_id = EventId(); }));
    CHECK(differs([](EventView& e) { e.metadata.append_id = AppendId(); }));
    CHECK(differs([](EventView& e) { e.metadata.stream = "a-2"; }));
    CHECK(differs([](EventView& e) { e.metadata.event_time = UtcTime(); }));
    CHECK(differs([](EventView& e) { e.metadata.recorded_at = UtcTime(); }));
    CHECK(differs([](EventView& e) { e.metadata.ingested_at.reset(); }));
    CHECK(differs([](EventView& e) { e.metadata.correlation_id = "c"; }));
    CHECK(differs([](EventView& e) { e.metadata.causation_id = "c"; }));
    CHECK(differs([](EventView& e) { e.metadata.traceparent = ""; }));
    CHECK(differs([](EventView& e) { e.metadata.tenant = "c"; }));
    CHECK(differs([](EventView& e) { e.metadata.extra = ""; }));
    CHECK(differs([](EventView& e) { e.type = "U"; }));
    CHECK(differs([](EventView& e) { e.schema = 2; }));
    CHECK(differs([](EventView& e) { e.data = "date"; }));
    // Text that moves from one field to the next.
    CHECK(differs([](EventView& e) {
      e.metadata.correlation_id = "";
      e.metadata.causation_id = "co";
    }));
  }
}

}  // namespace
}  // namespace tidemark::store
