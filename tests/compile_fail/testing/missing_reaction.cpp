// error: no_reaction_for<Meter, SpendRecorded>
#include <tidemark/testing/reaction_given.hpp>

#include "sample.pb.h"

namespace shop {
using sample::v1::RecordSpend;
using sample::v1::SpendRecorded;

struct Meter {
  static constexpr tidemark::ReactionSpec spec{.name = "meter", .start = tidemark::ReactTo::news};
  using Inputs = tidemark::List<SpendRecorded>;
  using Commands = tidemark::List<RecordSpend>;
#ifdef REPAIRED
  static void on(tidemark::Dispatch&, const SpendRecorded&, const tidemark::Metadata&) {}
#endif
};
}  // namespace shop

int main() {
  tidemark::testing::given_reaction<shop::Meter>().when(sample::v1::SpendRecorded()).then_nothing();
}
