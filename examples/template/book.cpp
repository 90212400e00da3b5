// [book]
#include "book.hpp"

namespace lending {

void evolve(Book& book, const v1::BookLent& event) { book.reader_id = event.reader_id(); }
void evolve(Book& book, const v1::BookReturned&) { book.reader_id.clear(); }
void evolve(Book&, const v1::ReaderReminded&) {}

tidemark::Decision decide(const Book& book, const v1::LendBook& command, const tidemark::Context&) {
  if (command.reader_id().empty()) return tidemark::reject("book.no_reader");
  if (!book.reader_id.empty()) return tidemark::reject("book.lent", "to " + book.reader_id);
  v1::BookLent event;
  event.set_book_id(command.book_id());
  event.set_reader_id(command.reader_id());
  return tidemark::emit(event);
}

tidemark::Decision decide(const Book& book, const v1::ReturnBook& command,
                          const tidemark::Context&) {
  if (book.reader_id.empty()) return tidemark::nothing();
  v1::BookReturned event;
  event.set_book_id(command.book_id());
  event.set_reader_id(book.reader_id);
  return tidemark::emit(event);
}

tidemark::Decision decide(const Book& book, const v1::RemindReader& command,
                          const tidemark::Context&) {
  if (book.reader_id.empty()) return tidemark::reject("book.not_lent");
  v1::ReaderReminded event;
  event.set_book_id(command.book_id());
  event.set_reader_id(book.reader_id);
  return tidemark::emit(event);
}

}  // namespace lending
// [/book]
