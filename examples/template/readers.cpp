// [readers]
#include "readers.hpp"

namespace lending {

void Readers::on(Rows& rows, const v1::BookLent& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.reader_id());  // read, or made; written for you
  row.set_books(row.books() + 1);
}

void Readers::on(Rows& rows, const v1::BookReturned& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.reader_id());
  row.set_books(row.books() - 1);
}

void Readers::on(Rows& rows, const v1::ReaderReminded& event, const tidemark::Metadata&) {
  auto& row = rows.at(event.reader_id());
  row.set_reminders(row.reminders() + 1);
}

}  // namespace lending
// [/readers]
