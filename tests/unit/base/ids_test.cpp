#include <doctest/doctest.h>

#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/base/stream_id.hpp"
#include "tidemark/base/uuid.hpp"

using tidemark::SeededRandom;
using tidemark::StreamId;
using tidemark::UtcTime;
using tidemark::Uuid;

TEST_SUITE("base/ids") {
  TEST_CASE("a version 7 UUID says so, sorts by time and survives text and back") {
    SeededRandom random(1);
    const auto first = Uuid::version7(UtcTime::from_micros(1'795'237'362'000'000), random);
    const auto second = Uuid::version7(UtcTime::from_micros(1'795'237'362'001'000), random);
    CHECK(first < second);
    CHECK(to_string(first).at(14) == '7');
    CHECK(Uuid::parse(to_string(first)) == first);
    CHECK_FALSE(Uuid::parse("not-a-uuid").has_value());
    CHECK_FALSE(Uuid::parse("0123456789012345678901234567890123456").has_value());
  }

  TEST_CASE("a seed gives the same numbers for ever") {
    SeededRandom random(42);
    CHECK(random.next() == 13679457532755275413ULL);
    for (int i = 0; i < 1000; ++i) CHECK(random.below(7) < 7);
  }

  TEST_CASE("a stream's name is split at the first dash") {
    const auto stream = StreamId::parse("campaign-a-b");
    REQUIRE(stream.has_value());
    CHECK(stream->category() == "campaign");
    CHECK(stream->id() == "a-b");
    CHECK(*stream == StreamId("campaign", "a-b"));
  }

  TEST_CASE("what is no stream name is refused") {
    for (const char* name : {"", "campaign", "-1", "campaign-", "Campaign-1", "camp aign-1",
                             "campaign-a\nb", "campaign-\xff"}) {
      CAPTURE(name);
      CHECK_FALSE(StreamId::parse(name).has_value());
    }
    CHECK_THROWS_AS(StreamId("campaign", ""), tidemark::Failure);
    CHECK_THROWS_AS(StreamId("campaign", std::string(191, 'x')), tidemark::Failure);
  }

  TEST_CASE("well-formed UTF-8 is told from the rest") {
    CHECK(tidemark::is_utf8("caf\xc3\xa9 \xf0\x9f\x8c\x8a"));
    for (const char* bytes : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\x80"}) {
      CHECK_FALSE(tidemark::is_utf8(bytes));
    }
  }

  TEST_CASE("money that does not fit is no sum") {
    CHECK(tidemark::checked_add(1, 2) == 3);
    CHECK_FALSE(tidemark::checked_add(INT64_MAX, 1).has_value());
  }
}
