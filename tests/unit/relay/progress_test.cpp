#include "tidemark/relay/progress.hpp"

#include <doctest/doctest.h>

using namespace tidemark;

TEST_SUITE("relay/progress") {
  TEST_CASE("the bytes of a progress record never change") {
    store::Checkpoint progress{.position = Position(20'000)};
    progress.chain[0] = 0xab;
    progress.chain[31] = 0x01;
    CHECK(relay::encode_progress(progress) == "1 20000 ab" + std::string(60, '0') + "01");
  }

  TEST_CASE("a progress survives its bytes") {
    store::Checkpoint progress{.position = Position(UINT64_MAX)};
    for (std::size_t i = 0; i < progress.chain.size(); ++i) {
      progress.chain[i] = static_cast<std::uint8_t>(i * 37);
    }
    CHECK(relay::decode_progress(relay::encode_progress(progress)) == progress);
  }

  TEST_CASE("anything else is no progress") {
    const auto whole = relay::encode_progress({.position = Position(7)});
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CHECK_FALSE(relay::decode_progress(whole.substr(0, size)));
    }
    CHECK_FALSE(relay::decode_progress(whole + "0"));
    CHECK_FALSE(relay::decode_progress("2" + whole.substr(1)));
    CHECK_FALSE(relay::decode_progress("1 18446744073709551616 " + std::string(64, '0')));
    CHECK_FALSE(relay::decode_progress("1 -7 " + std::string(64, '0')));
    CHECK_FALSE(relay::decode_progress("1 7 " + std::string(64, 'g')));
  }

  TEST_CASE("the key names store and relay") {
    const StoreId store(*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057"));
    CHECK(relay::progress_key(store, "main") == "01890a5d-ac96-774b-bcce-b302099a8057.main");
  }
}
