// [loan]
#pragma once

#include <tidemark/saga/saga_model.hpp>

#include <string>

#include "v1/lending.pb.h"

namespace lending {

/// Waits for a lent book to come back, and has its reader reminded after two weeks: the saga.
struct Loan {
  static constexpr tidemark::SagaSpec spec{.name = "loan"};
  using Data = v1::LoanData;
  using Commands = tidemark::List<v1::RemindReader>;

  // Which instance an event belongs to: there is one for each book.
  static std::string correlate(const v1::BookLent& event) { return event.book_id(); }
  static std::string correlate(const v1::BookReturned& event) { return event.book_id(); }

  struct Table;  // in the source file, which alone compiles the state machine
};

}  // namespace lending

extern template const tidemark::saga::SagaModel& tidemark::saga_model<lending::Loan>();
// [/loan]
