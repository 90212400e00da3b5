// [words]
#pragma once

#include <string>

#include "v1/lending.pb.h"

/// The messages in few words. All tests are about one book and one reader.
namespace lending {

template <typename Message>
Message of_book() {
  Message message;
  message.set_book_id("moby_dick");
  if constexpr (requires { message.set_reader_id("ahab"); }) message.set_reader_id("ahab");
  return message;
}

inline v1::LendBook lend() { return of_book<v1::LendBook>(); }
inline v1::ReturnBook give_back() { return of_book<v1::ReturnBook>(); }
inline v1::RemindReader remind() { return of_book<v1::RemindReader>(); }
inline v1::BookLent lent() { return of_book<v1::BookLent>(); }
inline v1::BookReturned returned() { return of_book<v1::BookReturned>(); }
inline v1::ReaderReminded reminded() { return of_book<v1::ReaderReminded>(); }

inline v1::Reader ahab(int books, int reminders = 0) {
  v1::Reader row;
  row.set_reader_id("ahab");
  row.set_books(books);
  row.set_reminders(reminders);
  return row;
}

}  // namespace lending
// [/words]
