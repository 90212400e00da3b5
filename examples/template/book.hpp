// [book]
#pragma once

#include <tidemark/aggregate.hpp>

#include <string>
#include <string_view>

#include "v1/lending.pb.h"

namespace lending {

/// A book of the library: the aggregate. Its state is what `decide` must know to answer, no more.
struct Book {
  using Commands = tidemark::List<v1::LendBook, v1::ReturnBook, v1::RemindReader>;
  using Events = tidemark::List<v1::BookLent, v1::BookReturned, v1::ReaderReminded>;
  static constexpr std::string_view category = "book";  // its stream is "book-<book_id>"

  template <typename Command>
  static std::string_view id(const Command& command) {
    return command.book_id();
  }

  std::string reader_id;  // who has it; empty: it stands on the shelf
};

void evolve(Book& book, const v1::BookLent& event);
void evolve(Book& book, const v1::BookReturned& event);
void evolve(Book& book, const v1::ReaderReminded& event);

tidemark::Decision decide(const Book& book, const v1::LendBook& command, const tidemark::Context&);
tidemark::Decision decide(const Book& book, const v1::ReturnBook& command,
                          const tidemark::Context&);
tidemark::Decision decide(const Book& book, const v1::RemindReader& command,
                          const tidemark::Context&);

}  // namespace lending
// [/book]
