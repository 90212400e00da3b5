#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <tidemark/testing/given.hpp>

#include "counter.hpp"

using namespace counter;
using tidemark::testing::given;

namespace {

template <typename Message>
Message amount(std::int64_t amount) {
  Message message;
  message.set_counter_id("a");
  message.set_amount(amount);
  return message;
}

}  // namespace

TEST_SUITE("counter") {
  TEST_CASE("what is added is added up, to a hundred at most") {
    given<Counter>(amount<Added>(99)).when(amount<Add>(1)).then(amount<Added>(1));
    given<Counter>(amount<Added>(99)).when(amount<Add>(2)).then_rejected("counter.full");
  }

  TEST_CASE("something has to be added") {
    given<Counter>().when(amount<Add>(0)).then_rejected("counter.nothing_to_add");
  }
}
