// [wiring]
#include "wiring.hpp"

#include "book.hpp"
#include "desk.hpp"
#include "loan.hpp"
#include "readers.hpp"

namespace lending {

tidemark::Wiring wiring() {
  return tidemark::Wiring("lending")
      .aggregates<Book>()
      .projections<Readers>()
      .sagas<Loan>()
      .input<Desk>();
}

}  // namespace lending
// [/wiring]
