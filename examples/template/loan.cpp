// [loan]
#include "loan.hpp"

#include <tidemark/saga/saga.hpp>

namespace lending {
namespace {

using tidemark::AfterDays;
using tidemark::Outbox;
using tidemark::Row;

struct OnShelf {
  static constexpr std::string_view name = "on_shelf";
};
struct Lent {
  static constexpr std::string_view name = "lent";
};
struct Overdue {
  static constexpr std::string_view name = "overdue";
};

void remember(v1::LoanData& data, const v1::BookLent& event, Outbox&) {
  data.set_book_id(event.book_id());
}
void remind(v1::LoanData& data, const AfterDays<14>&, Outbox& outbox) {
  v1::RemindReader command;
  command.set_book_id(data.book_id());
  outbox.send(command);
}

}  // namespace

// From top to bottom: in this state, on this input, go to that state and do this.
struct Loan::Table : tidemark::Transitions<Row<OnShelf, v1::BookLent, Lent, &remember>,
                                           Row<Lent, v1::BookReturned, OnShelf, nullptr>,
                                           Row<Lent, AfterDays<14>, Overdue, &remind>,
                                           Row<Overdue, v1::BookReturned, OnShelf, nullptr>> {};

}  // namespace lending

template const tidemark::saga::SagaModel& tidemark::saga_model<lending::Loan>();
// [/loan]
