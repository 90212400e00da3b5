#include "tidemark/security/note.hpp"

#include <doctest/doctest.h>

#include "tidemark/security/base64.hpp"

namespace tidemark::security {
namespace {

// Known answers: the example key and note of Go's golang.org/x/mod/sumdb/note, which the format
// comes from, and the example of C2SP's signed-note.
constexpr std::string_view secret =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr std::string_view verifier =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view text =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view signature_line =
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
constexpr std::string_view other_verifier =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr std::string_view other_note =
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

std::string signed_note() {
  std::string note(text);
  return note.append("\n").append(signature_line);
}

TEST_SUITE("security/signature") {
  TEST_CASE("keys are written and read as the format's own examples") {
    const auto key = SigningKey::parse(secret);
    REQUIRE(key.has_value());
    CHECK(key->secret_text() == secret);
    CHECK(key->verifier().text() == verifier);
    CHECK(VerifierKey::parse(verifier)->text() == verifier);
    CHECK(VerifierKey::parse(other_verifier)->name() == "example.com/foo");
  }

  TEST_CASE("a key with any character changed is no key") {
    for (const auto whole : {verifier, other_verifier}) {
      for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string changed(whole);
        ++changed[at];
        CAPTURE(changed);
        CHECK_FALSE(VerifierKey::parse(changed).has_value());
        CHECK_FALSE(VerifierKey::parse(whole.substr(0, at)).has_value());
      }
    }
    for (std::size_t at = 0; at < secret.size(); ++at) {
      std::string changed(secret);
      ++changed[at];
      CHECK_FALSE(SigningKey::parse(changed).has_value());
      CHECK_FALSE(SigningKey::parse(secret.substr(at + 1)).has_value());
    }
  }

  TEST_CASE("new keys differ, sign for themselves alone and can be read again") {
    SeededRandom random(4);
    const auto one = SigningKey::create("log", random);
    const auto other = SigningKey::create("log", random);
    const auto signature = one.sign("a message");
    const std::string bytes(signature.begin(), signature.end());
    CHECK(one.verifier().accepts("a message", bytes));
    CHECK_FALSE(one.verifier().accepts("a massage", bytes));
    CHECK_FALSE(other.verifier().accepts("a message", bytes));
    CHECK_FALSE(one.verifier().accepts("a message", bytes.substr(1)));
    CHECK(one.verifier().id() != other.verifier().id());
    CHECK(SigningKey::parse(one.secret_text())->sign("a message") == signature);
  }

  TEST_CASE("a key's name has no spaces and no plus sign") {
    CHECK(is_key_name("example.com/log-1"));
    for (const auto* name : {"", "a b", "a+b", "a\n", "\u2014"}) CHECK_FALSE(is_key_name(name));
    CHECK_FALSE(is_key_name(std::string(101, 'a')));
  }
}

TEST_SUITE("security/note") {
  TEST_CASE("a note is signed as the format's own example") {
    const auto key = SigningKey::parse(secret);
    CHECK(write_note(text, &*key) == signed_note());
    CHECK(write_note(text, nullptr) == std::string(text) + "\n");
  }

  TEST_CASE("a note says by whom it is signed") {
    const auto note = parse_note(signed_note());
    REQUIRE(note.has_value());
    CHECK(note->text == text);
    CHECK(check_signature(*note, *VerifierKey::parse(verifier)) == Signing::good);
    CHECK(check_signature(*note, *VerifierKey::parse(other_verifier)) == Signing::unknown);
    const auto other = parse_note(other_note);
    REQUIRE(other.has_value());
    CHECK(check_signature(*other, *VerifierKey::parse(other_verifier)) == Signing::good);
    CHECK(parse_note("a\n\n")->signatures.empty());
  }

  TEST_CASE("one of several signatures that is wrong makes the note wrong") {
    auto note = parse_note(signed_note());
    note->signatures.push_back(note->signatures.front());
    note->signatures.back().signature.back() ^= 1;
    CHECK(check_signature(*note, *VerifierKey::parse(verifier)) == Signing::bad);
  }

  TEST_CASE("a note with any byte changed is not signed") {
    const auto whole = signed_note();
    const auto key = VerifierKey::parse(verifier);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      auto changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      const auto note = parse_note(changed);
      CAPTURE(at);
      CHECK((!note || check_signature(*note, *key) != Signing::good));
    }
    CHECK_FALSE(parse_note("no empty line\n").has_value());
    CHECK_FALSE(parse_note("text\n\n- PeterNeumann AAAA\n").has_value());
    CHECK_FALSE(parse_note(signed_note().substr(0, signed_note().size() - 1)).has_value());
  }
}

TEST_SUITE("security/base64") {
  TEST_CASE("bytes go there and back") {
    CHECK(to_base64("") == "");
    CHECK(to_base64("fo") == "Zm8=");
    CHECK(to_base64("\xff\xfe\xfd") == "//79");
    CHECK(from_base64("//79") == "\xff\xfe\xfd");
    CHECK(from_base64("Zm8=") == "fo");
    CHECK(from_base64("") == "");
  }

  TEST_CASE("what is no base64 is refused") {
    for (const auto* wrong : {"Zm8", "Zm9=", "Zm8=Zm8=", "Z", "Zm8-", "Zm 8", "=", "Zm8==="}) {
      CAPTURE(wrong);
      CHECK_FALSE(from_base64(wrong).has_value());
    }
  }
}

}  // namespace
}  // namespace tidemark::security
