#include "wiring.hpp"

#include "book.hpp"
#include "loan.hpp"
#include "readers.hpp"

namespace lending {

// [wiring]
tidemark::Wiring wiring() {
  return tidemark::Wiring("lending").aggregates<Book>().projections<Readers>().sagas<Loan>();
}
// [/wiring]

}  // namespace lending
