#include "tidemark/sql/text.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tidemark::sql {
namespace {

TEST_SUITE("sql/text") {
  TEST_CASE("what is text stays as it is") {
    for (const std::string text : {"", "plain", "h\xC3\xA4\xC3\x9F", "\xF0\x9F\x8C\x8A"}) {
      CHECK(is_text(text));
      CHECK(text_of(text) == text);
    }
  }

  TEST_CASE("each byte that is of no character is replaced, and zero bytes are") {
    CHECK(text_of("\xFF") == "?");
    CHECK(text_of("a\xC3") == "a?");
    CHECK(text_of("\xC3\xA4\xA4!") == "\xC3\xA4?!");
    CHECK(text_of("\xED\xA0\x80") == "???");  // half of a surrogate pair
    CHECK(text_of(std::string("a\0b", 3)) == "a?b");
    CHECK_FALSE(is_text(std::string("a\0b", 3)));
    CHECK_FALSE(is_text("\xC0\x80"));
  }
}

}  // namespace
}  // namespace tidemark::sql
