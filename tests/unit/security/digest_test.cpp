#include "tidemark/security/digest.hpp"

#include <doctest/doctest.h>

#include "tidemark/base/bytes.hpp"

using namespace tidemark;
using namespace tidemark::security;

TEST_SUITE("security/digest") {
  TEST_CASE("the digest is BLAKE2b-256") {
    // Known answer: `printf abc | b2sum -l 256`.
    CHECK(tidemark::to_hex(as_bytes(tidemark::security::digest("abc"))) ==
          "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    CHECK(Hasher().raw("a").raw("bc").finish() == tidemark::security::digest("abc"));
  }

  TEST_CASE("texts are kept apart") {
    CHECK(Hasher().text("ab").text("c").finish() != Hasher().text("a").text("bc").finish());
  }

  TEST_CASE("a derived id repeats, differs by its parts and keeps the parent's time") {
    const auto parent = Uuid::parse("019aa4b1-0000-7000-8000-000000000001").value();
    const auto child = derive(parent, {"billing", "0"});
    CHECK(child == derive(parent, {"billing", "0"}));
    CHECK(child != derive(parent, {"billing", "1"}));
    CHECK(child != derive(parent, {"billing0", ""}));
    CHECK(to_string(child).substr(0, 13) == "019aa4b1-0000");
    CHECK(to_string(child).at(14) == '8');
  }
}
