#include "tidemark/observe/trace.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tidemark::observe;

namespace {
const std::string example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
}  // namespace

TEST_SUITE("observe/trace") {
  TEST_CASE("a traceparent survives reading and writing") {
    const auto context = parse_traceparent(example);
    REQUIRE(context.has_value());
    CHECK(context->sampled);
    CHECK(to_traceparent(*context) == example);
  }

  TEST_CASE("flags that we do not know are not passed on") {
    const auto context = parse_traceparent(example.substr(0, 53) + "fe");
    REQUIRE(context.has_value());
    CHECK_FALSE(context->sampled);
    CHECK(to_traceparent(*context).ends_with("-00"));
  }

  TEST_CASE("a later version is read as far as we know it") {
    CHECK(parse_traceparent("01" + example.substr(2) + "-what-is-new").has_value());
    CHECK(parse_traceparent("01" + example.substr(2)).has_value());
    CHECK_FALSE(parse_traceparent("01" + example.substr(2) + "x").has_value());
  }

  TEST_CASE("what is no traceparent is none") {
    for (const std::string& text :
         {std::string(), example.substr(1), example + "-more", "ff" + example.substr(2),
          std::string("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
          std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),
          std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
          std::string("00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01"),
          std::string("00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01"),
          std::string("0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
          std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x")}) {
      CAPTURE(text);
      CHECK_FALSE(parse_traceparent(text).has_value());
    }
  }
}
