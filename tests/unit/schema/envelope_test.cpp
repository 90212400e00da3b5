#include "tidemark/schema/envelope.hpp"

#include <doctest/doctest.h>

using namespace tidemark;

TEST_SUITE("schema/envelope") {
  TEST_CASE("headers and tags survive their bytes") {
    const Headers headers = {{"a", "1"}, {"a", std::string(300, 'x')}, {"empty", ""}};
    const std::vector<std::string> tags = {"account:a1", std::string("\0z", 2)};
    const auto extra = decode_extra(encode_extra(headers, tags));
    REQUIRE(extra.has_value());
    CHECK(*extra == Extra{headers, tags});
    CHECK(encode_extra({}, {}).empty());
  }

  TEST_CASE("damaged extra bytes are refused") {
    const auto bytes = encode_extra({{"name", "value"}}, {"tag"});
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      if (cut == encode_extra({{"name", "value"}}, {}).size()) continue;
      CHECK_FALSE(decode_extra(bytes.substr(0, cut)).has_value());
    }
    CHECK_FALSE(decode_extra("z").has_value());
  }

  TEST_CASE("a recorded event owns its texts, also when it is copied and moved") {
    std::string data = "payload";
    EventView view;
    view.metadata.stream = "campaign-c1";
    view.type = "adtech.v1.CampaignOpened";
    view.data = data;
    RecordedEvent event(view);
    data = "changed";
    auto copy = event;
    const auto moved = std::move(event);
    CHECK(moved.data() == "payload");
    CHECK(copy.data() == "payload");
    CHECK(copy.metadata().stream_key() == "c1");
    CHECK(copy.data().data() != moved.data().data());
  }
}
