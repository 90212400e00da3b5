// [book]
#include "book.hpp"

#include <doctest/doctest.h>

#include <tidemark/testing/given.hpp>

#include "words.hpp"

using namespace lending;
using tidemark::testing::given;

TEST_SUITE("book") {
  TEST_CASE("a book on the shelf is lent, and not twice") {
    given<Book>().when(lend()).then(lent());
    given<Book>(lent()).when(lend()).then_rejected("book.lent");
    given<Book>(lent(), returned()).when(lend()).then(lent());
  }

  TEST_CASE("a book is lent to somebody") {
    auto command = lend();
    command.clear_reader_id();
    given<Book>().when(command).then_rejected("book.no_reader");
  }

  TEST_CASE("a book that is returned twice was returned once") {
    given<Book>(lent()).when(give_back()).then(returned());
    given<Book>(lent(), returned()).when(give_back()).then_nothing();
  }

  TEST_CASE("only who has a book is reminded") {
    given<Book>(lent()).when(remind()).then(reminded());
    given<Book>(lent(), returned()).when(remind()).then_rejected("book.not_lent");
  }
}
// [/book]
